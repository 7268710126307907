"""A run's `input()`: asked below the cell that waits, answered there or elsewhere."""

from __future__ import annotations

import pytest

from tests.cli.runt import Runt
from tests.magics.session import Session

ASKING = """\
import getpass
name = input("Your name? ")
secret = getpass.getpass("Secret? ")
print(f"{name} knows {len(secret)} letters")
"""


@pytest.fixture(autouse=True, scope="module")
def asking(lived_in: Runt) -> None:
    lived_in.cells(ASKING, name="asking.yml")
    lived_in.cells("print('got', input('Go on? '))", name="once.yml")


def test_a_waiting_cell_asks_and_sends_the_replies(notebook: Session):
    asked = []

    def answer(prompt: str, password: bool) -> str:
        asked.append((prompt, password))
        return "xyz" if password else "Ada"

    cell = notebook("run = %runt run asking.yml --wait", answer=answer)
    assert asked == [("Your name? ", False), ("Secret? ", True)]
    assert notebook.value("run.outputs.text").endswith("Ada knows 3 letters\n")
    assert "xyz" not in cell.picture.text + cell.text
    assert notebook("%runt follow $run", answer=answer).status == "ok", "it asks nothing of what has been answered"
    assert len(asked) == 2


def test_a_reply_from_elsewhere_lets_the_waiting_cell_go_on(lived_in: Runt, notebook: Session):
    def elsewhere(prompt: str, password: bool) -> None:
        lived_in("reply", "last", "from the terminal")

    cell = notebook("run = %runt run once.yml --wait", answer=elsewhere)
    assert cell.status == "ok"
    assert "'Go on?' needs no answer any more." in cell.text
    assert "got from the terminal" in cell.picture.text
    notebook.reply("typed too late")
    assert notebook("print('the next cell is well')").text == "the next cell is well\n"
    late = notebook("print(input('mine? '))", answer=lambda prompt, password: "yes")
    assert late.text == "yes\n", "and it gets its own answers"


def test_a_cancelled_run_ends_its_question(lived_in: Runt, notebook: Session):
    def elsewhere(prompt: str, password: bool) -> None:
        lived_in("cancel", "last")

    cell = notebook("run = %runt run once.yml --wait", answer=elsewhere)
    assert cell.status == "ok"
    assert notebook.value("run.status") == "cancelled"


def test_an_interrupt_at_the_question_leaves_the_run_waiting(lived_in: Runt, notebook: Session):
    cell = notebook.start("run = %runt run once.yml --wait --var run", answer=lambda prompt, password: None)
    before = len(notebook.asked)
    notebook.until(lambda: len(notebook.asked) > before, "it asks")
    notebook.interrupt()
    notebook.end(cell)
    assert cell.status == "error"
    assert "goes on" in cell.message
    assert 'File "' not in cell.message
    assert notebook.value("run.status") == "waiting"
    assert notebook("%runt reply $run done").text.startswith("run ")
    assert notebook.value("run.wait().outputs.text") == "got done\n"


def test_a_front_end_that_takes_no_questions_fails_the_run_as_the_command_line_does(notebook: Session):
    cell = notebook("run = %runt run once.yml --wait")
    assert notebook.value("[run.status, run.reason]") == ["failed", "input_unavailable"]
    assert "input" in cell.picture.text


def test_a_cell_that_cannot_ask_waits_for_a_reply_from_elsewhere(lived_in: Runt, notebook: Session):
    cell = notebook.start("run = %runt run once.yml --wait --input wait")
    notebook.until(lambda: cell.displays and "waits for an answer to 'Go on? '" in cell.picture.text, "it is told")
    assert f"%runt reply {cell.picture.run_id} TEXT" in cell.picture.text
    lived_in("reply", "last", "yes")
    notebook.end(cell)
    assert "got yes" in cell.picture.text


def test_a_run_that_nobody_waits_for_here_waits_for_its_answer(lived_in: Runt, notebook: Session):
    """As the front end takes questions, its run does not fail for want of an answer."""
    cell = notebook("run = %runt run once.yml", answer=lambda prompt, password: None)
    notebook.until(lambda: "waits for an answer" in cell.picture.text, "it waits")
    assert notebook.value("run.status") == "waiting"
    again = notebook("run.wait()", answer=lambda prompt, password: "later")
    assert again.status == "ok"
    assert "got later" in cell.picture.text


def test_reply_asks_where_no_text_is_given(notebook: Session):
    prompts = []

    def answer(prompt: str, password: bool) -> str:
        prompts.append(prompt)
        return "by hand"

    cell = notebook("run = %runt run once.yml --input wait")
    notebook.until(lambda: "waits for an answer" in cell.picture.text, "it waits")
    assert "Nobody can be asked here." in notebook.refused("%runt reply $run")
    notebook("%runt reply $run", answer=answer)
    assert prompts == ["Go on? "]
    notebook("run.wait()")
    assert "got by hand" in cell.picture.text
    assert "is not waiting for an input: it is succeeded" in notebook.refused("%runt reply $run again")
    assert "Refused" in notebook.refused("run.reply('again')")


def test_answers_given_before_need_nobody(notebook: Session):
    cell = notebook("%runt run once.yml --answer early --wait", answer=lambda prompt, password: "never")
    assert "got early" in cell.picture.text
