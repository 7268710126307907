"""`Run`: what it tells and does, asked from cells of a real notebook."""

from __future__ import annotations

import json
import os
import signal

import nbformat
import pytest

from jupyter_runt.cli.render.ansi import strip
from tests.cli.runt import Runt, until
from tests.magics.session import MIME, Session
from tests.magics.works import held, let_go

PLOT = """\
from IPython.display import display, HTML
print("some text")
display(HTML("<b>bold</b>"))
6 * 7
"""


@pytest.fixture
def waiting(lived_in: Runt, notebook: Session) -> str:
    """A run that stays in its second cell, in the notebook's `run`, until `waiting` is let go; its id."""
    (lived_in.home / "waiting.go").unlink(missing_ok=True)
    lived_in.cells("print('one')", held("waiting"), "print('three')", name="waiting.yml")
    picture = notebook("run = %runt run waiting.yml").picture
    notebook.until(lambda: "▶ c2" in picture.text, "the second cell runs")
    return picture.run_id


def test_it_tells_how_a_run_went(lived_in: Runt, notebook: Session):
    lived_in.cells("print('fine')", name="fine.yml", metadata={"title": "A fine one"}, parameters={"size": 3})
    notebook("run = %runt run fine.yml -p size 4 --wait")
    told = notebook.value("[run.status, run.ended, run.reason, run.name, run.parameters, run.error]")
    assert told == ["succeeded", True, None, "A fine one", {"size": 4}, ""]
    assert notebook.value("run.duration") > 0
    run_id = notebook.value("run.id")
    assert notebook.value("run.view") == lived_in.show(run_id)
    assert notebook.value("str(run)") == run_id
    assert notebook.value("run.page") is None, "no server shows it"
    assert notebook.value("repr(run)").startswith(f"<Run {run_id} of 'A fine one': succeeded, 2/2 cells, ")


def test_it_tells_how_a_run_failed(lived_in: Runt, notebook: Session):
    lived_in.cells("print('before')", "{}['key']", "print('never')", name="bad.yml")
    notebook("run = %runt run bad.yml --wait")
    assert notebook.value("[run.status, run.ended, run.reason]") == ["failed", True, "cell_error"]
    assert notebook.value("run.error") == "KeyError: 'key'"
    assert "failed (cell_error), " in notebook.value("repr(run)")
    assert notebook.value("[each['output_type'] for each in run.outputs['c2']]") == ["error"]
    assert notebook.value("run.outputs['c3']") == []
    assert "RunFailed" in notebook.refused("run.check()")
    assert "KeyError: 'key'" in strip(notebook("run.outputs").text)


def test_outputs_are_those_of_the_exported_notebook(lived_in: Runt, notebook: Session):
    lived_in.cells(PLOT, "print('x' * 50_000)", name="shows.yml")
    notebook("run = %runt run shows.yml --wait")
    run_id = notebook.value("run.id")
    exported = nbformat.reads(lived_in("export", run_id, "-o", "-").out, 4)
    found = notebook.value("dict(run.outputs)")
    assert {cell: kinds(each) for cell, each in found.items()} == {
        "c1": ["stream", "display_data", "execute_result"],
        "c2": ["stream"],
    }
    assert found == {cell.id: cell.outputs for cell in exported.cells}
    assert notebook.value("len(run.outputs)") == 2
    assert notebook.value("repr(run.outputs)") == "<Outputs c1: 3, c2: 1>"


def kinds(outputs: list[dict[str, str]]) -> list[str]:
    return [each["output_type"] for each in outputs]


def test_outputs_as_a_cells_value_are_shown_as_though_they_were_made_there(lived_in: Runt, notebook: Session):
    lived_in.cells(PLOT, name="again.yml")
    notebook("run = %runt run again.yml --wait")
    cell = notebook("run.outputs")
    assert cell.text == "some text\n"
    assert [each.data for each in cell.displays] == [
        {"text/html": "<b>bold</b>", "text/plain": "<IPython.core.display.HTML object>"},
        {"text/plain": "42"},
    ]


def test_outputs_grow_while_the_run_goes_on(notebook: Session, lived_in: Runt, waiting: str):
    assert notebook.value("run.outputs.text") == "one\n"
    let_go(lived_in, "waiting")
    assert notebook.value("run.wait().outputs.text") == "one\nthree\n"


def test_the_notebook_is_a_valid_one_with_the_outputs(lived_in: Runt, notebook: Session):
    lived_in.cells(PLOT, name="nb.yml")
    notebook("run = %runt run nb.yml --wait")
    checked = notebook("import nbformat\nnbformat.validate(run.notebook)\nprint(type(run.notebook).__name__)")
    assert checked.text == "NotebookNode\n"
    assert notebook.value("run.notebook.cells[0].outputs") == notebook.value("run.outputs['c1']")
    exported = json.loads(lived_in("export", notebook.value("run.id"), "-o", "-").out)
    assert notebook.value("run.notebook.metadata") == exported["metadata"]


