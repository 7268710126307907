"""The commands of `%runt` besides `run` and `sweep`, their help, and how they fail."""

from __future__ import annotations

import json

import nbformat
import pytest

from tests.cli.runt import Runt, until
from tests.magics.session import MIME, Session
from tests.magics.works import held, let_go

YAML = """\
%%runt run --wait -p name world
parameters: {name: nobody}
cells:
  - id: greet
    source: |
      print(f"hello {name}")
"""


@pytest.fixture(scope="module")
def done(lived_in: Runt, notebook: Session) -> str:
    """A run that has ended; its id."""
    lived_in.cells("print('size', size)", name="sized.yml", parameters={"size": 1}, metadata={"title": "Sized"})
    return notebook("%runt run sized.yml -p size 5 --label team=ops --wait").picture.run_id


def test_a_cells_body_is_a_yaml_notebook(notebook: Session):
    picture = notebook(YAML).picture
    assert picture.text.splitlines()[0] == "cell: succeeded"
    assert "hello world" in picture.text


def test_a_fault_in_the_body_is_named_by_its_line(notebook: Session):
    message = notebook.refused("%%runt run\ncells:\n  - id: a\n    sauce: 1\n")
    assert message.startswith("NotebookError: <cell>:3:5: cells[0]: a cell needs `source`"), "as the cell counts them"
    assert message.count("\n") == 0
    assert "<cell>:2:" in notebook.refused("%%runt run\ncells: {}")


def test_a_cells_body_may_be_a_notebook_as_json(notebook: Session):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print('from', 'json')")])
    assert "from json" in notebook(f"%%runt run --wait\n{json.dumps(made, indent=1)}").picture.text


def test_only_run_and_sweep_take_a_body(notebook: Session, done: str):
    assert "%%runt ls has no use for a cell's body" in notebook.refused("%%runt ls\nx")
    assert "Both a cell's body and 'sized.yml'" in notebook.refused("%%runt run sized.yml\ncells: []")
    assert "%runt run needs a notebook." in notebook.refused("%runt run")


def test_ls_is_a_table_and_a_list_of_runs(lived_in: Runt, notebook: Session, done: str):
    shown = notebook("%runt ls --label team=ops").value
    assert shown.text.splitlines()[0].split() == ["RUN", "STATUS", "CELLS", "NOTEBOOK", "SUBMITTED", "TOOK"]
    assert shown.text.splitlines()[1].split()[:4] == [done, "succeeded", "2/2", "Sized"]
    assert "<table>" in shown.html
    notebook("runs = %runt ls --label team=ops")
    assert notebook.value("[len(runs), runs[0].id, runs[0].status, [each.id for each in runs]]") == [
        1, done, "succeeded", [done],
    ]  # fmt: skip
    assert notebook("%runt ls --label team=none").value.text == "no such runs"
    notebook("%runt run sized.yml -q --wait")
    assert "older runs: %runt ls --before" in notebook("%runt ls --limit 1").value.text
    listed = notebook("%runt ls --label team=ops --json").text
    assert f'"run_id": "{done}"' in listed
    assert "--limit" in notebook.refused("%runt ls --limit 0")
    assert "--limit" in notebook.refused("%runt ls --limit many")


def test_show_is_the_picture_of_a_run_that_has_ended(notebook: Session, done: str):
    for name in (done, done[:-1]):
        assert "size 5" in notebook(f"%runt show {name}").picture.text
    notebook(f"found = %runt show {done}")
    assert notebook.value("found.result if False else found.status") == "succeeded"
    assert notebook("%runt show $found").picture.run_id == done
    assert "There is no run 'nope'" in notebook.refused("%runt show nope")
    assert "%runt ls" in notebook.refused("%runt show nope"), "remedies name magics"


def test_show_is_live_where_the_run_is(lived_in: Runt, notebook: Session):
    lived_in.cells("print('going')", held("shown"), name="shown.yml")
    run_id = lived_in("submit", "shown.yml").run_id
    picture = notebook("%runt show").picture
    assert picture.run_id == run_id, "the last run is meant where none is named"
    let_go(lived_in, "shown")
    notebook.until(lambda: "succeeded" in picture.text, "the picture is that of the end")


