"""The gallery of templates: what can be run by its name, found and started."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.panel.lab import Person, command
from tests.panel.starting import form, press, shown, started
from tests.server.live import LiveServer

TEMPLATE = """\
metadata: {title: Weekly letter, description: Writes to everybody., tags: [mail, weekly]}
parameters: {greeting: Hello}
parameter_schema:
  reader: {type: string, x-required: true}
cells:
- source: print(greeting, reader)
"""


@pytest.fixture(autouse=True)
def files(live: LiveServer) -> None:
    live.runt.write("data/jupyter_runt/templates/letter.yml", TEMPLATE)


def gallery(page: Page) -> Locator:
    """The gallery, opened, with its cards."""
    command(page, "runt:templates")
    found = page.locator(".jp-runt-gallery")
    expect(cards(found).first).to_be_visible()
    return found


def cards(found: Locator) -> Locator:
    return found.get_by_role("list", name="Templates").get_by_role("button")


def test_a_card_tells_what_a_template_is_and_what_it_needs(desk: Page):
    found = gallery(desk)
    card = cards(found).filter(has_text="Weekly letter")
    expect(card).to_have_accessible_name("Weekly letter")
    expect(card).to_have_accessible_description("Writes to everybody. letter 2 parameters needs reader mail weekly")
    expect(cards(found).filter(has_text="Simple health check")).not_to_contain_text("needs")


def test_a_template_is_found_and_started_by_keys_alone(desk: Page, live: LiveServer):
    found = gallery(desk)
    expect(found.get_by_role("searchbox")).to_be_focused()
    desk.keyboard.type("mail every")
    expect(cards(found)).to_have_count(1)
    desk.keyboard.press("Tab")  # the button that chooses a file instead
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(form(desk)).to_contain_text("Template letter")
    expect(form(desk).get_by_label("greeting")).to_be_focused()
    desk.keyboard.press("Tab")
    desk.keyboard.type("Ada")
    data = started(live, desk, lambda: desk.keyboard.press("Control+Enter"))
    assert data["parameters"] == {"greeting": "Hello", "reader": "Ada"}
    assert live.ended(data["run_id"])[0] == "succeeded"


def test_the_launcher_leads_to_the_gallery(desk: Page):
    # The launcher that JupyterLab shows where nothing is open.
    desk.locator(".jp-Launcher").get_by_role("button", name="Templates").click()
    expect(cards(desk.locator(".jp-runt-gallery")).first).to_be_visible()
    expect(desk.locator(".jp-Launcher")).to_have_count(0)


def test_a_file_can_be_chosen_instead(desk: Page, live: LiveServer):
    live.write("mine.yml", TEMPLATE)
    found = gallery(desk)
    press(found, "Choose a File…")
    dialog = desk.get_by_role("dialog")
    dialog.get_by_text("mine.yml").click()
    dialog.get_by_role("button", name="Select").click()
    expect(form(desk)).to_contain_text("mine.yml")


def test_it_says_that_nothing_matches_and_that_there_is_nothing(desk: Page):
    found = gallery(desk)
    found.get_by_role("searchbox").fill("no such thing")
    expect(found.get_by_role("status")).to_have_text("No template matches.")
    desk.route("**/runt/api/templates", lambda route: route.fulfill(json={"templates": []}))
    command(desk, "application:close-all")
    expect(found).to_have_count(0)
    command(desk, "runt:templates")
    expect(found.get_by_role("status")).to_contain_text("There are no templates. Put notebooks into")


def test_it_says_why_there_is_no_list_and_tries_again(desk: Page, visitor: Person):
    visitor.expect_complaint("net::ERR_FAILED")
    desk.route("**/runt/api/templates", lambda route: route.abort())
    command(desk, "runt:templates")
    found = desk.locator(".jp-runt-gallery")
    expect(found.get_by_role("alert")).to_contain_text("The server does not answer.")
    desk.unroute_all()
    press(found, "Try Again")
    expect(cards(found).filter(has_text="Weekly letter")).to_be_visible()


def test_what_a_template_says_of_itself_is_text(desk: Page, live: LiveServer):
    name = "<img src=x onerror=alert(1)>"
    live.runt.write(
        "data/jupyter_runt/templates/bad.yml",
        f"metadata: {{title: '{name}', description: '{name}', tags: ['{name}']}}\n"
        f"parameter_schema: {{size: {{type: integer, description: '{name}'}}}}\ncells: []\n",
    )
    found = gallery(desk)
    expect(cards(found).filter(has_text="<img src=x").get_by_text(name).first).to_be_visible()
    opened = shown(desk, template="bad")
    expect(opened.get_by_role("heading", name=name)).to_be_visible()
    expect(opened.get_by_label("size")).to_have_accessible_description(name)
    assert desk.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing(desk: Page, theme: str):
    command(desk, "apputils:change-theme", theme=theme)
    expect(desk.locator("body")).to_have_attribute("data-jp-theme-name", theme)
    gallery(desk)
    violations = Axe().run(desk, context={"include": [[".jp-runt-gallery"]]}).response["violations"]
    assert not violations, json.dumps(violations, indent=1)[:3000]