def test_wait_gives_up_in_time_and_the_run_goes_on(notebook: Session, lived_in: Runt, waiting: str):
    cell = notebook("try:\n    run.wait(0.05)\nexcept TimeoutError as error:\n    print(error)")
    assert cell.text == f"Run {waiting} is running still.\n"
    let_go(lived_in, "waiting")
    assert notebook.value("run.wait(60) is run") is True
    assert notebook.value("run.status") == "succeeded"


def test_awaiting_a_run_lets_other_coroutines_go_on(notebook: Session, lived_in: Runt, waiting: str):
    cell = notebook.start(
        "import asyncio\n"
        "async def other():\n"
        "    while not run.ended:\n"
        "        print('tick', flush=True)\n"
        "        await asyncio.sleep(0.01)\n"
        "found, _ = await asyncio.gather(run, other())\n"
        "print(found is run, found.status)"
    )
    notebook.until(lambda: cell.text.count("tick") > 3, "the other coroutine goes on")
    let_go(lived_in, "waiting")
    notebook.end(cell)
    assert cell.text.endswith("True succeeded\n")
    assert notebook("await run\nprint(run.status)").text == "succeeded\n", "it can be awaited again"


def test_cancel_ends_it(notebook: Session, waiting: str):
    notebook("run.cancel()")
    cell = notebook("run.wait()\nprint(run.status, run.reason, run.ended)")
    assert cell.text == "cancelled cancelled_by_user True\n"
    assert "Refused" in notebook.refused("run.cancel()")


def test_kill_ends_it_at_once(notebook: Session, waiting: str):
    assert notebook("run.kill()\nprint(run.wait().status)").text == "cancelled\n"


def test_interrupt_is_a_keyboard_interrupt_in_its_cell(notebook: Session, waiting: str):
    assert notebook("run.interrupt()\nprint(run.wait().status, run.error)").text == "failed KeyboardInterrupt: \n"


def test_pause_holds_it_before_its_next_cell_until_resume(notebook: Session, lived_in: Runt, waiting: str):
    notebook("run.pause()")
    picture = notebook("run").picture
    notebook.until(lambda: "running, paused" in picture.text, "the worker knows")
    let_go(lived_in, "waiting")
    notebook.until(lambda: "✓ c2" in picture.text, "the second cell is done")
    assert notebook.value("[run.status, run.outputs.text]") == ["running", "one\n"]
    assert notebook("run.resume()\nprint(run.wait().status)").text == "succeeded\n"


def test_a_removed_run_says_so(lived_in: Runt, notebook: Session):
    lived_in.cells("print('gone soon')", name="gone.yml")
    notebook("gone = %runt run gone.yml --wait")
    run_id = notebook.value("gone.id")
    lived_in("rm", run_id)
    assert notebook.value("repr(gone)") == f"<Run {run_id}: removed>"
    assert notebook("gone").text == f"<Run {run_id}: removed>\n"
    for asked in ("gone.status", "gone.outputs", "gone.view", "gone.cancel()", "gone.notebook", "gone.check()"):
        assert f"There is no run {run_id}" in notebook.refused(asked)


def test_the_picture_of_a_run_outlives_it(notebook: Session, lived_in: Runt, waiting: str):
    picture = notebook(f"other = %runt show {waiting}").picture
    notebook("run.kill()\nrun.wait()")
    lived_in("rm", waiting)
    notebook.until(lambda: "cancelled" in picture.text or "There is no run" in picture.text, "it tells the end")
    assert "There is no run" in notebook.refused("other.outputs")
    assert notebook("1 + 1").value.text == "2"


def test_equal_runs_are_found_by_their_ids(lived_in: Runt, notebook: Session):
    lived_in.cells("print('found')", name="found.yml")
    notebook("run = %runt run found.yml --wait")
    cell = notebook("other = %runt show $run\nprint(other.id == run.id)")
    assert cell.text == "True\n"
    assert cell.picture.data[MIME]["run_id"] == notebook.value("run.id")


def test_a_worker_that_dies_while_a_run_is_shown_is_followed_by_another(
    lived_in: Runt, notebook: Session, waiting: str
):
    (worker,) = [row["pid"] for row in lived_in.json("workers")]
    os.kill(worker, signal.SIGKILL)
    until(lambda: worker not in lived_in.processes(), "the worker is gone")
    let_go(lived_in, "waiting")
    assert notebook.value("run.wait().outputs.text") == "one\nthree\n"