def test_follow_waits_for_the_end(lived_in: Runt, notebook: Session):
    lived_in.cells("print('going')", held("followed"), "1 / 0", name="followed.yml")
    run_id = lived_in("submit", "followed.yml").run_id
    cell = notebook.start(f"%runt follow {run_id}")
    notebook.until(lambda: cell.displays and "▶ c2" in cell.picture.text, "it shows the run")
    assert not cell.idle
    let_go(lived_in, "followed")
    notebook.end(cell)
    assert cell.status == "ok"
    assert "ZeroDivisionError" in cell.picture.text
    assert f"Run {run_id} of 'followed.yml' has failed" in notebook.refused(f"%runt follow {run_id} --check")


def test_cancel_ends_a_run(lived_in: Runt, notebook: Session):
    lived_in.cells(held("never"), name="endless.yml")
    picture = notebook("endless = %runt run endless.yml").picture
    notebook.until(lambda: "▶ c1" in picture.text, "it runs")
    cell = notebook("%runt cancel $endless\nendless.wait()")
    assert "cancelled" in cell.text + picture.text
    assert picture.data[MIME]["status"] == "cancelled"
    assert "Traceback" not in cell.text
    assert picture.run_id in notebook.refused("%runt cancel $endless")


def test_pause_resume_interrupt_and_kill(lived_in: Runt, notebook: Session):
    lived_in.cells(held("steered"), "print('second')", name="steered.yml")
    picture = notebook("steered = %runt run steered.yml").picture
    notebook.until(lambda: "▶ c1" in picture.text, "it runs")
    notebook("%runt pause $steered")
    notebook.until(lambda: "running, paused" in picture.text, "it is paused")
    notebook("%runt resume $steered")
    notebook.until(lambda: "paused" not in picture.text, "it is not paused any more")
    notebook("%runt interrupt $steered\nsteered.wait()")
    assert notebook.value("steered.error").startswith("KeyboardInterrupt")
    notebook("steered = %runt rerun $steered -q\n%runt kill $steered\nsteered.wait()")
    assert notebook.value("steered.status") == "cancelled"


def test_rerun_takes_other_parameters(notebook: Session, done: str):
    picture = notebook(f"%runt rerun {done} -p size 6 --label team=again --wait --var again").picture
    assert "size 6" in picture.text
    assert notebook.value("[again.id == '%s', again.parameters]" % done) == [False, {"size": 6}]
    assert "colour" in notebook.refused(f"%runt rerun {done} -p colour red")


def test_pin_and_rm(lived_in: Runt, notebook: Session):
    lived_in.cells("1", name="kept.yml")
    notebook("kept = %runt run kept.yml --wait")
    notebook("%runt pin $kept")
    assert "pinned" in notebook.refused("%runt rm $kept")
    notebook("%runt unpin $kept\n%runt rm $kept")
    assert "removed" in notebook.value("repr(kept)")


def test_params_validate_convert_and_export_are_those_of_the_command_line(lived_in: Runt, notebook: Session, done: str):
    assert notebook("%runt params sized.yml").text == lived_in("params", "sized.yml").out
    assert "sized.yml" in notebook("%runt validate sized.yml").text
    lived_in.write("broken.yml", "cells:\n  - sauce: 1\n")
    cell = notebook("%runt validate broken.yml", status="error")
    assert "broken.yml:2:5: cells[0]: a cell needs `source`" in cell.text
    assert "see above" in cell.message
    notebook("%runt convert sized.yml sized.ipynb")
    assert lived_in.read("sized.ipynb")["cells"]
    notebook(f"%runt export {done} -o exported.ipynb")
    assert "size 5" in str(lived_in.read("exported.ipynb")["cells"][-1]["outputs"])


def test_templates_runtimes_status_and_workers_are_those_of_the_command_line(lived_in: Runt, notebook: Session):
    for command in ("templates", "runtimes"):
        assert notebook(f"%runt {command}").text == lived_in(command).out
    lived_in.cells(held("busy"), name="busy.yml")  # a worker stays while one of its runs is open
    run_id = lived_in("submit", "busy.yml").run_id
    until(lambda: lived_in.show(run_id)["status"] == "running", "a worker has it")
    assert notebook("%runt workers").text.split()[:6] == lived_in("workers").out.split()[:6]
    let_go(lived_in, "busy")
    assert str(lived_in.url) in notebook("%runt status").text
    assert "simple-health-check" in notebook("%runt templates").text


