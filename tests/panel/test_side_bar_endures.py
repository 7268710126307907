"""The side bar through a server's death, and while nothing happens."""

from __future__ import annotations

from playwright.sync_api import WebSocket, expect

from tests.panel.lab import Person
from tests.panel.side_bar import ended, held, panel, row, side_bar
from tests.server.live import LiveServer

WATCH = """
window.timers = [];
for (const name of ['setTimeout', 'setInterval', 'requestAnimationFrame']) {
    const original = window[name];
    window[name] = function (...given) {
        if (new Error().stack.includes('/extensions/jupyter-runt/')) window.timers.push(`${name} ${new Error().stack}`);
        return original.apply(this, given);
    };
}
"""
"""Notes what of ours asks the browser to be called later."""
QUIET = 3000


def test_it_says_that_the_server_is_away_and_goes_on_when_it_is_back(person: Person, live: LiveServer):
    held_id, go = held(live, "Outlives")
    page = side_bar(person.lab())
    expect(row(page, "Outlives")).to_contain_text("running")
    for part in (
        "ERR_CONNECTION_REFUSED",
        "WebSocket connection",
        "Failed to fetch",
        "ERR_CONNECTION_RESET",
        "ERR_EMPTY_RESPONSE",
    ):
        person.expect_complaint(part)
    live.kill()
    banner = page.locator(".jp-runt-banner")
    expect(banner).to_contain_text("Reconnecting")
    assert banner.get_attribute("role") == "status"
    expect(row(page, "Outlives")).to_be_visible()
    go()
    live.ended(held_id)
    live.start()
    expect(banner).to_be_empty(timeout=30_000)
    expect(row(page, "Outlives")).to_contain_text("succeeded")
    ended(live, "Afterwards")
    expect(row(page, "Afterwards")).to_contain_text("succeeded")


def test_idle_it_sends_nothing_repaints_nothing_and_waits_for_nothing(person: Person, live: LiveServer):
    for number in range(3):
        ended(live, f"Over {number}")
    sockets: list[WebSocket] = []
    person.context.add_init_script(WATCH)

    def note(socket: WebSocket) -> None:  # Playwright takes no method of a list
        sockets.append(socket)

    person.context.on("page", lambda page: page.on("websocket", note))
    page = side_bar(person.lab())
    expect(row(page, "Over 2")).to_be_visible()
    expect(page.locator(".jp-runt-row[data-status=running]")).to_have_count(0)
    page.wait_for_timeout(1500)  # what the last change has set off

    ours = [each for each in sockets if each.url.split("?")[0].endswith("/runt/api/follow")]
    assert len(ours) == 1, "one WebSocket for the whole panel"
    heard: list[str] = []
    ours[0].on("framesent", lambda _: heard.append("sent"))
    ours[0].on("framereceived", lambda _: heard.append("received"))
    page.on("request", lambda request: heard.append(request.url) if "/runt/" in request.url else None)
    panel(page).evaluate(
        """each => {
            window.changes = [];
            const observer = new MutationObserver(found => window.changes.push(...found.map(one => one.type)));
            const everything = { attributes: true, characterData: true, childList: true, subtree: true };
            for (const part of [each, document.querySelector('.jp-SideBar')]) observer.observe(part, everything);
            window.timers.length = 0;
        }"""
    )
    page.wait_for_timeout(QUIET)
    assert heard == []
    assert page.evaluate("window.changes") == []
    assert page.evaluate("window.timers") == []

    _, go = held(live, "Wakes it")
    expect(row(page, "Wakes it")).to_contain_text("running")
    assert page.evaluate("window.changes.length") > 0, "the test sees what happens"
    assert page.evaluate("window.timers.length") > 0
    go()
    expect(row(page, "Wakes it")).to_contain_text("succeeded")
