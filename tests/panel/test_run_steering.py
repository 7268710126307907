"""What can be asked of a run in its tab."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from tests.panel.lab import Person, command
from tests.panel.tabs import cell, has_status, open_run, outputs, state
from tests.server.live import LiveServer

ASKING = "name = input('Your name? ')\nprint('Hello', name)"


def answer(page: Page, label: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=label).click()


def test_an_input_is_answered_in_the_cell_that_asks(live: LiveServer, desk: Page):
    run_id = live.submit(ASKING, input="wait")
    tab = open_run(desk, run_id)
    has_status(tab, "waiting")
    expect(state(tab, 1)).to_have_text(re.compile("waiting for input"))
    tab.get_by_label("Your name?").fill("Ada")
    tab.page.keyboard.press("Enter")
    has_status(tab, "succeeded")
    expect(outputs(tab, 1)).to_have_text("Hello Ada\n")
    expect(cell(tab, 1).get_by_text(re.compile(r"Your name\? – answered by .+"))).to_be_visible()
    expect(tab.get_by_role("textbox", name="Your name?")).to_have_count(0)


def test_a_password_is_hidden_and_an_answer_from_elsewhere_closes_the_question(live: LiveServer, desk: Page):
    run_id = live.submit("import getpass\nlen(getpass.getpass('Secret? '))", input="wait")
    tab = open_run(desk, run_id)
    field = tab.get_by_label("Secret?")
    expect(field).to_have_attribute("type", "password")
    question = live.client.question(run_id)
    assert question is not None
    live.post(f"runt/api/runs/{run_id}/inputs/{question.input_id}", json={"text": "12345"})
    expect(field).to_have_count(0)
    has_status(tab, "succeeded")
    expect(outputs(tab, 1)).to_have_text("5")
    expect(cell(tab, 1).get_by_text(re.compile(r"Secret\? – answered by .+"))).to_be_visible()


def test_the_deadline_of_a_question_counts_down(live: LiveServer, desk: Page):
    metadata = {"input": {"policy": "wait", "deadline": "1h"}}
    run_id = live.submit(ASKING, notebook={"metadata": metadata})
    tab = open_run(desk, run_id)
    expect(tab.get_by_text(re.compile(r"It waits 59 min \d+ s longer\."))).to_be_visible()
    live.client.signal(run_id, "cancel")
    has_status(tab, "cancelled")
    expect(tab.get_by_label("Your name?")).to_have_count(0)


def test_cancel_and_interrupt_ask_before_they_do_it(live: LiveServer, desk: Page):
    code = (
        "import time\ntry:\n    while True: time.sleep(0.01)\nexcept KeyboardInterrupt:\n    print('caught')\ninput()"
    )
    run_id = live.submit(code, "print('never')", input="wait")
    tab = open_run(desk, run_id)
    has_status(tab, "running")
    tab.get_by_role("button", name="Interrupt").click()
    answer(desk, "Keep it running")
    tab.get_by_role("button", name="Interrupt").click()
    answer(desk, "Interrupt")
    expect(outputs(tab, 1)).to_have_text("caught\n")
    has_status(tab, "waiting")
    tab.get_by_role("button", name="Cancel").click()
    answer(desk, "Cancel the run")
    has_status(tab, "cancelled")
    expect(state(tab, 2)).to_have_text("not run")
    expect(tab.get_by_text(re.compile(r"Cancelled: on request \(.+\)"))).to_be_visible()
    expect(tab.get_by_role("button", name="Cancel")).to_have_count(0)


def test_a_refusal_is_shown_in_the_words_of_the_server(live: LiveServer, desk: Page, visitor: Person):
    visitor.expect_complaint("409")
    run_id = live.submit("1")
    live.ended(run_id)
    command(desk, "runt:cancel", run_id=run_id)
    answer(desk, "Cancel the run")
    expect(desk.get_by_role("dialog")).to_contain_text("succeeded")


def test_the_link_leads_to_the_live_page_and_holds_no_token(live: LiveServer, desk: Page, visitor: Person):
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run_id = live.submit("1")
    live.ended(run_id)
    tab = open_run(desk, run_id)
    tab.get_by_role("button", name="Copy link").click()
    expect(desk.get_by_text("The link to the run is copied.")).to_be_visible()
    assert desk.evaluate("navigator.clipboard.readText()") == f"{live.url}runt/runs/{run_id}"


def test_it_is_downloaded_as_a_notebook_as_yaml_and_as_a_page(live: LiveServer, desk: Page):
    run_id = live.submit("print('to be kept')")
    live.ended(run_id)
    tab = open_run(desk, run_id)
    for words, name in ((".ipynb", "n.ipynb"), ("YAML", "n.yml"), ("HTML", "n.html")):
        with desk.expect_download() as coming:
            tab.get_by_role("button", name="Download").click()
            desk.get_by_role("menuitem", name=f"Download Run as {words}").click()
        assert coming.value.suggested_filename == name
        assert "to be kept" in coming.value.path().read_text()


def test_it_is_opened_as_a_notebook_beside_the_other_files(live: LiveServer, desk: Page):
    run_id = live.submit("print('to be edited')")
    live.ended(run_id)
    live.write("n-run.ipynb", "{}")
    tab = open_run(desk, run_id)
    tab.get_by_role("button", name="Open as notebook").click()
    notebook = desk.locator(".jp-NotebookPanel:not(.jp-runt-run)")
    expect(notebook.get_by_text("to be edited\n", exact=True)).to_be_visible()
    made = json.loads((live.root / "n-run1.ipynb").read_text())
    assert made["cells"][0]["outputs"][0]["text"] == ["to be edited\n"]


def test_a_run_is_removed_once_that_was_meant(live: LiveServer, desk: Page, visitor: Person):
    visitor.expect_complaint("404")
    run_id = live.submit("1")
    live.ended(run_id)
    command(desk, "runt:remove", run_id=run_id)
    answer(desk, "Keep it")
    assert live.get(f"runt/api/runs/{run_id}").status == 200
    with desk.expect_response(lambda response: response.request.method == "DELETE") as answered:
        command(desk, "runt:remove", run_id=run_id)
        answer(desk, "Remove")
    assert answered.value.status == 204
    assert live.get(f"runt/api/runs/{run_id}").status == 404


def test_parameters_results_events_and_attempts_are_a_click_away(live: LiveServer, desk: Page):
    recorded = "import jupyter_runt\njupyter_runt.result('score', 0.25)"
    run_id = live.submit("1 + 1", recorded, notebook={"parameters": {"alpha": 5, "city": "Genova"}})
    live.ended(run_id)
    tab = open_run(desk, run_id)
    tab.get_by_role("button", name="Parameters").click()
    expect(tab.get_by_role("row", name="city Genova")).to_be_visible()
    tab.get_by_role("button", name="Events").click()
    expect(tab.get_by_role("row", name=re.compile("run.finished"))).to_be_visible()
    expect(tab.get_by_role("row", name="city Genova")).to_have_count(0)
    tab.get_by_role("combobox", name="Type", exact=True).select_option("cell.finished")
    expect(tab.get_by_role("row", name=re.compile("cell.finished"))).to_have_count(3)
    tab.get_by_role("combobox", name="Cell", exact=True).select_option("c1")
    expect(tab.get_by_role("row", name=re.compile("cell.finished"))).to_have_count(1)
    tab.get_by_role("button", name="Results").click()
    expect(tab.locator(".jp-runt-run-value")).to_have_text("0.25")