def test_schedules_are_those_of_the_command_line(lived_in: Runt, notebook: Session, done: str):
    said = notebook("%runt schedule add sized.yml --cron '0 7 1 1 *' --tz UTC -p size {2+3}").text
    assert said.startswith("sized\nnext: ")
    assert "%runt schedule service" in said
    assert lived_in("schedule", "show", "sized", "--json").json()["parameters"] == {"size": 5}, (
        "the value of an expression"
    )
    assert "0 7 1 1 *" in notebook("%runt schedule ls").text
    assert "%runt schedule rm" in notebook("%runt schedule rm --help").text
    assert "There is no schedule" in notebook.refused("%runt schedule show another")
    notebook("%runt schedule rm sized")
    assert "no schedules yet: `%runt schedule add" in notebook("%runt schedule ls").text


def test_a_template_runs_by_its_name(notebook: Session):
    assert "succeeded" in notebook("%runt run simple-health-check --wait").picture.text


def test_connect_tells_where_to(lived_in: Runt, notebook: Session, done: str):
    assert notebook("%runt connect").text.startswith(f"store {lived_in.url}: ")
    elsewhere = f"sqlite:///{lived_in.home}/other/store.sqlite"
    try:
        assert notebook(f"%runt connect --store {elsewhere}").text == f"store {elsewhere}: 0 run(s), 0 worker(s)\n"
        assert notebook("%runt ls").value.text == "no such runs"
    finally:
        assert notebook("%runt connect --here").text.startswith(f"store {lived_in.url}: ")
    assert done in notebook("%runt ls --label team=ops").value.text


def test_help_is_an_overview_and_every_command_has_its_own(notebook: Session):
    overview = notebook("%runt").text
    names = [line.split()[1] for line in overview.splitlines()[1:]]
    assert {"run", "sweep", "ls", "show", "connect", "cancel", "export"} <= set(names)
    assert notebook("%runt --help").text == overview
    assert "%runt run NOTEBOOK" in notebook("%runt?").page
    for name in names:
        asked = notebook(f"%runt {name}?").text
        assert asked.startswith(f"usage: %runt {name} "), asked
        assert "example" in asked
        assert "jupyter runt" not in asked.replace("jupyter runt execute", ""), asked
        assert notebook(f"%runt {name} --help").text == asked
        assert notebook(f"%%runt {name}?").text == asked


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%runt rnu", "There is no command 'rnu': did you mean 'run'?"),
        ("%runt run sized.yml --colour", "%runt run: unrecognized arguments: --colour"),
        ("%runt run nowhere.yml", "nowhere.yml"),
        ("%runt run sized.yml -p size", "expected 2 arguments"),
        ("%runt run sized.yml -p sise 3", "sise"),
        ("%runt run 'sized.yml", "The quote ' is not closed"),
        ("%runt run sized.yml -k nope", "nope"),
        ("%runt run sized.yml --run-timeout soon", "--run-timeout 'soon'"),
        ("%runt run sized.yml --label x", "--label 'x' is not K=V."),
        ("%runt run sized.yml --store mysql://x", "mysql"),
        ("%runt reply", "the following arguments are required: RUN"),
        ("%runt show last --result", "expected one argument"),
        ("%runt cancel nope", "nope"),
        ("%runt connect http://127.0.0.1:9/ --token-file nowhere", "nowhere"),
    ],
)
def test_an_error_is_one_message_and_the_cell_has_failed(notebook: Session, done: str, line: str, said: str):
    message = notebook.refused(line)
    assert said in message
    assert len(message.splitlines()) <= 3, message
    assert "jupyter runt" not in message, message


def test_an_error_can_be_caught(notebook: Session, done: str):
    cell = notebook(
        "from jupyter_runt.errors import UsageError\n"
        "try:\n    get_ipython().run_line_magic('runt', 'run nowhere.yml')\n"
        "except UsageError as error:\n    print('caught:', error.message)"
    )
    assert cell.text.startswith("caught: ")


def test_help_is_shown_in_the_middle_of_a_cell_and_a_semicolon_hides_the_value(notebook: Session):
    cell = notebook("if True:\n    %runt show?\n%runt ls;")
    assert cell.text.startswith("usage: %runt show ")
    assert not cell.displays
