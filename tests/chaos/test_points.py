"""The crash points themselves: each names a function that there is, and hits once."""

from __future__ import annotations

import functools
import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.points import POINTS
from tests.chaos.scene import SITE
from tests.cli.runt import ROOT

PROGRAM = """
from pathlib import Path
from jupyter_runt.kernel.folder import KernelFolder
for n in range(5):
    KernelFolder(Path(), "r", 1).remove()
    print(n, flush=True)
"""


def crashing(order: Path, program: str = PROGRAM) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": f"{SITE}:{ROOT}", "RUNT_CRASH": str(order)}
    return subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
def test_the_function_of_each_point_is_there(point):
    assert callable(functools.reduce(getattr, point.function.split("."), importlib.import_module(point.module)))


@pytest.mark.parametrize(("point", "printed"), [("remove-folder-before", "0\n1\n"), ("remove-folder-after", "0\n1\n")])
def test_the_call_that_was_counted_hits_and_nobody_is_hit_twice(tmp_path, point, printed):
    order = tmp_path / "order"
    order.write_text(f"{point} 3 worker 1")
    crashed = crashing(order)
    assert (crashed.returncode, crashed.stdout) == (-signal.SIGKILL, printed)
    assert not order.exists()
    assert crashing(order).stdout == "0\n1\n2\n3\n4\n"


def test_a_point_whose_function_is_gone_ends_the_process_loudly(tmp_path):
    gone = "import tests.chaos.points as p, sys; sys.meta_path[0].find_spec.__globals__['POINTS'] = {'x': p.Point('x',"
    crashed = crashing(tmp_path / "order", gone + "'jupyter_runt.ids', 'nothing')}\nimport jupyter_runt.ids")
    assert crashed.returncode == 1
    assert "AttributeError" in crashed.stderr
