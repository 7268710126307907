"""`%runt` in the kernels that people have: ours, the stock one, and the oldest that is supported."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.cli.runt import Runt
from tests.magics.session import Session, python
from tests.magics.works import held, let_go

OLD = os.environ.get("RUNT_TEST_OLD_PYTHON", "")
NEEDED = "import jsonschema, markdown_it, nh3, websocket, yaml"


def can_run_us(interpreter: str) -> bool:
    """Whether what the magics import is installed there."""
    tried = subprocess.run([interpreter or "false", "-c", NEEDED], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.fixture(params=["python3", "runt", "old"])
def kernel(request: pytest.FixtureRequest, lived_in: Runt) -> Iterator[Session]:
    """A notebook with `%runt`, in a kernel of each kind."""
    if request.param == "old":
        if not can_run_us(OLD):
            pytest.skip("RUNT_TEST_OLD_PYTHON names no Python with an old ipykernel and what jupyter_runt needs")
        lived_in.kernelspec("old", python(OLD))
    session = Session(lived_in, request.param)
    try:
        if request.param != "runt":
            session("%load_ext jupyter_runt")
        yield session
    finally:
        session.close()


def test_the_magic_runs_shows_asks_is_interrupted_and_awaits(lived_in: Runt, kernel: Session):
    lived_in.cells("print('named', input('Name? '), size)", "1 / 0", name="n.yml", parameters={"size": 1})
    cell = kernel("size = 7\nrun = %runt run n.yml -p size $size --wait", answer=lambda prompt, password: "Ada")
    assert "named Ada 7" in cell.picture.text
    assert kernel.value("[run.status, run.error]") == ["failed", "ZeroDivisionError: division by zero"]
    assert "has failed" in kernel.refused("%runt rerun $run --check --answer x")
    assert "did you mean 'show'?" in kernel.refused("%runt shwo")
    assert kernel("%runt show?").text.startswith("usage: %runt show ")
    (lived_in.home / "kernel.go").unlink(missing_ok=True)
    lived_in.cells("print('begun')", held("kernel"), name="held.yml")
    waited = kernel.start("run = %runt run held.yml --wait --var run")
    kernel.until(lambda: waited.displays and "▶ c2" in waited.picture.text, "it runs")
    kernel.interrupt()
    kernel.end(waited)
    assert waited.message.strip().startswith("Run ")
    assert "goes on" in waited.message
    waiting = kernel.start("run.show()\nawait run\nprint(run.status)")
    kernel.until(lambda: waiting.displays, "it waits again")
    let_go(lived_in, "kernel")
    kernel.end(waiting)
    assert waiting.text == "succeeded\n"
    assert "succeeded" in waiting.picture.text


def test_the_magic_of_our_kernel_is_there_from_the_start_and_loads_again(lived_in: Runt):
    session = Session(lived_in, "runt")
    try:
        assert "%runt run" in session("%runt").text
        assert "already loaded" in session("%load_ext jupyter_runt").text
    finally:
        session.close()


def test_the_extension_unloads_and_loads_again(lived_in: Runt):
    session = Session(lived_in)
    try:
        assert "`%runt` not found" in session("%runt ls", status="error").text
        session("%load_ext jupyter_runt\n%reload_ext jupyter_runt")
        session("%runt ls")
        session("%unload_ext jupyter_runt")
        assert "`%runt` not found" in session("%runt ls", status="error").text
        session("%load_ext jupyter_runt")
        assert session("%runt ls").displays
    finally:
        session.close()
