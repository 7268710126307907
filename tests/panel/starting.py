"""The form that starts a run, as its tests fill it in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.cli.runt import until
from tests.panel.lab import command
from tests.server.live import LiveServer

PATIENCE = 30_000.0
"""JupyterLab takes its time on a machine that does other things, too."""

expect.set_options(timeout=PATIENCE)

RECORD = """() => {
    if (window.opened) return;
    window.opened = [];
    window.jupyterapp.commands.commandExecuted.connect((_, { id, args }) => id === 'runt:open-run' && window.opened.push(args.run_id));
}"""

NOTEBOOK = """\
metadata: {title: Daily report, description: What was sold., timeout: 10m}
parameters:
  size: 10
  share: 0.5
  note: hello
  day: 2026-11-20
  loud: true
  regions: [north, south]
  matrix: {a: [1, 2]}
  anything: null
  api_token: ${HOME}
parameter_schema:
  size: {type: integer, minimum: 1, maximum: 100, description: Rows to make}
  regions: {type: array, items: {type: string, minLength: 2}, description: Where}
  level: {title: How much, enum: [little, much], x-required: true}
cells:
- source: print(size, share, note, day, loud, regions, matrix, anything)
"""


def form(page: Page) -> Locator:
    """The form in front."""
    return page.get_by_role("form", name="Start a run")


def shown(page: Page, **source: str) -> Locator:
    """The form for it, opened."""
    command(page, "runt:start", **source)
    found = form(page)
    expect(found).to_be_visible()
    return found


def runs(live: LiveServer) -> set[str]:
    return set(live.store.match("", 10_000))


def started(live: LiveServer, page: Page, act: Callable[[], Any]) -> dict[str, Any]:
    """What was submitted by the one run that this starts, whose tab is opened in place of the form."""
    before = runs(live)
    page.evaluate(RECORD)
    act()
    until(lambda: runs(live) - before, "a run is started")
    (run_id,) = runs(live) - before
    page.wait_for_function("id => window.opened.includes(id)", arg=run_id)
    expect(form(page)).to_have_count(0)
    assert runs(live) - before == {run_id}
    (event,) = live.store.read(run_id, 0, 1)
    return {**event.data, "run_id": run_id}


def press(found: Locator, name: str = "Run") -> None:
    """Presses a button of the form."""
    found.get_by_role("button", name=name, exact=True).click()


def line(found: Locator, title: str) -> Locator:
    """A line of the form, with what is said of it."""
    return found.locator(".jp-runt-start-line").filter(has=found.page.locator("label").get_by_text(title, exact=True))


def told(found: Locator, title: str) -> Locator:
    """What is wrong with a line."""
    return line(found, title).locator(".jp-runt-start-faults")
