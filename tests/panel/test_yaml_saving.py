"""YAML notebooks while they are saved: what is typed meanwhile, what is asked, and which of many views it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

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
    rewrite,
    save,
    shown,
    tab,
)
from tests.server.live import LiveServer

CODE = 'rows = 10\n      print("rows:", rows)'
LISTED = "cells:\n  - id: a\n    tags:\n      - one   # mine\n      - two\n    source: print(a)\n"
TAGS = "window.jupyterapp.shell.currentWidget.context.model.cells.get(0).setMetadata('tags', ['two', 'new'])"
SAVE = "window.jupyterapp.shell.currentWidget.context.save().catch(error => error.name)"


@pytest.fixture
def page(desk: Page, visitor: Person) -> Page:
    """JupyterLab with nothing open."""
    return at_root(desk, visitor)


class Held:
    """Keeps a page's conversions back, until they are let go."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.routes: list[Route] = []
        self.is_open = False
        page.route("**/runt/api/convert", self.hold)

    def hold(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.routes.append(route)

    def come(self) -> None:
        until(lambda: self.page.evaluate("0") == 0 and bool(self.routes), "it is converted")

    def let_go(self) -> None:
        self.is_open = True
        for route in self.routes:
            route.continue_()


def test_no_file_makes_its_own_outputs_run_scripts(page: Page, live: LiveServer):
    html = '<b>shown</b><img src="data:," onerror="window.ran = true">'
    output = f"{{output_type: display_data, metadata: {{}}, data: {{text/html: '{html}'}}}}"
    text = f"cells:\n  - id: a\n    source: x\n    metadata: {{trusted: true}}\n    outputs: [{output}]\n"
    live.write("evil.nb.yml", text)
    panel = opened(page, "evil.nb.yml")
    expect(cell(panel, 0).locator(".jp-OutputArea-output")).to_contain_text("shown")
    assert page.evaluate("window.jupyterapp.shell.currentWidget.context.model.cells.get(0).trusted") is False
    assert page.locator(".jp-OutputArea-output [onerror]").count() == 0
    assert page.evaluate("window.ran === undefined")
    rewrite(page, panel, 0, "y")
    save(page)
    has(live, "evil.nb.yml", text.replace("source: x", "source: y"))


def test_what_is_typed_while_it_is_saved_is_not_taken_for_saved(page: Page, live: LiveServer):
    live.write("typed.nb.yml", FILE)
    panel = opened(page, "typed.nb.yml")
    rewrite(page, panel, 1, "first")
    page.evaluate("""() => {
        const { saveState } = window.jupyterapp.shell.currentWidget.context;
        window.saved = new Promise(resolve => saveState.connect((_, state) => state === 'started' || resolve(state)));
    }""")
    held = Held(page)
    page.keyboard.press("Control+S")
    held.come()
    rewrite(page, panel, 1, "second")
    held.let_go()
    assert page.evaluate("window.saved") == "completed"
    assert document(page)["dirty"]
    has(live, "typed.nb.yml", FILE.replace(CODE, "first"))
    page.evaluate(SAVE)  # JupyterLab's command waits for its checkpoint yet
    has(live, "typed.nb.yml", FILE.replace(CODE, "second"))
    assert not document(page)["dirty"]


def test_a_notebook_that_comes_from_elsewhere_is_an_edit_of_the_file(page: Page, live: LiveServer):
    live.write("put.nb.yml", FILE)
    opened(page, "put.nb.yml")
    page.evaluate("""() => {
        const { model } = window.jupyterapp.shell.currentWidget.context;
        const notebook = JSON.parse(JSON.stringify(model.toJSON()).replace('rows = 10', 'rows = 11'));
        model.fromJSON(notebook);
    }""")
    save(page)
    has(live, "put.nb.yml", FILE.replace("= 10", "= 11"))


def test_only_one_save_asks_and_what_was_called_off_is_not_converted(page: Page, live: LiveServer):
    live.write("asks.nb.yml", LISTED)
    opened(page, "asks.nb.yml")
    page.evaluate(TAGS)
    page.evaluate(f"window.first = {SAVE}; 0")
    asked = page.get_by_role("dialog").filter(has_text="Write a part of asks.nb.yml anew?")
    expect(asked).to_contain_text("A comment in it is lost.")
    assert page.evaluate(SAVE) == "ModalDuplicateError"
    expect(page.get_by_role("dialog")).to_have_count(1)
    dialog(page, "Write a part of asks.nb.yml anew?", "Cancel")
    assert page.evaluate("window.first") == "ModalCancelError"
    menu(page, "asks.nb.yml", "Convert to .ipynb")
    dialog(page, "Write a part of asks.nb.yml anew?", "Cancel")
    expect(page.get_by_role("dialog")).to_contain_text("The notebook has changes that were not saved.")
    dialog(page, "Cannot Convert asks.nb.yml", "Close")
    assert (live.root / "asks.nb.yml").read_text() == LISTED
    page.keyboard.press("Control+S")
    dialog(page, "Write a part of asks.nb.yml anew?", "Write Anew")
    has(live, "asks.nb.yml", LISTED.replace("one   # mine", "two").replace("two\n    source", "new\n    source"))


def test_what_is_typed_while_it_is_saved_as_another_file_gets_there(page: Page, visitor: Person, live: LiveServer):
    visitor.expect_complaint("404")  # it asks whether the file is there
    live.write("here.nb.yml", FILE)
    panel = opened(page, "here.nb.yml")
    rewrite(page, panel, 1, "first")
    command(page, "docmanager:save-as")
    held = Held(page)
    dialog(page, "Save File As", "Save", "there.nb.yml")
    held.come()
    rewrite(page, panel, 1, "second")
    held.let_go()
    expect(tab(page, "there.nb.yml")).to_be_visible()
    expect(tab(page, "here.nb.yml")).to_have_count(0)
    has(live, "there.nb.yml", FILE.replace(CODE, "second"))
    expect(cell(shown(page), 1).locator(".cm-line")).to_have_text(["second"])


def test_a_view_is_saved_as_another_file_when_the_newest_one_is_closed(page: Page, visitor: Person, live: LiveServer):
    visitor.expect_complaint("404")
    live.write("views.nb.yml", FILE)
    opened(page, "views.nb.yml")
    command(page, "docmanager:clone")
    expect(tab(page, "views.nb.yml")).to_have_count(2)
    page.wait_for_function("() => document.querySelectorAll('.jp-NotebookPanel .jp-Notebook-cell').length > 3")
    page.evaluate("window.jupyterapp.shell.currentWidget.close()")
    expect(tab(page, "views.nb.yml")).to_have_count(1)
    shown(page)
    command(page, "docmanager:save-as")
    dialog(page, "Save File As", "Save", "other.nb.yml")
    expect(tab(page, "other.nb.yml")).to_be_visible()
    has(live, "other.nb.yml", FILE)


def test_a_file_at_the_root_of_another_drive_is_converted_there(page: Page, live: LiveServer):
    live.write("far.nb.yml", FILE)
    page.evaluate("""() => {
        const { contents } = window.jupyterapp.serviceManager;
        const drive = contents.defaultDrive ?? contents._defaultDrive;
        const made = (window.made = []);
        contents.addDrive(new Proxy(drive, {
            get: (_, key) => {
                const found = key === 'name' ? 'Far' : drive[key];
                const note = (...args) => (key === 'newUntitled' && made.push(key), found.apply(drive, args));
                return typeof found === 'function' ? note : found;
            }
        }));
        return 0;
    }""")
    command(page, "runt:convert", path="Far:far.nb.yml")
    expect(tab(page, "far.ipynb")).to_be_visible()
    assert document(page)["path"] == "Far:far.ipynb"
    assert page.evaluate("window.made") == ["newUntitled"]
