"""Notebooks with `%runt` in them that are themselves executed: by us, and by nbclient."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_runt.cli.render.bundle import output_text
from tests.cli.runt import PATIENCE, Runt, until
from tests.magics.session import MIME
from tests.magics.works import held, let_go

OUTER = [
    "%load_ext jupyter_runt",
    "first = %runt run inner.yml -p size 3 --wait",
    "print(first.status, first.result('double'))",
    "second = %runt run inner.yml -p size 4",
    "second.wait().status",
    "sweep = %runt sweep inner.yml -p size 5,6 --wait",
    "%runt nope",
    "first.outputs",
]


@pytest.fixture
def outer(runt: Runt) -> Runt:
    """A home with a notebook `outer.ipynb` that runs another one."""
    runt.cells(
        "import jupyter_runt\nprint('size', size)\njupyter_runt.result('double', 2 * size)",
        name="inner.yml",
        parameters={"size": 1},
    )
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in OUTER])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    made.cells[6].metadata.tags = ["raises-exception"]
    runt.write("outer.ipynb", nbformat.writes(made))
    return runt


def by_us(runt: Runt) -> Any:
    runt("execute", "outer.ipynb", "-o", "done.ipynb")
    return nbformat.reads((runt.home / "done.ipynb").read_text(), 4)


def by_nbclient(runt: Runt) -> Any:
    """`jupyter execute`."""
    command = [sys.executable, "-c", "from nbclient.cli import main; main()", "outer.ipynb", "--output", "done.ipynb"]
    ended = subprocess.run(
        command, env=runt.env, cwd=runt.home, capture_output=True, text=True, timeout=2 * PATIENCE, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return nbformat.reads((runt.home / "done.ipynb").read_text(), 4)


@pytest.mark.parametrize("execute", [by_us, by_nbclient])
def test_the_executed_file_has_the_pictures_of_the_end(outer: Runt, execute: Any):
    done = execute(outer)
    nbformat.validate(done)
    cells = [cell.outputs for cell in done.cells]
    assert cells[0] == []
    for outputs, size in ((cells[1], 3), (cells[3], 4)):
        (picture,) = outputs
        assert picture.data[MIME]["status"] == "succeeded"
        assert picture.data["text/plain"].splitlines()[0] == "inner.yml: succeeded"
        assert f"size {size}" in picture.data["text/plain"]
        assert f"size {size}" in picture.data["text/html"]
        assert outer.show(picture.data[MIME]["run_id"])["status"] == "succeeded"
    assert output_text(cells[2][0]) == "succeeded 6\n"
    assert output_text(cells[4][0]) == "'succeeded'\n"
    (table,) = cells[5]
    assert "2/2 runs have ended" in table.data["text/plain"]
    assert [line.split()[-1] for line in table.data["text/plain"].splitlines()[2:]] == ["10", "12"]
    (error,) = cells[6]
    assert error.evalue.startswith("There is no command 'nope'")
    assert 'File "' not in "\n".join(error.traceback)
    assert [output_text(each) for each in cells[7]] == ["size 3\n", "6\n"]


def test_a_run_of_ours_that_waits_for_another_stores_few_of_its_pictures(outer: Runt):
    outer.cells("import time\nfor number in range(300):\n    print(number)\n    time.sleep(0.01)", name="inner.yml",
                parameters={"size": 1})  # fmt: skip
    outer.cells("%load_ext jupyter_runt\nrun = %runt run inner.yml --wait", name="outer.yml")
    outer_id = outer("execute", "outer.yml").run_id
    (output,) = outer.show(outer_id)["cells"][0]["outputs"]
    assert "299" in output["data"]["text/plain"]
    events = outer("show", outer_id, "--events").out.splitlines()
    assert len([line for line in events if '"display.updated"' in line]) < 10


def _begun(runt: Runt) -> tuple[str, str]:
    """A run that waits for another one, which its own `%runt run` has started; the ids of both."""
    runt.cells("print('begun')", held("inner"), "print('all done')", name="inner.yml")
    runt.cells("%load_ext jupyter_runt\nrun = %runt run inner.yml --wait", name="outer.yml")
    runt.start("execute", "outer.yml", "--id", "the-outer-one")
    until(lambda: len(rows(runt)) == 2 and set(rows(runt).values()) == {"running"}, "both run", patience=PATIENCE)
    (inner,) = set(rows(runt)) - {"the-outer-one"}
    until(lambda: "begun" in str(runt.show(inner)["cells"]), "the inner one has begun")
    return "the-outer-one", inner


def rows(runt: Runt) -> dict[str, str]:
    return {row["run_id"]: row["status"] for row in runt.json("ls")} if runt.path.exists() else {}


@pytest.mark.parametrize("how", ["cancel", "kill"])
def test_the_worker_that_a_cancelled_run_has_started_lives_on(runt: Runt, how: str):
    outer_id, inner_id = _begun(runt)
    runt(how, outer_id)
    assert runt.end(runt.started[0], code=None).code != 0
    assert rows(runt)[outer_id] == "cancelled"
    _goes_on(runt, inner_id)


def test_the_worker_that_a_killed_run_has_started_lives_on(runt: Runt):
    _, inner_id = _begun(runt)
    runt.started[0].kill()
    for pid, command in runt.processes().items():
        if "connection.json" in command and b"JUPYTER_RUNT_RUN_ID=the-outer-one" in _environment(pid):
            os.kill(pid, signal.SIGKILL)
    _goes_on(runt, inner_id)


def _environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def _goes_on(runt: Runt, run_id: str) -> None:
    assert rows(runt)[run_id] == "running"
    let_go(runt, "inner")
    assert "all done" in runt("follow", run_id).out
    assert rows(runt)[run_id] == "succeeded"
