"""What `%runt run` shows below its cell, and when."""

from __future__ import annotations

from pathlib import Path

from tests.cli.runt import Runt
from tests.magics.session import MIME, Session
from tests.magics.works import held, let_go

MANY = """\
import time
for number in range(20_000):
    print("line", number)
    if number % 100 == 0:
        time.sleep(0.01)
"""


def test_run_returns_at_once_and_its_picture_changes_while_other_cells_run(lived_in: Runt, notebook: Session):
    lived_in.cells("print('begun')", held("other"), "print('all', 'done')", name="other.yml")
    cell = notebook("%runt run other.yml --var other")
    picture = cell.picture
    notebook.until(lambda: "▶ c2" in picture.text, "the second cell runs")
    assert notebook("print(other.status)").text == "running\n"
    assert "begun" in picture.text, "what a finished cell has shown stays"
    let_go(lived_in, "other")
    notebook.until(lambda: "succeeded" in picture.text, "the picture is that of the end, though no cell runs")
    assert "all done" in picture.text
    assert "begun" in picture.text
    assert notebook("print(other.status)").text == "succeeded\n"


def test_a_cell_that_runs_meanwhile_does_not_hold_the_picture_up(lived_in: Runt, notebook: Session):
    lived_in.cells("print('quick')", name="quick.yml")
    picture = notebook("%runt run quick.yml").picture
    busy = notebook.start(held("busy"))
    notebook.until(lambda: "succeeded" in picture.text, "the picture is that of the end")
    assert not busy.idle
    let_go(lived_in, "busy")
    notebook.end(busy)
    assert busy.text == "", "what belongs to the run is not shown there"


def test_a_run_that_prints_20000_lines_changes_its_picture_ten_times_a_second_at_most(
    lived_in: Runt, notebook: Session
):
    lived_in.cells(MANY, name="many.yml")
    picture = notebook("%runt run many.yml --wait").picture
    assert "line 19999" in picture.text
    assert len(picture.updates) > 3, "it was live"
    in_a_second = [sum(begin <= each < begin + 1 for each in picture.updates) for begin in picture.updates]
    assert max(in_a_second) <= 10, picture.updates


def test_nothing_is_sent_where_nothing_has_changed(lived_in: Runt, notebook: Session):
    lived_in.cells("print('here')", held("still"), name="still.yml")
    picture = notebook("%runt run still.yml --var still").picture
    notebook.until(lambda: "▶ c2" in picture.text, "it runs")
    before = len(picture.updates)
    notebook.hear(0.6)
    assert len(picture.updates) == before
    let_go(lived_in, "still")
    notebook("still.wait()")


def test_the_bundle_has_text_html_and_the_json_by_which_a_renderer_finds_the_run(lived_in: Runt, notebook: Session):
    lived_in.cells("print('<script>alert(1)</script>')", name="bundle.yml", title="A <b>title</b>")
    cell = notebook("%runt run bundle.yml --wait --var run")
    picture = cell.picture
    assert set(picture.data) == {"text/plain", "text/html", MIME}
    about = picture.data[MIME]
    assert about["version"] == 1
    assert about["run_id"] == notebook.value("run.id")
    assert about["status"] == "succeeded"
    assert about["seq"] == lived_in.show(about["run_id"])["seq"]
    assert "<script" not in picture.html
    assert "<b>title" not in picture.html
    assert "&lt;script&gt;alert(1)" in picture.html
    assert "<script>alert(1)" in picture.text


def test_wait_ends_after_the_picture_of_the_end(lived_in: Runt, notebook: Session):
    lived_in.cells("print('one')", "6 * 7", name="wait.yml")
    picture = notebook("%runt run wait.yml --wait").picture
    assert picture.data[MIME]["status"] == "succeeded", "it is there when the cell has ended"
    assert picture.text.splitlines()[0] == "wait.yml: succeeded"
    assert [line.strip() for line in picture.text.splitlines()[3::2]] == ["one", "42"]


def test_a_failed_run_shows_where_and_why_and_the_waiting_cell_is_well(lived_in: Runt, notebook: Session):
    lived_in.cells("print('before')", "1 / 0", "print('never')", name="fails.yml")
    picture = notebook("%runt run fails.yml --wait").picture
    assert picture.text.splitlines()[0].startswith("fails.yml: failed")
    assert "in c2" in picture.text.splitlines()[0]
    assert "ZeroDivisionError: division by zero" in picture.text
    assert "ZeroDivisionError" in picture.html
    assert "– c3" in picture.text


