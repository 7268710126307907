from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_runt.errors import KernelError, NotSupportedYet, RuntimeUnknown
from jupyter_runt.kernel import specs

Write = Callable[..., Path]
LAUNCHER = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes kernelspecs that are found first."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    def write(name: str, **spec: object) -> Path:
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(
            json.dumps({"argv": ["python", *LAUNCHER], "display_name": name.title(), **spec})
        )
        return folder

    return write


def test_a_bare_python_is_the_submitters_and_its_launcher_gives_way_to_the_agent(write):
    folder = write("mine", language="python")
    launch = specs.resolve("mine", "/srv")
    assert launch.argv == [sys.executable, str(specs.AGENT), "-f", "{connection_file}"]
    assert (launch.agent, launch.cwd, launch.display_name, launch.resource_dir) == (True, "/srv", "Mine", str(folder))


def test_options_of_python_and_of_the_kernel_are_kept(write):
    write("mine", argv=[sys.executable, "-Xfrozen_modules=off", *LAUNCHER, "--debug"])
    assert specs.resolve("mine", "/").argv[1:] == [
        "-Xfrozen_modules=off", str(specs.AGENT), "-f", "{connection_file}", "--debug"]  # fmt: skip


def test_an_interpreter_that_is_a_link_stays_the_link_it_is(write, tmp_path):
    link = tmp_path / "python-of-an-environment"
    link.symlink_to(sys.executable)
    write("venv", argv=[str(link), *LAUNCHER])
    assert specs.resolve("venv", "/").argv[0] == str(link)


def test_placeholders_are_filled_in(write):
    folder = write("other", argv=[sys.executable, "{resource_dir}/kernel.py", "{prefix}", "{connection_file}"])
    launch = specs.resolve("other", "/")
    assert launch.argv[1:] == [f"{folder}/kernel.py", sys.prefix, "{connection_file}"]
    assert not launch.agent


def test_of_the_environment_only_what_names_it_is_recorded_and_the_kernelspec_wins(write, monkeypatch):
    monkeypatch.setenv("A_SECRET", "x")
    monkeypatch.setenv("VIRTUAL_ENV", "/venv")
    write("mine", env={"VIRTUAL_ENV": "/other", "MORE": "1"})
    env = specs.resolve("mine", "/").env
    assert env["PATH"] == os.environ["PATH"]
    assert (env["VIRTUAL_ENV"], env["MORE"]) == ("/other", "1")
    assert "A_SECRET" not in env


def test_a_launch_survives_its_way_through_json(write):
    write("mine", interrupt_mode="message", env={"A": "1"})
    launch = specs.resolve("mine", "/srv")
    assert launch.interrupt_mode == "message"
    assert specs.from_json(json.loads(json.dumps({**specs.to_json(launch), "of a newer release": 1}))) == launch


def test_an_unknown_runtime_lists_the_known_ones_and_the_nearest(write):
    write("forecast")
    with pytest.raises(RuntimeUnknown, match="did you mean 'forecast'") as caught:
        specs.resolve("forcast", "/")
    assert "forecast" in caught.value.remedy


@pytest.mark.parametrize("name", ["../etc", "a/b", "", "naïve", "x" * 300])
def test_a_name_that_is_no_name_is_unknown_and_opens_no_file(write, name):
    write("mine")
    if name:
        with pytest.raises(RuntimeUnknown):
            specs.resolve(name, "/")
    else:
        assert specs.resolve(name, "/").runtime == specs.DEFAULT_RUNTIME


def test_a_missing_program_is_named_with_its_kernelspec(write):
    folder = write("julia", argv=["/no/such/julia", "{connection_file}"])
    with pytest.raises(KernelError, match="/no/such/julia") as caught:
        specs.resolve("julia", "/")
    assert str(folder) in caught.value.remedy


def test_a_kernelspec_without_a_program_is_refused(write):
    write("empty", argv=[])
    with pytest.raises(KernelError, match="names no program"):
        specs.resolve("empty", "/")


def test_other_provisioners_are_not_supported_yet(write):
    write("far", metadata={"kernel_provisioner": {"provisioner_name": "yarn"}})
    with pytest.raises(NotSupportedYet, match="yarn"):
        specs.resolve("far", "/")


def test_what_is_installed_is_listed(write):
    write("mine", language="python")
    assert specs.known()["mine"]["display_name"] == "Mine"


def test_a_launch_of_long_ago_keeps_its_environment_and_gets_the_agent_of_today(write, tmp_path):
    link = tmp_path / "python-of-an-environment"
    link.symlink_to(sys.executable)
    write("venv", argv=[str(link), *LAUNCHER], env={"WHERE": "there"})
    known = specs.to_json(specs.resolve("venv", "/"))
    known["argv"][1] = f"/an/older/release/{specs.AGENT.name}"
    renewed = specs.renewed(specs.from_json(known), "/srv")
    assert renewed.argv == [str(link), str(specs.AGENT), "-f", "{connection_file}"]
    assert (renewed.cwd, renewed.env["WHERE"]) == ("/srv", "there")
    link.unlink()
    with pytest.raises(
        KernelError, match=r"program of runtime 'venv' is not there any more: .*python-of-an-environment"
    ):
        specs.renewed(specs.from_json(known), "/srv")
