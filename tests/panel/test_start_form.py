"""The form that starts a run: what it shows, what it sends, and what it says of what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.panel.lab import Person, command
from tests.panel.starting import NOTEBOOK, form, line, press, runs, shown, started, told
from tests.server.live import LiveServer

FAULTY = """\
paramters: {}
cells:
- id: a
  source: print(1)
- id: a
  source: print(2)
  timeout: soon
"""


@pytest.fixture(autouse=True)
def files(live: LiveServer) -> None:
    live.write("daily.yml", NOTEBOOK)


def test_the_lines_have_names_words_and_defaults(desk: Page):
    found = shown(desk, path="daily.yml")
    expect(found.get_by_role("heading", name="Daily report")).to_be_visible()
    expect(found).to_contain_text("What was sold.")
    size = found.get_by_label("size")
    expect(size).to_have_value("10")
    expect(size).to_have_accessible_description("Rows to make")
    for name, value in {
        "share": "0.5",
        "note": "hello",
        "day": "2026-11-20",
        "anything": "",
        "api_token": "${HOME}",
    }.items():
        expect(found.get_by_label(name, exact=True)).to_have_value(value)
    expect(found.get_by_label("loud", exact=True)).to_be_checked()
    expect(found.get_by_label("regions, item 2")).to_have_value("south")
    expect(found.get_by_label("matrix")).to_have_value('{ "a": [ 1, 2 ] }')
    level = found.get_by_label("How much", exact=True)
    expect(level).to_have_attribute("aria-required", "true")
    expect(line(found, "How much")).to_contain_text("level")
    expect(line(found, "api_token")).to_contain_text("the secret itself is not stored")
    expect(found.get_by_text("A worker is free")).to_be_visible()


def test_every_value_reaches_the_run_as_what_it_is(desk: Page, live: LiveServer):
    found = shown(desk, path="daily.yml")
    found.get_by_label("size").fill("42")
    found.get_by_label("share", exact=True).fill("1e-3")
    found.get_by_label("note").fill("")
    found.get_by_label("day").fill("2027-01-02")
    found.get_by_label("loud", exact=True).uncheck()
    press(found, "Remove item 1")
    press(found, "Add item")
    found.get_by_label("regions, item 2").fill("west")
    found.get_by_label("matrix").fill('{"b": [true, null]}')
    found.get_by_label("anything").fill("7")
    found.get_by_label("How much", exact=True).select_option("much")
    found.get_by_text("More", exact=True).click()
    found.get_by_label("Runtime").select_option(label="Python 3 (ipykernel) (python3)")
    found.get_by_label("Time limit of the run").fill("90s")
    found.get_by_label("After a cell that failed").select_option(label="go on")
    found.get_by_label("When a cell asks for input").select_option(label="wait for an answer")
    found.get_by_label("Priority").fill("3")
    found.get_by_label("Labels").fill("team=ops\nstage=night")
    found.get_by_label("Name of the run").fill("nightly")
    data = started(live, desk, lambda: press(found))
    assert data["parameters"] == {
        "size": 42, "share": 0.001, "note": "", "day": {"$date": "2027-01-02"}, "loud": False, "regions": ["south", "west"],
        "matrix": {"b": [True, None]}, "anything": 7, "api_token": "${HOME}", "level": "much",
    }  # fmt: skip
    assert (data["labels"], data["priority"], data["name"]) == ({"team": "ops", "stage": "night"}, 3, "nightly")
    policy = data["policy"]
    assert (policy["timeout"], policy["stop_on_error"], policy["input"]["policy"]) == (90.0, False, "wait")
    assert live.ended(data["run_id"])[0] == "succeeded"


def test_a_reference_can_stand_for_a_value_of_any_kind(desk: Page, live: LiveServer):
    found = shown(desk, path="daily.yml")
    for name in ("loud as a reference", "How much as a reference", "regions as JSON"):
        press(found, name)
    values = {
        "size": "${S:-5}",
        "loud": "${L:-true}",
        "How much": "${M:-little}",
        "regions": "${R:-[east]}",
        "matrix": "${X:-{}",
    }
    values |= {"matrix": "${X:-none}", "share": "${H:-0.25}", "day": "${D:-2026-01-01}"}
    for name, value in values.items():
        found.get_by_label(name, exact=True).fill(value)
    data = started(live, desk, lambda: press(found))
    assert data["parameters"]["loud"] == "${L:-true}"
    assert data["parameters"]["regions"] == "${R:-[east]}"
    assert data["parameters"]["size"] == "${S:-5}"


def test_a_fault_is_told_at_its_line_once_it_was_left(desk: Page, live: LiveServer):
    found = shown(desk, path="daily.yml")
    before = runs(live)
    size = found.get_by_label("size")
    size.fill("0")
    expect(told(found, "size")).to_have_count(0)
    size.press("Tab")
    expect(told(found, "size")).to_have_text("Expected at least 1.")
    expect(size).to_have_attribute("aria-invalid", "true")
    expect(size).to_have_accessible_description("Rows to make Expected at least 1.")
    size.fill("many")
    expect(told(found, "size")).to_have_text("Expected a number.")
    size.fill("5")
    expect(told(found, "size")).to_have_count(0)
    size.fill("1000")
    found.get_by_label("regions, item 1").fill("n")
    press(found)
    expect(told(found, "size")).to_have_text("Expected at most 100.")
    expect(told(found, "regions")).to_have_text("Expected at least 2 characters.")
    expect(told(found, "How much")).to_have_text("This is required.")
    expect(found.get_by_role("alert").get_by_text("3 lines need your attention.")).to_be_visible()
    expect(size).to_be_focused()
    assert runs(live) == before


def test_what_is_clicked_does_not_move_away_when_a_fault_is_told_above_it(desk: Page):
    found = shown(desk, path="daily.yml")
    more = found.locator("details")
    found.get_by_label("size").fill("0")
    found.get_by_text("More", exact=True).click()
    expect(told(found, "size")).to_have_text("Expected at least 1.")
    expect(more.get_by_label("Priority")).to_be_visible()


def test_a_secret_is_taken_as_a_reference_only_and_hidden_while_it_is_none(desk: Page, live: LiveServer):
    found = shown(desk, path="daily.yml")
    token = found.get_by_label("api_token")
    expect(token).to_have_attribute("type", "text")
    token.fill("hunter2")
    expect(token).to_have_attribute("type", "password")
    token.press("Tab")
    expect(told(found, "api_token")).to_contain_text("This is not a reference")
    token.fill("${PATH}")
    expect(told(found, "api_token")).to_have_count(0)
    found.get_by_label("How much", exact=True).select_option("little")
    data = started(live, desk, lambda: press(found))
    assert data["parameters"]["api_token"] == "${PATH}"
    assert "hunter2" not in json.dumps(data)


def test_what_only_the_server_can_tell_is_told_at_the_line_too(desk: Page, visitor: Person, live: LiveServer):
    visitor.expect_complaint("422")
    found = shown(desk, path="daily.yml")
    found.get_by_label("How much", exact=True).select_option("little")
    found.get_by_label("size").fill("${NO_SUCH_VARIABLE}")
    before = runs(live)
    press(found)
    expect(told(found, "size")).to_contain_text("No worker has ${NO_SUCH_VARIABLE}")
    expect(found.get_by_label("size")).to_be_focused()
    found.get_by_label("size").fill("4")
    expect(told(found, "size")).to_have_count(0)
    assert runs(live) == before


def test_the_faults_of_a_notebook_are_told_with_their_places(desk: Page, visitor: Person, live: LiveServer):
    visitor.expect_complaint("422")
    live.write("faulty.yml", FAULTY)
    command(desk, "runt:start", path="faulty.yml")
    alert = desk.get_by_role("alert").filter(has_text="There is no form for this.")
    expect(alert.get_by_role("listitem")).to_have_count(3)
    expect(alert).to_contain_text("line 1, column 1: unknown key 'paramters' did you mean 'parameters'?")
    expect(alert).to_contain_text("line 7, column 12")
    live.write("faulty.yml", NOTEBOOK)
    desk.get_by_role("button", name="Try Again").click()
    expect(form(desk).get_by_label("size")).to_have_value("10")


def test_a_run_is_repeated_with_what_is_changed(desk: Page, live: LiveServer):
    text = NOTEBOOK.replace("api_token: ${HOME}", "api_token: ${HOME}\n  password: ${PATH}")
    asked: dict[str, Any] = {
        "parameters": {"size": 33, "level": "much", "regions": ["east"]},
        "labels": {"team": "ops"},
    }
    first = live.post("runt/api/runs", json={"notebook": text, "name": "d.yml", **asked}).json()["run_id"]
    found = shown(desk, rerun=first)
    expect(found.get_by_label("size")).to_have_value("33")
    expect(found.get_by_label("regions, item 1")).to_have_value("east")
    expect(found.get_by_label("password")).to_have_value("${PATH}")
    found.get_by_label("size").fill("34")
    expect(line(found, "size")).to_contain_text("Before: 33")
    found.get_by_text("More", exact=True).click()
    expect(found.get_by_label("Labels")).to_have_attribute("placeholder", "As before: team=ops")
    with desk.expect_request("**/rerun") as sent:
        data = started(live, desk, lambda: press(found))
    assert sent.value.post_data_json == {"parameters": {"size": 34}}
    assert (data["parent_run"], data["labels"]) == (first, {"team": "ops"})
    assert data["parameters"] == {**live_parameters(live, first), "size": 34}


def live_parameters(live: LiveServer, run_id: str) -> dict[str, Any]:
    (event,) = live.store.read(run_id, 0, 1)
    return dict(event.data["parameters"])


def test_a_line_is_set_back_to_what_it_was(desk: Page):
    found = shown(desk, path="daily.yml")
    found.get_by_label("size").fill("11")
    expect(line(found, "size")).to_contain_text("Default: 10")
    press(found, "Reset size")
    expect(found.get_by_label("size")).to_have_value("10")
    expect(line(found, "size")).not_to_contain_text("Default")


def test_a_double_click_starts_one_run(desk: Page, live: LiveServer):
    found = shown(desk, template="simple-health-check")
    started(live, desk, lambda: found.get_by_role("button", name="Run", exact=True).dblclick())


def test_a_lost_answer_and_a_second_try_start_one_run(desk: Page, visitor: Person, live: LiveServer):
    visitor.expect_complaint("net::ERR_FAILED")
    found = shown(desk, template="simple-health-check")
    before = runs(live)
    keys = lost(desk, found)
    assert len(runs(live) - before) == 1
    press(found)
    expect(form(desk)).to_have_count(0)
    assert len(runs(live) - before) == 1
    assert keys[0] == keys[1]


def lost(page: Page, found: Locator) -> list[str]:
    """Starts a run of which the page hears nothing. Returns the keys of all that is sent, the later ones, too."""
    keys: list[str] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/runt/api/runs", lose_the_first)
    press(found)
    expect(found.get_by_role("alert").get_by_text("The server does not answer.")).to_be_visible()
    return keys


@pytest.mark.parametrize("is_saved", [True, False], ids=["saved by somebody", "saved by the form"])
def test_a_notebook_that_was_changed_after_a_lost_answer_is_another_run(
    desk: Page, visitor: Person, live: LiveServer, is_saved: bool
):
    visitor.expect_complaint("net::ERR_FAILED")
    live.write("plain.yml", "parameters: {size: 1}\ncells: [{source: print(1)}]\n")
    command(desk, "docmanager:open", path="plain.yml", factory="Editor")
    expect(desk.locator(".jp-FileEditor .cm-content")).to_contain_text("print(1)")
    desk.evaluate("() => { window.opened_file = window.jupyterapp.shell.currentWidget.context; }")
    found = shown(desk, path="plain.yml")
    before = runs(live)
    keys = lost(desk, found)
    text = "parameters: {size: 1, more: x}\ncells: [{source: print(2)}]\n"
    write = "text => { const { model } = window.opened_file; model.fromString(text); model.dirty = true; }"
    desk.evaluate(write, text)
    if is_saved:
        desk.evaluate("() => window.opened_file.save()")
        expect(found.get_by_label("more")).to_have_value("x")
    press(found)
    expect(form(desk)).to_have_count(0)
    assert (len(runs(live) - before), len(set(keys))) == (2, 2)
    cells = [live.store.read(run_id, 0, 1)[0].data["notebook"]["cells"] for run_id in runs(live) - before]
    assert sorted(each[-1]["source"] for each in cells) == ["print(1)", "print(2)"]


def test_it_is_filled_in_and_sent_by_keys_alone(desk: Page, live: LiveServer):
    found = shown(desk, path="daily.yml")
    expect(found.get_by_label("size")).to_be_focused()
    desk.keyboard.press("Control+A")
    desk.keyboard.type("12")
    focus(desk, found.get_by_label("loud", exact=True))
    desk.keyboard.press("Space")
    focus(desk, found.get_by_role("button", name="Add item"))
    desk.keyboard.press("Enter")
    expect(found.get_by_label("regions, item 3")).to_be_focused()
    desk.keyboard.type("west")
    focus(desk, found.get_by_label("How much", exact=True))
    desk.keyboard.type("m")
    focus(desk, found.get_by_text("More", exact=True))
    desk.keyboard.press("Enter")
    focus(desk, found.get_by_label("Priority"))
    desk.keyboard.type("2")
    data = started(live, desk, lambda: desk.keyboard.press("Control+Enter"))
    given = data["parameters"]
    assert (given["size"], given["loud"], given["regions"][2], given["level"]) == (12, False, "west", "much")
    assert data["priority"] == 2


def focus(page: Page, wanted: Locator, most: int = 60) -> None:
    """Goes on by the tab key until it is there."""
    for _ in range(most):
        if wanted.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by the tab key")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing(desk: Page, theme: str):
    found = shown(desk, path="daily.yml")
    command(desk, "apputils:change-theme", theme=theme)
    expect(desk.locator("body")).to_have_attribute("data-jp-theme-name", theme)
    found.get_by_label("size").fill("0")
    press(found, "loud as a reference")
    found.get_by_text("More", exact=True).click()
    press(found)
    expect(told(found, "How much")).to_be_visible()
    desk.mouse.move(0, 0)
    violations = Axe().run(desk, context={"include": [[".jp-runt-start"]]}).response["violations"]
    assert not violations, json.dumps(violations, indent=1)[:3000]
