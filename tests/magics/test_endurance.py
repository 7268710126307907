"""A run that a magic has started belongs to a worker: whatever happens to the notebook's kernel, it goes on."""

from __future__ import annotations

import os

import pytest

from tests.cli.runt import Runt
from tests.magics.session import Session
from tests.magics.works import held, let_go

LINES = f"for number in range(1000): print('line', number)\n{held('endure')}\nprint('the last line')"


@pytest.fixture(autouse=True)
def enduring(lived_in: Runt) -> None:
    (lived_in.home / "endure.go").unlink(missing_ok=True)
    lived_in.cells(LINES, name="enduring.yml", parameters={"size": 1})


@pytest.mark.parametrize(
    "code",
    ["%runt run enduring.yml --wait --var run", "%runt run enduring.yml --var run\nrun.wait()",
     "%runt run enduring.yml --var run\n%runt follow $run", "%runt run enduring.yml --var run\nrun.check()"],
)  # fmt: skip
def test_interrupting_a_waiting_cell_ends_the_waiting_and_not_the_run(lived_in: Runt, notebook: Session, code: str):
    cell = notebook.start(code)
    notebook.until(lambda: cell.displays and "line 999" in cell.displays[-1].text, "it runs")
    notebook.interrupt()
    notebook.end(cell)
    run_id = cell.displays[0].run_id
    assert cell.status == "error"
    assert cell.message.strip() == (
        f"Run {run_id} goes on: `%runt follow {run_id}` comes back to it, `%runt cancel {run_id}` ends it."
    )
    assert notebook.value("run.status") == "running"
    let_go(lived_in, "endure")
    notebook.until(lambda: "succeeded" in cell.displays[0].text, "the picture is that of the end")
    assert "the last line" in cell.displays[0].text


def test_interrupting_a_waiting_sweep_ends_the_waiting_and_not_the_runs(lived_in: Runt, notebook: Session):
    cell = notebook.start("%runt sweep enduring.yml -p size 1,2 --wait --var sweep")
    notebook.until(lambda: cell.displays and cell.displays[0].text.count("running") == 2, "both run")
    notebook.interrupt()
    notebook.end(cell)
    assert cell.message.strip() == f"The runs go on: `%runt ls --label sweep={notebook.value('sweep.id')}` lists them."
    let_go(lived_in, "endure")
    assert notebook.value("sweep.wait().counts") == {"succeeded": 2}


def test_interrupting_an_await_ends_the_waiting_and_not_the_run(lived_in: Runt, notebook: Session):
    cell = notebook.start("%runt run enduring.yml --var run\nawait run")
    notebook.until(lambda: cell.displays and "line 999" in cell.picture.text, "it runs")
    notebook.interrupt()
    notebook.end(cell)
    assert cell.status == "error"
    let_go(lived_in, "endure")
    assert notebook("await run\nprint(run.status)").text == "succeeded\n"


def test_a_killed_kernel_takes_nothing_along(lived_in: Runt):
    first = Session(lived_in)
    first("%load_ext jupyter_runt")
    picture = first("%runt run enduring.yml").picture
    first.until(lambda: "line 999" in picture.text, "it runs")
    workers = [row["pid"] for row in lived_in.json("workers")]
    assert os.getpgid(workers[0]) != os.getpgid(first.pid)
    first.kill()
    let_go(lived_in, "endure")
    second = Session(lived_in)
    try:
        second("%load_ext jupyter_runt")
        shown = second(f"run = %runt show {picture.run_id}\nrun.wait()").picture
        assert "succeeded" in shown.text
        expected = "".join(f"line {number}\n" for number in range(1000)) + "the last line\n"
        assert second.value("run.outputs.text") == expected
        assert [row["pid"] for row in lived_in.json("workers")] == workers
    finally:
        second.close()


def test_a_restarted_kernels_first_worker_outlives_it(runt: Runt):
    """The worker that `%runt run` itself has started, in a home where none lived."""
    runt.cells(LINES, name="enduring.yml", parameters={"size": 1})
    first = Session(runt)
    first("%load_ext jupyter_runt")
    run_id = first("%runt run enduring.yml").picture.run_id
    first.kill()
    let_go(runt, "endure")
    second = Session(runt)
    try:
        second("%load_ext jupyter_runt")
        assert "the last line" in second(f"%runt follow {run_id}").picture.text
    finally:
        second.close()
