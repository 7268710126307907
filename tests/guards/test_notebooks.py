"""The notebooks we ship load, keep to the format's own keys, and run to the end in a real kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import yaml

from jupyter_runt.notebook import yaml_format
from tests.guards.source import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.yml"))
HEALTH_CELLS = [
    "setup",
    "system-status",
    "performance-metrics",
    "alert-summary",
    "recommendation-engine",
    "health-report",
]


@pytest.fixture
def execute(tmp_path):
    """Runs a shipped notebook as a user would and returns its exit code and the cells of the .ipynb that it made."""
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_RUNT_STORE": f"sqlite:///{tmp_path}/runs.sqlite",
        "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
        "PYTHONPATH": str(ROOT),
    }

    def run(name, *options):
        made = tmp_path / "made.ipynb"
        command = [
            sys.executable,
            "-m",
            "jupyter_runt.cli",
            "execute",
            str(ROOT / "notebooks" / name),
            "-o",
            str(made),
            *options,
        ]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == 0, done.stderr
        return {cell["id"]: cell for cell in json.loads(made.read_text("utf-8"))["cells"]}

    return run


def shown(cell, kind):
    """Everything of one MIME type, or all stream text, that a cell shows."""
    if kind == "stream":
        return "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")
    return "".join("".join(output["data"][kind]) for output in cell["outputs"] if kind in output.get("data", {}))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_shipped_notebook_loads_and_describes_its_parameters(path):
    notebook = yaml_format.read(path.read_text("utf-8"), str(path))
    described = yaml.safe_load(path.read_text("utf-8")).get("parameter_schema", {})
    assert notebook.cells
    assert described.keys() == notebook.parameters.keys()


def test_the_example_shows_text_a_table_a_plot_and_markdown(execute):
    cells = execute("example.yml", "-p", "data_size", "256", "-p", "delay", "0")
    assert "256 points" in shown(cells["estimate"], "stream")
    assert "<table>" in shown(cells["table"], "text/html")
    assert shown(cells["plot"], "image/svg+xml").startswith("<svg")
    assert "█" in shown(cells["plot"], "text/plain")
    assert cells["introduction"]["cell_type"] == "markdown"


def test_the_data_analysis_shows_a_table_and_a_plot(execute):
    cells = execute("data-analysis.yml", "-p", "stations", "1")
    assert "<table" in shown(cells["stations"], "text/html")
    assert shown(cells["week"], "image/png")


def test_the_health_check_keeps_its_cells():
    """People refer to them; what they do is tested in tests/monitoring."""
    path = ROOT / "notebooks" / "simple-health-check.yml"
    assert [cell.id for cell in yaml_format.read(path.read_text("utf-8"), str(path)).cells] == HEALTH_CELLS
