"""YAML notebooks as files: made, renamed, saved elsewhere, changed or deleted behind one's back, taken back, converted."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cli.runt import until
from tests.panel.lab import Person, command
from tests.panel.yaml_files import (
    FILE,
    at_root,
    cell,
    dialog,
    document,
    has,
    menu,
    opened,
    quick,
    reload,
    rewrite,
    save,
    shown,
    tab,
)
from tests.server.live import LiveServer

NEW = 'rows = 12\nprint("rows:", rows)'
EDITED = FILE.replace("rows = 10", "rows = 12")


@pytest.fixture
def page(desk: Page, visitor: Person) -> Page:
    """JupyterLab with nothing open."""
    return at_root(desk, visitor)


def copied(page: Page, name: str) -> Locator:
    """Opens a file, and waits until JupyterLab has made its first checkpoint: a file that goes meanwhile is an error to it."""
    with page.expect_response(lambda answer: "/checkpoints" in answer.url and answer.request.method == "POST"):
        return opened(page, name)


def test_a_new_notebook_is_made_from_the_launcher_and_gets_its_first_cells(page: Page, live: LiveServer):
    live.write("n/Untitled.nb.yml", "mine")
    command(page, "filebrowser:open-path", path="/n")
    expect(page.get_by_role("listitem", name=re.compile("Name: Untitled.nb.yml"))).to_be_visible()
    command(page, "launcher:create", cwd="n")
    page.get_by_role("button", name="YAML Notebook").last.click()
    expect(tab(page, "Untitled1.nb.yml")).to_be_visible()
    panel = shown(page)
    assert (live.root / "n/Untitled1.nb.yml").read_text() == "version: 1\ncells: []\n"
    rewrite(page, panel, 0, "print(1)\nprint(2)")
    page.keyboard.press("Control+S")
    dialog(page, "Rename", "Rename", "mine.nb.yml")
    made = live.root / "n/mine.nb.yml"
    until(lambda: made.exists() and "print" in made.read_text(), "it is saved under its name")
    text = made.read_text()
    assert re.fullmatch(
        r'version: 1\ncells:\n  - id: "?[\w-]+"?\n    source: \|\n      print\(1\)\n      print\(2\)\n', text
    )
    assert (live.root / "n/Untitled.nb.yml").read_text() == "mine"


def test_a_renamed_notebook_is_saved_under_its_new_name(page: Page, live: LiveServer):
    live.write("old.nb.yml", FILE)
    panel = copied(page, "old.nb.yml")
    page.evaluate("window.jupyterapp.serviceManager.contents.rename('old.nb.yml', 'new.nb.yml')")
    expect(tab(page, "new.nb.yml")).to_be_visible()
    rewrite(page, panel, 1, NEW)
    save(page)
    has(live, "new.nb.yml", EDITED)
    assert not (live.root / "old.nb.yml").exists()


def test_save_as_writes_yaml_elsewhere_and_goes_on_there(page: Page, visitor: Person, live: LiveServer):
    visitor.expect_complaint("404")  # it asks whether the file is there
    live.write("from.nb.yml", FILE)
    live.write("taken.nb.yml", "mine")
    panel = opened(page, "from.nb.yml")
    rewrite(page, panel, 1, NEW)
    command(page, "docmanager:save-as")
    dialog(page, "Save File As", "Save", "taken.nb.yml")
    dialog(page, "Overwrite", "Cancel")
    assert (live.root / "taken.nb.yml").read_text() == "mine"
    command(page, "docmanager:save-as")
    dialog(page, "Save File As", "Save", "to.yml")
    expect(tab(page, "to.yml")).to_be_visible()
    expect(tab(page, "from.nb.yml")).to_have_count(0)
    has(live, "to.yml", EDITED)
    assert (live.root / "from.nb.yml").read_text() == FILE
    rewrite(page, shown(page), 1, NEW.replace("12", "13"))
    save(page)
    has(live, "to.yml", EDITED.replace("12", "13"))


def test_save_as_ipynb_makes_a_notebook_of_jupyters(page: Page, visitor: Person, live: LiveServer):
    visitor.expect_complaint("404")
    live.write("x.nb.yml", FILE)
    opened(page, "x.nb.yml")
    command(page, "docmanager:save-as")
    dialog(page, "Save File As", "Save", "x.ipynb")
    expect(tab(page, "x.ipynb")).to_be_visible()
    shown(page)
    assert document(page)["factory"] == "notebook"
    made = json.loads((live.root / "x.ipynb").read_text())
    assert (made["nbformat"], [each["id"] for each in made["cells"]]) == (4, ["about", "count", "double"])


def test_a_file_that_was_changed_meanwhile_is_not_overwritten_unasked(page: Page, live: LiveServer):
    live.write("shared.nb.yml", FILE)
    panel = opened(page, "shared.nb.yml")
    changed = FILE.replace("double:", "twice:")
    live.write("shared.nb.yml", changed)
    rewrite(page, panel, 1, NEW)
    page.keyboard.press("Control+S")
    dialog(page, "File Changed", "Revert")
    expect(cell(panel, 2).locator(".cm-line")).to_have_text(['print("twice:", 2 * rows)'])
    expect(cell(panel, 1).locator(".cm-line").first).to_have_text("rows = 10")
    rewrite(page, panel, 1, NEW)
    save(page)
    has(live, "shared.nb.yml", changed.replace("rows = 10", "rows = 12"))
    live.write("shared.nb.yml", FILE)
    rewrite(page, panel, 1, NEW.replace("12", "14"))
    page.keyboard.press("Control+S")
    dialog(page, "File Changed", "Overwrite")
    has(live, "shared.nb.yml", changed.replace("rows = 10", "rows = 14"))


def test_a_file_that_was_deleted_is_written_again_as_yaml(page: Page, visitor: Person, live: LiveServer):
    live.write("gone.nb.yml", FILE)
    visitor.expect_complaint("404")
    panel = copied(page, "gone.nb.yml")
    rewrite(page, panel, 1, NEW)
    (live.root / "gone.nb.yml").unlink()
    save(page)
    has(live, "gone.nb.yml", EDITED)


def test_a_checkpoint_is_taken_back(page: Page, live: LiveServer):
    live.write("back.nb.yml", FILE)
    panel = opened(page, "back.nb.yml")
    rewrite(page, panel, 1, NEW)
    save(page)
    has(live, "back.nb.yml", EDITED)
    page.evaluate("window.jupyterapp.shell.currentWidget.context.createCheckpoint()")
    rewrite(page, panel, 1, "0")
    page.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    command(page, "docmanager:restore-checkpoint")
    dialog(page, "checkpoint", "Revert")
    expect(cell(panel, 1).locator(".cm-line")).to_have_text(NEW.split("\n"))
    has(live, "back.nb.yml", EDITED)
    assert not document(page)["dirty"]


def test_jupyterlab_saves_by_itself(person: Person, live: LiveServer):
    live.write("auto.nb.yml", FILE)
    quick(person)
    page = person.lab("lab/workspaces/yaml-by-itself")
    keep = "text => window.jupyterapp.serviceManager.settings.save('@jupyterlab/docmanager-extension:plugin', text)"
    page.evaluate(keep, '{"autosaveInterval": 1}')
    try:
        reload(page)
        rewrite(page, opened(page, "auto.nb.yml"), 1, NEW)
        has(live, "auto.nb.yml", EDITED)
    finally:
        page.evaluate(keep, "{}")


def test_a_notebook_is_converted_and_back_beside_it_and_nothing_is_overwritten(page: Page, live: LiveServer):
    live.write("c/work.nb.yml", FILE)
    command(page, "filebrowser:open-path", path="/c")
    panel = opened(page, "work.nb.yml")
    rewrite(page, panel, 1, NEW)
    menu(page, "work.nb.yml", "Convert to .ipynb")
    expect(tab(page, "work.ipynb")).to_be_visible()
    panel = shown(page)
    expect(cell(panel, 1).locator(".cm-line")).to_have_text(NEW.split("\n"))
    assert document(page)["factory"] == "notebook"
    rewrite(page, panel, 1, NEW.replace("12", "13"))
    menu(page, "work.ipynb", "Convert to YAML")
    expect(tab(page, "work1.nb.yml")).to_be_visible()
    made = (live.root / "c/work1.nb.yml").read_text()
    assert '    source: |\n      rows = 13\n      print("rows:", rows)\n' in made
    assert "  team:\n    name: north\n    size: 3\n" in made
    assert (live.root / "c/work.nb.yml").read_text() == EDITED
    assert sorted(path.name for path in (live.root / "c").glob("work*")) == [
        "work.ipynb",
        "work.nb.yml",
        "work1.nb.yml",
    ]


def test_numbers_that_no_browser_can_hold_are_converted_unharmed(page: Page, live: LiveServer):
    numbers = "  share: 1.0\n  big: 12345678901234567890\n"
    live.write("exact.yml", FILE.replace("  share: 1.0\n", numbers))
    menu(page, "exact.yml", "Convert to .ipynb")
    expect(tab(page, "exact.ipynb")).to_be_visible()
    shown(page)
    text = (live.root / "exact.ipynb").read_text()
    parameters = json.loads(text)["metadata"]["jupyter_runt"]["parameters"]
    assert json.dumps(parameters) == '{"rows": 10, "share": 1.0, "big": 12345678901234567890}'
    live.write("exact too.ipynb", text)  # JupyterLab would round them in one that is open
    menu(page, "exact too.ipynb", "Convert to YAML")
    expect(tab(page, "exact too.nb.yml")).to_be_visible()
    assert numbers in (live.root / "exact too.nb.yml").read_text()


def test_what_cannot_be_converted_is_told_with_its_places(page: Page, visitor: Person, live: LiveServer):
    live.write("bad.yml", "cells:\n  - id: a\n    sourc: print(1)\n")
    live.write("bad.ipynb", '{"cells": [],\n "nbformat": 4,,}')
    visitor.expect_complaint("422")
    menu(page, "bad.ipynb", "Convert to YAML")
    expect(page.get_by_role("dialog")).to_contain_text("Line 2, column")
    dialog(page, "Cannot Convert bad.ipynb", "Close")
    menu(page, "bad.yml", "Convert to .ipynb")
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(2)
    dialog(page, "Cannot Convert bad.yml", "Open as Text")
    expect(page.locator(".jp-FileEditor .cm-line").first).to_have_text("cells:")
    assert not list(live.root.glob("bad*.nb.yml")) + list(live.root.glob("untitled*"))
