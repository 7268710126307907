"""One session, many runs: what threads, forks, interrupts and the run around it must not spoil."""

from __future__ import annotations

from tests.cli.runt import Runt, until
from tests.magics.session import Session


def test_runs_shown_again_are_followed_once(lived_in: Runt, notebook: Session):
    lived_in.cells("input()", name="asks.yml")
    notebook("%runt run asks.yml --input wait -q --var asks")
    notebook.until(lambda: notebook.value("asks.status") == "waiting", "it asks")
    count = "sum(each.name == f'jupyter-runt {asks.id}' for each in threading.enumerate())"
    notebook("import threading\nfor _ in range(5):\n    %runt show $asks")
    assert notebook.value(count) == 1
    notebook("asks.cancel(); asks.wait()")
    notebook.until(lambda: notebook.value(count) == 0, "nobody follows what has ended")


def test_more_pictures_than_are_kept_up_to_date_say_so(lived_in: Runt, notebook: Session):
    lived_in.cells("1", name="one.yml")
    notebook("from jupyter_runt.magics import live\nbefore, live.MOST = live.MOST, 0")
    try:
        cell = notebook("%runt run one.yml --var one")
    finally:
        notebook("live.MOST = before\none.wait()")
    assert "%runt sweep" in cell.text
    assert cell.picture.run_id == notebook.value("one.id")
    assert notebook.value("one.status") == "succeeded"


def test_a_forked_process_is_told_to_leave_runs_alone(lived_in: Runt, notebook: Session):
    lived_in.cells("1", name="one.yml")
    notebook("%runt run one.yml --wait --var one")
    cell = notebook(
        "import os\npid = os.fork()\nif pid == 0:\n    try:\n        one.status\n    except Exception as error:\n"
        "        os._exit(7 if 'forked' in str(error) else 8)\n    os._exit(9)\nos.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])"
    )
    assert cell.value.text == "7"


def test_what_other_threads_write_meanwhile_is_their_own(notebook: Session):
    """`stderr` belongs to the process, not to a command."""
    cell = notebook(
        "import sys, threading\nfrom jupyter_runt.cli import status\nreal = status.run\n"
        "def slow(args):\n    other = threading.Thread(target=lambda: print('mine', file=sys.stderr)); other.start(); other.join()\n"
        "    return real(args)\nstatus.run = slow\n%runt status\nstatus.run = real"
    )
    assert cell.streams["stderr"] == "mine\n"
    assert "store" in cell.streams["stdout"]


def test_a_variable_is_never_an_option(notebook: Session):
    notebook("option, dashed = '--wait', '-x'")
    assert "--wait: no such file" in notebook.refused("%runt run $option")
    assert "There is no run '-x'" in notebook.refused("%runt reply $dashed yes")


def test_outputs_shown_inside_of_another_run_are_no_results_of_that_one(lived_in: Runt):
    lived_in.cells("import jupyter_runt\njupyter_runt.result('inner', 1)", name="inner.yml")
    lived_in.cells("%load_ext jupyter_runt\n%runt run inner.yml --wait -q --var r\nr.outputs", name="outer.yml")
    lived_in("execute", "outer.yml")
    rows = lived_in.json("ls")
    results = {row["name"]: [each["name"] for each in lived_in.show(row["run_id"])["results"]] for row in rows[:2]}
    assert results == {"inner.yml": ["inner"], "outer.yml": []}


def test_runs_inside_of_a_run_are_in_its_store(lived_in: Runt):
    lived_in.cells("1", name="one.yml")
    lived_in.cells("%load_ext jupyter_runt\n%runt run one.yml --wait -q --var r\nprint(r.status)", name="outer.yml")
    other = f"sqlite:///{lived_in.home}/other/store.sqlite"
    assert "succeeded" in lived_in("execute", "outer.yml", "--store", other).out
    assert sorted(row["name"] for row in lived_in.json("ls", "--store", other)) == ["one.yml", "outer.yml"]


def test_an_interrupted_command_says_no_more_than_that(notebook: Session):
    notebook(
        "from jupyter_runt.cli import status\nreal = status.run\nimport time\nstatus.run = lambda args: time.sleep(60)"
    )
    cell = notebook.start("print('begun', flush=True)\n%runt status")
    notebook.until(lambda: "begun" in cell.text, "the cell runs")
    notebook.hear(0.5)
    notebook.interrupt()
    assert "/magics/" not in notebook.end(cell).message
    notebook("status.run = real")


def test_a_kernel_with_runs_on_their_way_ends_at_once(lived_in: Runt):
    lived_in.cells("input()", name="asks.yml")
    session = Session(lived_in)
    try:
        session("%load_ext jupyter_runt\n%runt run asks.yml --input wait --var asks\n%runt show $asks")
        session("runs = %runt ls")
        session.leave()
    finally:
        session.close()
    lived_in("cancel", "last")
    until(lambda: lived_in.json("ls", "--limit", "1")[0]["status"] == "cancelled", "its kernel has ended with it")
