from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jupyter_runt.client import request as requests
from jupyter_runt.run.policy import Grace, Policy
from tests.invariants import check_store
from tests.worker.house import House

OLD = os.environ.get("RUNT_TEST_OLD_PYTHON", "")
ECHO = Path(__file__).parents[1] / "kernel" / "echo_kernel.py"
RUNTIMES = ["python3", *(["old"] if OLD else [])]


@contextmanager
def built(**options: Any) -> Iterator[House]:
    """Runtimes: python3, old (the oldest ipykernel, where there is one) and echo, a kernel that cannot carry the agent."""
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_PATH", str(folder / "jupyter"))
        patch.chdir(folder)
        kernelspec(folder, "python3", [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
        kernelspec(folder, "echo", [sys.executable, str(ECHO), "{connection_file}"], language="echo")
        if OLD:
            kernelspec(folder, "old", [OLD, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
        made = House(folder, **options)
        try:
            yield made
            check_store(made.store)
        finally:
            made.close()
            shutil.rmtree(folder)


def kernelspec(folder: Path, name: str, argv: list[str], language: str = "python", **more: object) -> None:
    spec = folder / "jupyter" / "kernels" / name / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    spec.write_text(json.dumps({"argv": argv, "display_name": name, "language": language, **more}))


@pytest.fixture
def house() -> Iterator[House]:
    with built() as made:
        yield made


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> str:
    """Both ends of what the agent supports."""
    return str(request.param)


def submitted_with(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> None:
    monkeypatch.setattr(requests, "Policy", partial(Policy, grace=Grace(**seconds)))


@pytest.fixture
def fast_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second before each harder measure, for runs that are submitted from here on."""
    submitted_with(monkeypatch, interrupt=0.5, terminate=0.5)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second to get ready."""
    submitted_with(monkeypatch, start=1.0)
