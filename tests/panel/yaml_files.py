"""YAML files at a JupyterLab, as somebody opens, edits and saves them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.cli.runt import until
from tests.panel.lab import PATIENCE, Person, command
from tests.server.live import LiveServer

FILE = """\
# What this is about.
version: 1
metadata:
  title: "Bicycles"   # in quotes
  runtime: 'python3'
  team: {name: north, size: 3}

parameters:
  rows: 10
  share: 1.0

cells:
  - id: about
    celltype: markdown
    source: |
      # Bicycles

  # How many there are.
  - id: count
    timeout: 2m
    source: |  # kept
      rows = 10
      print("rows:", rows)

  - id: double
    x-team: north
    source: |
      print("double:", 2 * rows)
"""


def quick(person: Person) -> None:
    """What JupyterLab itself complains about when a notebook is closed as soon as it is there may be heard."""
    for complaint in ("Canceled future", "Error: Disposed", "(reading 'promise')"):
        person.expect_complaint(complaint)


def at_root(desk: Page, visitor: Person) -> Page:
    """JupyterLab with nothing open, whose file browser shows the root folder."""
    quick(visitor)
    desk.evaluate("async () => { await window.jupyterapp.commands.execute('filebrowser:open-path', { path: '/' }); }")
    return desk


def reload(page: Page) -> None:
    """Loads the page anew, and waits until JupyterLab is there."""
    page.reload()
    expect(page.locator("#main")).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("window.jupyterapp.restored.then(() => true)")


def entry(page: Page, name: str) -> Locator:
    """A file in the file browser."""
    command(page, "filebrowser:refresh")
    return page.get_by_role("listitem", name=re.compile(rf"^Name: {re.escape(name)}\s"))


def menu(page: Page, name: str, *items: str) -> None:
    """Chooses from the context menu of a file."""
    entry(page, name).click(button="right")
    for item in items:
        # Not by its role: to an item that opens another menu Lumino gives none.
        page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()


def dialog(page: Page, title: str, button: str, text: str | None = None) -> None:
    """Answers the dialog of this title."""
    found = page.get_by_role("dialog").filter(has_text=title)
    expect(found).to_be_visible()
    if text is not None:
        found.get_by_role("textbox").fill(text)
    found.get_by_role("button", name=button).click()
    expect(found).to_have_count(0)


def shown(page: Page) -> Locator:
    """The notebook in front, once it is there."""
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.context?.isReady")
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(panel.locator(".jp-Cell").first).to_be_visible()
    return panel


def opened(page: Page, name: str) -> Locator:
    """Opens a file by a double click, as a notebook."""
    entry(page, name).dblclick()
    expect(tab(page, name)).to_be_visible()
    return shown(page)


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("tab", name=name, exact=True)


def cell(panel: Locator, index: int) -> Locator:
    return panel.locator(".jp-Notebook-cell").nth(index)


def rewrite(page: Page, panel: Locator, index: int, text: str) -> None:
    """Another source for a cell, typed in."""
    found = cell(panel, index)
    found.locator(".cm-content").click()
    expect(found.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    expect(found.locator(".cm-line")).to_have_text(text.split("\n"))


SAVED = """() => {
    const { context } = window.jupyterapp.shell.currentWidget;
    window.saved = new Promise(resolve => {
        const done = (_, state) => {
            if (state !== 'started') {
                context.saveState.disconnect(done);
                resolve(state);
            }
        };
        context.saveState.connect(done);
    });
}"""


def save(page: Page) -> None:
    """Saves, and waits until the file is written, also one that stays as it was."""
    page.evaluate(SAVED)
    page.keyboard.press("Control+S")
    assert str(page.evaluate("window.saved")).startswith("completed")


def has(live: LiveServer, name: str, text: str) -> None:
    """Waits until the file holds this."""
    path = live.root / name
    until(lambda: path.exists() and path.read_text() == text, f"{name} is saved so")


KERNEL = """() => {
    const { model, sessionContext } = window.jupyterapp.shell.currentWidget.context;
    return sessionContext.session?.kernel?.status === 'idle' && !!model.getMetadata('language_info').version;
}"""


def idle(page: Page) -> None:
    """Waits until the kernel of the notebook in front is there, has said what it is, and has nothing to do."""
    page.wait_for_function(KERNEL, timeout=60_000)


def document(page: Page) -> dict[str, Any]:
    """What JupyterLab knows of the document in front."""
    found: dict[str, Any] = page.evaluate("""() => {
        const { context } = window.jupyterapp.shell.currentWidget;
        return { path: context.path, factory: context.factoryName, dirty: context.model.dirty, notebook: context.model.toJSON() };
    }""")
    return found
