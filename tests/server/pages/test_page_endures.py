"""The page when the server goes, and when a run is large."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.server.live import LiveServer
from tests.server.pages.watching import Reader, cell, drawn, has_status

TICKING = "import os, time\nn = 0\nwhile not os.path.exists({path!r}):\n    print('line', n, flush=True)\n    n += 1\n    time.sleep(0.002)\nprint(n)"
LONGEST_TASK = 400  # ms; on two cores that are shared with a kernel, a worker and a server
WATCH_TASKS = """
window.longest = 0;
new PerformanceObserver((list) => { for (const each of list.getEntries()) window.longest = Math.max(window.longest, each.duration); })
    .observe({ type: "longtask", buffered: true });
"""


def test_a_server_that_is_killed_and_comes_back_costs_no_line_and_what_changed_meanwhile_is_told(
    browser: Browser, live: LiveServer, reader: Reader
):
    leaver = Reader(browser, live)
    for each in (reader, leaver):
        for part in ("ERR_CONNECTION_REFUSED", "WebSocket connection to", "403", "404"):
            each.expect_complaint(part)
    gate = live.home / "enough"
    ticking, removed = live.submit(TICKING.format(path=str(gate))), live.submit("input()", input="wait")
    page, gone, left = reader.run(ticking), reader.run(removed), leaver.run(ticking)
    text = cell(page, 1).locator(".text")
    expect(text).to_contain_text("line 50\n")
    has_status(gone, "waiting")
    has_status(left, "running")
    live.kill()
    expect(page.get_by_text("Reconnecting …")).to_be_visible()
    live.client.signal(removed, "cancel")
    live.ended(removed)
    live.client.delete(removed)
    leaver.context.clear_cookies()
    live.start()
    expect(page.get_by_text("Reconnecting …")).to_be_hidden()
    expect(gone.get_by_text("This run has been removed.")).to_be_visible()
    expect(left.get_by_text("You are logged out: load the page again to log in.")).to_be_visible()
    gate.touch()
    has_status(page, "succeeded")
    drawn(page)
    lines = (text.text_content() or "").splitlines()
    count = int(lines.pop())
    assert lines == [f"line {number}" for number in range(count)]
    assert count > 200
    leaver.close()


def test_two_thousand_cells_are_drawn_without_a_long_pause(live: LiveServer, reader: Reader):
    run_id = live.submit(*(f"print({number})" for number in range(2000)))
    live.ended(run_id)
    page = _measured(reader, run_id)
    expect(page.locator("article")).to_have_count(2000)
    drawn(page)
    assert page.locator("article .text").all_text_contents() == [f"{number}\n" for number in range(2000)]
    _longest(page, "2,000 cells")
    cell(page, 2000).scroll_into_view_if_needed()
    expect(cell(page, 2000)).to_be_in_viewport()


def test_a_hundred_thousand_lines_are_all_there_and_in_order(live: LiveServer, reader: Reader):
    run_id = live.submit(
        "for n in range(100_000):\n    print('line', n)\nprint('\\n'.join(f'\\x1b[3{n % 8}mone{n}' for n in range(5000)))"
    )
    live.ended(run_id)
    page = _measured(reader, run_id)
    expect(cell(page, 1).locator(".text")).to_contain_text("one4999\n")
    drawn(page)
    lines = (cell(page, 1).locator(".text").text_content() or "").splitlines()
    assert lines == [*(f"line {n}" for n in range(100_000)), *(f"one{n}" for n in range(5000))]
    _longest(page, "100,000 lines")


def _measured(reader: Reader, run_id: str) -> Page:
    reader.context.add_init_script(WATCH_TASKS)
    page = reader.run(run_id)
    has_status(page, "succeeded")
    return page


def _longest(page: Page, what: str) -> None:
    found: dict[str, Any] = page.evaluate(
        "({ longest: window.longest, ready: performance.now(), memory: performance.memory.usedJSHeapSize })"
    )
    print(what, json.dumps(found))
    assert found["longest"] < LONGEST_TASK, found
