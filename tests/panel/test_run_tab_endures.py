"""A run's tab when the browser or the server goes, and when a run is large. Closing the browser is nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.panel.lab import Person, command
from tests.panel.side_bar import busy
from tests.panel.tabs import cell, empty_lab, has_status, open_run, outputs, state
from tests.server.live import LiveServer

TICKING = "import os, time\nn = 0\nwhile not os.path.exists({path!r}):\n    print('line', n, flush=True)\n    n += 1\n    time.sleep(0.002)\nprint(n)"


def test_a_server_that_is_killed_and_comes_back_costs_no_line(live: LiveServer, desk: Page, visitor: Person):
    for part in (
        "ERR_CONNECTION_REFUSED",
        "WebSocket connection to",
        "ERR_EMPTY_RESPONSE",
        "Failed to fetch",
        "503",
        "ERR_CONNECTION_RESET",
    ):
        visitor.expect_complaint(part)
    gate = live.home / "enough"
    run_id = live.submit(TICKING.format(path=str(gate)))
    tab = open_run(desk, run_id)
    text = outputs(tab, 1)
    expect(text).to_contain_text("line 50\n")
    live.kill()
    expect(tab.get_by_text("Reconnecting … The run goes on without this page.")).to_be_visible()
    live.start()
    expect(tab.get_by_text("Reconnecting …")).to_be_hidden()
    gate.touch()
    has_status(tab, "succeeded")
    expect(text).to_contain_text(re.compile(r"\n\d+\n$"))
    lines = (text.text_content() or "").splitlines()
    count = int(lines.pop())
    assert lines == [f"line {number}" for number in range(count)]
    assert count > 200


def test_a_closed_browser_is_nothing_and_two_browsers_see_the_same(browser: Browser, live: LiveServer, desk: Page):
    gate = live.home / "closed"
    run_id = live.submit(TICKING.format(path=str(gate)), "print('the end')")
    leaver = Person(browser, live)
    try:
        expect(outputs(open_run(empty_lab(leaver), run_id), 1)).to_contain_text("line 20\n")
    finally:
        leaver.close()
    tab = open_run(desk, run_id)
    expect(outputs(tab, 1)).to_contain_text("line 0\n")
    other = Person(browser, live)
    try:
        second = open_run(empty_lab(other), run_id)
        gate.touch()
        for each in (tab, second):
            has_status(each, "succeeded")
            expect(outputs(each, 2)).to_have_text("the end\n")
        assert outputs(tab, 1).text_content() == outputs(second, 1).text_content()
    finally:
        other.close()


def test_a_run_that_is_removed_or_was_never_there_says_so(live: LiveServer, desk: Page, visitor: Person):
    for part in ("404", "WebSocket connection to"):
        visitor.expect_complaint(part)
    run_id = live.submit("1")
    live.ended(run_id)
    command(desk, "runt:open-run", run_id="20200101-000000-never0")
    expect(desk.get_by_text("There is no run 20200101-000000-never0 here (any more).")).to_be_visible()
    waiting = live.submit("input()", input="wait")
    tab = open_run(desk, waiting)
    has_status(tab, "waiting")
    live.client.signal(waiting, "cancel")
    has_status(tab, "cancelled")
    expect(state(tab, 1)).to_contain_text("cancelled: on request")


def test_a_queued_run_says_why_it_waits_and_goes_on_before_the_eyes(live: LiveServer, desk: Page):
    release = busy(live)
    run_id = live.submit("print('at last')")
    tab = open_run(desk, run_id)
    has_status(tab, "queued")
    release()
    has_status(tab, "succeeded")
    expect(outputs(tab, 1)).to_have_text("at last\n")


@pytest.mark.parametrize("count", [500, 2000])
def test_many_cells_open_at_once_and_scroll_smoothly(live: LiveServer, desk: Page, count: int):
    run_id = live.submit(*(f"print('number', {number})" for number in range(count)))
    live.ended(run_id, patience=120)
    tab = open_run(desk, run_id)
    expect(outputs(tab, 1)).to_have_text("number 0\n")
    assert tab.locator(".cm-editor").count() < 60, "cells that nobody sees are not made"
    _scroll(desk, tab.locator(".jp-WindowedPanel-outer").evaluate_handle("each => each"))
    expect(tab.get_by_text(f"number {count - 1}\n").last).to_be_visible()


def _scroll(page: Page, outer: Any) -> None:
    """To the end, step by step."""
    page.evaluate(
        """async outer => {
            for (let before = -1; before !== outer.scrollTop; ) {
                before = outer.scrollTop;
                outer.scrollTop += outer.scrollHeight / 4;
                for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame);
            }
        }""",
        outer,
    )


def test_a_hundred_thousand_lines_are_all_there_and_in_order(live: LiveServer, desk: Page):
    run_id = live.submit("for n in range(100_000):\n    print('line', n)", "print('last')")
    live.ended(run_id)
    tab = open_run(desk, run_id)
    text = outputs(tab, 1)
    desk.wait_for_function(
        "id => document.querySelector(`#jp-runt-run-${id} .jp-OutputArea-output`)?.textContent.endsWith('line 99999\\n')",
        arg=run_id,
    )
    assert (text.text_content() or "").splitlines() == [f"line {n}" for n in range(100_000)]
    assert cell(tab, 1).locator("pre > span").count() > 300, (
        "in blocks, of which the browser lays out those that are seen"
    )


def test_a_notebook_that_cannot_be_fetched_for_a_moment_is_there_in_the_end(
    live: LiveServer, desk: Page, visitor: Person
):
    visitor.expect_complaint("503")
    run_id = live.submit(f"print('first')  # {'x' * 200_000}")
    live.ended(run_id)
    refused: list[str] = []

    def away(route: Route) -> None:
        if len(refused) < 2:
            refused.append(route.request.url)
            route.fulfill(status=503, body="away")
        else:
            route.continue_()

    desk.route("**/runt/api/blobs/**", away)
    tab = open_run(desk, run_id)
    expect(outputs(tab, 1)).to_have_text("first\n", timeout=20_000)
    assert refused
