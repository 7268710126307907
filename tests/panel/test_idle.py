"""A panel that has nothing to tell sends nothing and repaints nothing."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocket, expect

from tests.panel.lab import Person
from tests.panel.side_bar import ended, held, row, side_bar
from tests.panel.tabs import empty_lab, has_status, open_run, outputs
from tests.server.live import LiveServer

QUIET_SECONDS = 6.0
"""Longer than any clock of the panel ticks, and than what a finished drawing puts off."""
WATCH = """() => {
    window.drawn = [];
    const own = [...document.querySelectorAll("#jp-runt-side-bar, .jp-runt-run")];
    const note = all => window.drawn.push(...all.map(each => `${each.type} ${each.target.className ?? each.target.parentNode?.className}`));
    for (const each of own)
        new MutationObserver(note).observe(each, { subtree: true, childList: true, attributes: true, characterData: true });
    return own.length;
}"""
"""Notes every change below the panel's own widgets."""


def heard(page: Page) -> list[str]:
    """What the page sends to the panel's server from now on: requests, new connections, and messages of those that are made."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/runt/api/" in request.url else None)
    page.on("websocket", lambda made: sent.append(made.url) if "/runt/api/" in made.url else None)
    return sent


def test_an_idle_panel_sends_nothing_and_draws_nothing(person: Person, live: LiveServer):
    sockets: list[WebSocket] = []
    said: list[str] = []

    def on_socket(made: WebSocket) -> None:
        if "/runt/api/" in made.url:
            sockets.append(made)
            made.on("framesent", lambda frame: said.append(str(frame)))

    person.context.on("page", lambda made: made.on("websocket", on_socket))
    run_id = ended(live, "Over", "print('hello')", "1 / 0")
    page = side_bar(empty_lab(person))
    tab = open_run(page, run_id)
    has_status(tab, "failed")
    expect(outputs(tab, 1)).to_have_text("hello\n")
    page.wait_for_timeout(2000)  # until everything is drawn
    sent = heard(page)
    said.clear()
    assert page.evaluate(WATCH) == 2
    page.wait_for_timeout(1000 * QUIET_SECONDS)
    assert (sent, said, page.evaluate("window.drawn")) == ([], [], [])
    assert [each.url.partition("/runt/")[2].partition("?")[0] for each in sockets if not each.is_closed()] == [
        "api/follow"
    ]


def test_one_that_runs_moves_its_clock_and_nothing_else(person: Person, live: LiveServer):
    run_id, go = held(live, "Busy")
    page = side_bar(empty_lab(person))
    expect(row(page, "Busy")).to_contain_text("1/2")
    sent = heard(page)
    page.wait_for_timeout(1500)
    assert page.evaluate(WATCH) == 1
    page.wait_for_timeout(4000)
    drawn: list[str] = page.evaluate("window.drawn")
    assert 3 <= len(drawn) <= 12, drawn
    assert sent == []
    go()
    live.ended(run_id)
