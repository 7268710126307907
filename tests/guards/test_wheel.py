"""What is built is what is installed: the wheel and the source distribution hold everything, and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from jupyter_runt._version import __version__
from tests.guards.source import PACKAGE, ROOT

PANEL = PACKAGE / "labextension"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built by the back end in this process: no network, no environment of its own. The panel is the one that `make test` built."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKIP_JUPYTER_BUILDER", "1")
        (path,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    with zipfile.ZipFile(path) as archive:
        yield archive


def one(archive: zipfile.ZipFile, ending: str) -> str:
    (name,) = (name for name in archive.namelist() if name.endswith(ending))
    return archive.read(name).decode("utf-8")


def package_files() -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and PANEL not in path.parents
    }


def test_the_wheel_holds_every_file_of_the_package(wheel):
    assert package_files() <= set(wheel.namelist())
    assert "jupyter_runt/py.typed" in wheel.namelist()


@pytest.fixture
def panel() -> Path:
    """As it is built, which takes JupyterLab's tools: `make test` does it."""
    if not PANEL.is_dir():
        assert not os.environ.get("CI"), "the panel has not been built"
        pytest.skip("the panel has not been built (make test does it)")
    return PANEL


def test_the_wheel_installs_the_panel(wheel, panel):
    folder = "data/share/jupyter/labextensions/jupyter-runt"
    assert json.loads(one(wheel, f"{folder}/install.json"))["packageName"] == "jupyter-runt"
    described = json.loads(one(wheel, f"{folder}/package.json"))
    assert described["version"] == __version__
    load = described["jupyterlab"]["_build"]["load"]
    assert one(wheel, f"{folder}/{load}")
    shipped = {name.partition(f"{folder}/")[2] for name in wheel.namelist() if f"{folder}/" in name}
    assert shipped == {str(path.relative_to(panel)) for path in panel.rglob("*") if path.is_file()} | {"install.json"}


def test_the_wheel_holds_the_notebooks_as_templates(wheel):
    notebooks = {path.name for path in (ROOT / "notebooks").glob("*.yml")}
    templates = {Path(name).name for name in wheel.namelist() if name.startswith("jupyter_runt/templates/")}
    assert "example.yml" in templates
    assert templates == notebooks


def test_the_wheel_installs_the_kernelspec(wheel):
    folder = "data/share/jupyter/kernels/runt"
    spec = json.loads(one(wheel, f"{folder}/kernel.json"))
    assert spec["argv"][0] == "python", "the client replaces it by the interpreter of the environment"
    assert spec["argv"][-3:] == ["-f", "{connection_file}", "--ext=jupyter_runt"], "%runt is there from the start"
    assert spec["display_name"] == "Python 3 (runt)"
    assert one(wheel, f"{folder}/logo-svg.svg").startswith("<svg")


def test_the_wheel_enables_the_server_extension_and_holds_what_it_serves(wheel):
    enabled = json.loads(one(wheel, "data/etc/jupyter/jupyter_server_config.d/jupyter_runt.json"))
    assert enabled == {"ServerApp": {"jpserver_extensions": {"jupyter_runt": True}}}
    served = {name.removeprefix("jupyter_runt/server/") for name in wheel.namelist()}
    assert {"openapi.yaml", "event_schemas/run_status/v1.yaml"} <= served
    assert any(name.startswith("pages/web/") and name.endswith(".js") for name in served)


def test_an_installed_wheel_is_an_enabled_extension_that_is_sound(wheel, tmp_path):
    """As pip would lay it out: the package in a folder, its shared data below the environment's."""
    for name in wheel.namelist():
        if name.startswith("jupyter_runt/"):
            wheel.extract(name, tmp_path / "site")
        elif ".data/data/" in name:
            target = tmp_path / "prefix" / name.partition(".data/data/")[2]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(wheel.read(name))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path / "site"),
        "JUPYTER_CONFIG_PATH": str(tmp_path / "prefix" / "etc" / "jupyter"),
    }
    listed = subprocess.run(
        [sys.executable, "-m", "jupyter_server.extension.serverextension", "list"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    said = re.sub("\x1b\\[[0-9;]*m", "", listed.stdout + listed.stderr)
    assert re.search(rf"jupyter_runt {re.escape(__version__)}\s+\S*\s*OK", said), said
    assert re.search(r"jupyter_runt enabled", said), said


def test_the_wheel_holds_nothing_else(wheel):
    outside = [
        name
        for name in wheel.namelist()
        if not name.startswith(("jupyter_runt/", "jupyter_runt-")) or "__pycache__" in name or "/tests/" in name
    ]
    assert not outside


def test_the_metadata_name_version_licence_python_and_command(wheel):
    metadata = HeaderParser().parsestr(one(wheel, ".dist-info/METADATA"))
    assert metadata["Name"] == "jupyter-runt"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "BSD 3-Clause" in one(wheel, "licenses/LICENSE")
    assert "jupyter-runt = jupyter_runt.cli.main:main" in one(wheel, "entry_points.txt")


def test_run_time_dependencies_stay_few(wheel):
    metadata = HeaderParser().parsestr(one(wheel, ".dist-info/METADATA"))
    needed = {line.partition(">")[0] for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line}
    assert needed == {
        "cronsim", "ipykernel", "jsonschema", "jupyter-client", "jupyter-core", "jupyter-server", "markdown-it-py",
        "nbformat", "nh3", "pygments", "pyyaml", "tornado", "traitlets", "tzdata", "websocket-client",
    }  # fmt: skip


def test_the_source_distribution_can_be_tested_and_built(tmp_path, monkeypatch):
    monkeypatch.setenv("SKIP_JUPYTER_BUILDER", "1")
    (path,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path))
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert package_files() <= names
    assert {
        "LICENSE",
        "README.md",
        "Makefile",
        "kernels/runt/kernel.json",
        "notebooks/example.yml",
        "tests/guards/test_wheel.py",
        "labextension/package.json",
        "labextension/yarn.lock",
        "labextension/src/index.ts",
    } <= names
    built = {str(path.relative_to(ROOT)) for path in PANEL.rglob("*") if path.is_file()}
    assert built <= names, "who has the source distribution needs no Node"
    assert not any("node_modules" in name for name in names)
