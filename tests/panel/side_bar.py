"""The side bar as its tests see it, and runs for it to show."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Locator, Page, expect

from jupyter_runt.errors import Refused
from tests.cli.runt import until
from tests.panel.lab import command
from tests.server.live import LiveServer

HOLD = "import os, time\nwhile not os.path.exists({path!r}): time.sleep(0.05)"
"""A cell that takes until there is this file."""

RECORD = """() => {
    if (!window.executed)
        window.jupyterapp.commands.commandExecuted.connect((_, { id, args }) => window.executed.push([id, args]));
    window.executed = [];
}"""
"""Notes the calls of commands, from now on."""


def titled(title: str) -> dict[str, Any]:
    """What `live.submit` takes as `notebook`."""
    return {"metadata": {"title": title}}


def held(live: LiveServer, title: str, *more: str, **asked: Any) -> tuple[str, Callable[[], None]]:
    """A run whose second cell takes until the returned function is called."""
    gate = live.home / f"{title}.go"
    run_id = live.submit("1", HOLD.format(path=str(gate)), *more, notebook=titled(title), **asked)
    return run_id, gate.touch


def ended(live: LiveServer, title: str, *cells: str, **asked: Any) -> str:
    """A run that has ended."""
    run_id = live.submit(*(cells or ("1",)), notebook=titled(title), **asked)
    live.ended(run_id)
    return run_id


def busy(live: LiveServer, title: str = "Busy") -> Callable[[], None]:
    """All places of the worker are taken, so that runs are queued, until the returned function is called."""
    places = sum(each.concurrency for each in live.store.workers())
    made = [held(live, f"{title} {number}") for number in range(places)]
    until(lambda: all(live.store.run(run_id).status == "running" for run_id, _ in made), "the worker is busy")

    def release() -> None:
        for _, go in made:
            go()

    return release


def cancel_open(live: LiveServer) -> None:
    """Ends what a test has left open."""
    left = [run_id for run_id in live.store.match("", 10_000) if not live.store.run(run_id).ended]
    for run_id in left:
        with suppress(Refused):  # it has ended meanwhile
            live.client.signal(run_id, "cancel")
    for run_id in left:
        live.ended(run_id)


def many(live: LiveServer, title: str, count: int) -> list[str]:
    """So many runs that have ended, past any worker."""
    made = [live.submit("1", notebook=titled(f"{title} {number}"), needs_worker="nobody") for number in range(count)]
    for run_id in made:
        with suppress(Refused):  # somebody has seen already that its worker is none
            live.client.signal(run_id, "cancel")
    return made


def side_bar(page: Page) -> Page:
    """The page with the side bar open, as it is at first; which commands are executed is noted."""
    page.evaluate("async () => { await window.jupyterapp.restored; }")  # which shows the file browser
    page.evaluate(RECORD)
    command(page, "runt:show-runs")
    expect(panel(page)).to_be_visible()
    expect(page.locator(".jp-runt-banner")).to_be_empty()
    panel(page).get_by_label("Filter by words").fill("")
    panel(page).get_by_label("Status").select_option("")
    return page


def panel(page: Page) -> Locator:
    return page.locator("#jp-runt-side-bar")


def row(page: Page, title: str) -> Locator:
    """The line of the run with this title."""
    return page.locator(".jp-runt-row").filter(has=page.get_by_role("button", name=title, exact=True))


def group(page: Page, title: str) -> str:
    """The heading under which the run stands."""
    return str(
        row(page, title).evaluate(
            "each => { while (!each.matches('.jp-runt-group')) each = each.previousElementSibling; return each.dataset.group; }"
        )
    )


def executed(page: Page, name: str) -> list[dict[str, Any]]:
    """The arguments of each call of this command."""
    calls: list[tuple[str, dict[str, Any]]] = page.evaluate("window.executed")
    return [args for called, args in calls if called == name]


def was_executed(page: Page, name: str, **args: Any) -> None:
    """Waits for this call."""
    wanted = [name, args]
    page.wait_for_function(
        "wanted => window.executed.some(each => JSON.stringify(each) === JSON.stringify(wanted))", arg=wanted
    )


def section(page: Page, name: str) -> Locator:
    """A section of the side bar, opened."""
    title = panel(page).get_by_role("button", name=f"{name} Section")
    if title.get_attribute("aria-expanded") == "false":
        title.click()
    return page.locator(f"#jp-runt-{name.lower()}")
