"""From where runs are started: the launcher, the file browser, a notebook, the palette; and what becomes of the form's tab."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.panel.lab import Person, command
from tests.panel.starting import NOTEBOOK, form, line, press, shown, started
from tests.server.live import LiveServer

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


@pytest.fixture(autouse=True)
def files(live: LiveServer) -> None:
    live.write("daily.yml", NOTEBOOK.replace("level: {title: How much, enum: [little, much], x-required: true}", ""))
    live.write("table.csv", "a,b\n")
    live.write("folder/inner.yaml", "cells:\n- source: print(1)\n")
    cell: dict[str, Any] = {"cell_type": "code", "id": "p", "source": "rows = 10", "metadata": {"tags": ["parameters"]}, "outputs": [], "execution_count": None}  # fmt: skip
    live.write(
        "work.ipynb",
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": KERNEL}, "cells": [cell]}),
    )


@pytest.fixture(autouse=True)
def quiet(desk: Page, visitor: Person) -> None:
    """JupyterLab complains when a notebook is closed while it asks the kernel for the state of its debugger."""
    visitor.expect_complaint("Could not restore the debugger state")


def entry(page: Page, name: str) -> None:
    """Opens the context menu of a file."""
    # What is below the mouse must not become another one.
    page.evaluate("async () => { await window.jupyterapp.commands.execute('filebrowser:refresh'); }")
    page.get_by_role("listitem", name=re.compile(rf"^Name: {re.escape(name)}")).click(button="right")
    expect(page.locator(".lm-Menu").get_by_text("Rename", exact=False).first).to_be_visible()


def test_the_launcher_starts_a_file_that_is_chosen(desk: Page, live: LiveServer):
    desk.locator(".jp-Launcher").get_by_role("button", name="Run a Notebook…").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("daily.yml")
    expect(dialog).not_to_contain_text("table.csv")
    dialog.get_by_text("daily.yml").click()
    dialog.get_by_role("button", name="Select").click()
    expect(form(desk)).to_contain_text("Daily report")
    data = started(live, desk, lambda: press(form(desk)))
    assert (data["name"], data["title"], data["parameters"]["size"]) == ("daily.yml", "Daily report", 10)
    assert live.ended(data["run_id"])[0] == "succeeded"


def test_nothing_is_opened_when_no_file_is_chosen(desk: Page):
    command(desk, "runt:start")
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(form(desk)).to_have_count(0)


def test_a_notebook_in_the_file_browser_is_started_by_its_menu(desk: Page, live: LiveServer):
    entry(desk, "daily.yml")
    desk.get_by_role("menuitem", name="Run in the Background…").click()
    expect(form(desk)).to_contain_text("daily.yml")
    expect(desk.get_by_role("tab", name="Run daily.yml")).to_be_visible()


def test_what_is_no_notebook_has_no_such_menu(desk: Page):
    for name in ("table.csv", "folder"):
        entry(desk, name)
        expect(desk.locator(".lm-Menu").get_by_text("Run in the Background…")).to_be_hidden()
        desk.keyboard.press("Escape")


def test_the_toolbar_of_a_notebook_saves_it_first(desk: Page, live: LiveServer):
    command(desk, "docmanager:open", path="work.ipynb")
    editor = desk.locator(".jp-Notebook .cm-content").first
    editor.click()
    desk.keyboard.press("End")
    desk.keyboard.type("0 + 1\nregion = 'north'")
    desk.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name="Save this notebook and run it").click()
    expect(form(desk).get_by_label("region")).to_have_value("north")
    assert "region = 'north'" in (live.root / "work.ipynb").read_text()
    # What is written while the form is open is run, too.
    desk.get_by_role("tab", name="work.ipynb", exact=True).click()
    editor.click()
    desk.keyboard.press("Control+End")
    desk.keyboard.type("\nprint('late')")
    desk.get_by_role("tab", name="Run work.ipynb").click()
    data = started(live, desk, lambda: press(form(desk)))
    sources = [cell["source"] for cell in data["notebook"]["cells"]]
    assert any("print('late')" in source for source in sources)
    assert live.ended(data["run_id"])[0] == "succeeded"


def test_a_notebook_is_started_from_the_palette_when_one_is_open(desk: Page):
    is_enabled = "() => window.jupyterapp.commands.isEnabled('runt:start-notebook')"
    assert desk.evaluate(is_enabled) is False
    command(desk, "docmanager:open", path="work.ipynb")
    expect(desk.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')).to_be_visible()
    desk.wait_for_function(is_enabled)
    choose(desk, "Run in the Background…")
    expect(form(desk)).to_contain_text("work.ipynb")


def choose(page: Page, label: str) -> None:
    """Executes a command by the palette, opened anew where it was closed: what is just being opened takes the focus from it."""
    for _ in range(10):
        command(page, "apputils:activate-command-palette")
        with suppress(PlaywrightTimeout):
            page.locator(".lm-CommandPalette-input").fill(label, timeout=1000)
            page.locator(".lm-CommandPalette-item", has_text=label).click(timeout=1000)
            return
    raise AssertionError("the palette does not stay open")


def test_a_notebook_has_one_form_which_is_shown_again_as_it_was_left(desk: Page):
    found = shown(desk, path="daily.yml")
    found.get_by_label("size").fill("77")
    command(desk, "runt:start", path="folder/inner.yaml")
    expect(form(desk)).to_contain_text("This notebook has no parameters.")
    command(desk, "runt:start", path="daily.yml")
    expect(form(desk).get_by_label("size")).to_have_value("77")
    expect(desk.get_by_role("tab", name="Run daily.yml")).to_have_count(1)


def test_the_form_is_there_again_when_the_page_is_loaded_anew(desk: Page):
    shown(desk, path="daily.yml")
    desk.wait_for_function("() => window.jupyterapp.shell.saveLayout().mainArea?.dock !== null")
    # The layout is saved a moment after it has changed.
    with desk.expect_request(lambda request: "/lab/api/workspaces/" in request.url and request.method == "PUT"):
        command(desk, "runt:start", path="folder/inner.yaml")
    desk.wait_for_load_state("networkidle")
    desk.reload()
    expect(desk.get_by_role("tab", name="Run daily.yml")).to_be_visible()
    desk.get_by_role("tab", name="Run daily.yml").click()
    expect(form(desk)).to_contain_text("Daily report")


def test_the_form_follows_its_file(desk: Page):
    found = shown(desk, path="daily.yml")
    found.get_by_label("size").fill("77")
    text = "parameters: {size: 1, more: x}\ncells: [{source: print(size, more)}]\n"
    desk.evaluate(
        "text => window.jupyterapp.serviceManager.contents.save('daily.yml', { type: 'file', format: 'text', content: text })", text
    )  # fmt: skip
    expect(found.get_by_label("more")).to_have_value("x")
    expect(found.get_by_label("size")).to_have_value("77")
    expect(line(found, "share")).to_have_count(0)
    desk.evaluate("() => window.jupyterapp.serviceManager.contents.rename('daily.yml', 'weekly.yml')")
    expect(found.locator(".jp-runt-start-subject")).to_contain_text("weekly.yml")
    expect(desk.get_by_role("tab", name="Run weekly.yml")).to_be_visible()


def test_the_form_follows_its_file_when_its_folder_is_renamed(desk: Page, live: LiveServer):
    found = shown(desk, path="folder/inner.yaml")
    desk.evaluate("() => window.jupyterapp.serviceManager.contents.rename('folder', 'other')")
    try:
        expect(found.locator(".jp-runt-start-subject")).to_contain_text("other/inner.yaml")
        data = started(live, desk, lambda: press(found))
        assert live.ended(data["run_id"])[0] == "succeeded"
    finally:
        desk.evaluate("() => window.jupyterapp.serviceManager.contents.delete('other')")


def test_the_form_says_that_its_file_could_not_be_read_anew(desk: Page, visitor: Person):
    visitor.expect_complaint("422")
    found = shown(desk, path="daily.yml")
    save = "text => window.jupyterapp.serviceManager.contents.save('daily.yml', { type: 'file', format: 'text', content: text })"
    desk.evaluate(save, "cells: nothing\n")
    alert = found.get_by_role("alert").filter(has_text="The notebook could not be read anew.")
    expect(alert.get_by_role("listitem")).to_contain_text("line 1")
    expect(found.get_by_role("button", name="Try Again")).to_be_visible()
    desk.evaluate(save, "parameters: {late: 1}\ncells: [{source: print(late)}]\n")
    expect(found.get_by_label("late")).to_have_value("1")
    expect(alert).to_have_count(0)


def test_cancel_closes_the_form_and_starts_nothing(desk: Page, live: LiveServer):
    found = shown(desk, path="daily.yml")
    before = live.store.counts()
    press(found, "Cancel")
    expect(form(desk)).to_have_count(0)
    assert live.store.counts() == before


def test_the_palette_leads_to_the_file_dialog_and_to_the_gallery(desk: Page):
    choose(desk, "Run a Notebook…")
    desk.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    choose(desk, "Show Templates")
    expect(desk.locator(".jp-runt-gallery").get_by_role("searchbox")).to_be_visible()
