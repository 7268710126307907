"""The panel's own tests, without a browser: what it folds, follows and asks, in Node."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.panel.lab import PANEL, PYTHON, ROOT

FOLDER = ROOT / "labextension"
PATIENCE = 120


def compiled() -> Path:
    """The folder of the panel's modules as TypeScript made them: beside the panel that is tested, else in the source tree."""
    panel = os.environ.get(PANEL)
    return (Path(panel).parent if panel else ROOT) / "labextension" / "lib"


def test_the_panels_own_tests():
    lacks = [
        what
        for what, there in {
            "node, 20 or newer": shutil.which("node"),
            "labextension/node_modules": (FOLDER / "node_modules" / "ws").is_dir(),
            str(compiled()): (compiled() / "index.js").is_file(),
            PYTHON: os.environ.get(PYTHON),
        }.items()
        if not there
    ]
    if lacks:
        assert not os.environ.get("CI"), f"the panel's own tests lack {lacks}"
        pytest.skip(f"the panel's own tests lack {lacks}; `make test` builds the panel")
    tests = sorted(str(path) for path in (FOLDER / "test").glob("*.test.mjs"))
    assert len(tests) >= 3
    command = ["node", "--import", "./test/loading.mjs", "--test-timeout", "60000", "--test-reporter", "spec", "--test"]
    env = {**os.environ, "RUNT_LIB": str(compiled())}
    ended = subprocess.run(
        [*command, *tests], cwd=FOLDER, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