def test_check_fails_the_cell_with_one_message(lived_in: Runt, notebook: Session):
    lived_in.cells("1 / 0", name="checked.yml")
    message = notebook.refused("%runt run checked.yml --check --var checked")
    run_id = notebook.value("checked.id")
    assert message.splitlines() == [
        f"RunFailed: Run {run_id} of 'checked.yml' has failed in c1: ZeroDivisionError: division by zero",
        f"  %runt show {run_id} shows it.",
    ]
    lived_in.cells("print('fine')", name="checked.yml")
    assert notebook("%runt run checked.yml --check").picture.data[MIME]["status"] == "succeeded"


def test_an_assigned_run_is_shown_and_is_a_run(lived_in: Runt, notebook: Session):
    lived_in.cells("print('assigned')", name="assigned.yml")
    cell = notebook("assigned = %runt run assigned.yml --wait")
    assert "assigned" in cell.picture.text
    assert notebook.value("[type(assigned).__name__, assigned.status]") == ["Run", "succeeded"]
    assert notebook.value("assigned.id") == cell.picture.run_id


def test_var_names_the_run_before_it_has_ended(lived_in: Runt, notebook: Session):
    lived_in.cells("raise SystemExit(3)", name="var.yml")
    notebook.refused("%runt run var.yml --check --var early")
    assert notebook.value("early.status") == "failed"
    assert "no name of a variable" in notebook.refused("%runt run var.yml --var 1x")
    assert "no name of a variable" in notebook.refused("%runt run var.yml --var class")


def test_quiet_shows_nothing_and_gives_the_run(lived_in: Runt, notebook: Session):
    lived_in.cells("print('hush')", name="quiet.yml")
    cell = notebook("quiet = %runt run quiet.yml -q --wait")
    assert (cell.displays, cell.text) == ([], "")
    assert notebook.value("quiet.outputs.text") == "hush\n"
    assert notebook("%runt run quiet.yml -q --wait").displays == [], "also where it is the cell's last expression"


def test_a_run_is_shown_once_by_a_cell_and_again_by_a_later_one(lived_in: Runt, notebook: Session):
    lived_in.cells("print('seen')", name="once.yml")
    first = notebook("once = %runt run once.yml\nonce.wait()\nonce")
    assert len(first.displays) == 1
    assert notebook("pass\nonce").picture.text == first.picture.text
    assert notebook("once.show()\nonce").picture.text == first.picture.text


def test_a_picture_that_is_shown_again_is_live_as_the_first_is(lived_in: Runt, notebook: Session):
    lived_in.cells("print('live')", held("twice"), name="twice.yml")
    first = notebook("twice = %runt run twice.yml").picture
    second = notebook("twice").picture
    let_go(lived_in, "twice")
    notebook.until(lambda: "succeeded" in first.text and "succeeded" in second.text, "both have the end")
    assert first.data == second.data


def test_every_run_of_a_cell_is_shown(lived_in: Runt, notebook: Session):
    lived_in.cells("print(size)", name="each.yml", parameters={"size": 1})
    cell = notebook("for size in (1, 2, 3):\n    %runt run each.yml -p size $size --wait")
    assert [display.text.splitlines()[-1].strip() for display in cell.displays] == ["1", "2", "3"]


def test_a_run_before_a_worker_has_it_says_why_it_waits(lived_in: Runt, notebook: Session, tmp_path: Path):
    lived_in.cells("print('late')", name="late.yml")
    store = f"sqlite:///{lived_in.home}/alone/store.sqlite"
    picture = notebook(f"late = %runt run late.yml --no-worker --store {store}").picture
    notebook.until(lambda: "worker" in picture.text, "it says that there is none")
    assert "late.yml: queued" in picture.text
    notebook("late.cancel()\nlate.wait()")
    assert "cancelled" in picture.text


def test_what_cells_have_printed_stays_while_others_run(lived_in: Runt, notebook: Session):
    (lived_in.home / "stays.go").unlink(missing_ok=True)
    lived_in.cells("print('first words')", "print('second words')", held("stays"), name="stays.yml")
    picture = notebook("%runt run stays.yml --var stays").picture
    notebook.until(lambda: "▶ c3" in picture.text, "the third cell runs")
    assert "first words" in picture.text
    assert "first words" in picture.html
    assert "second words" in picture.text
    let_go(lived_in, "stays")
    notebook("stays.wait()")
    assert "first words" in picture.text
