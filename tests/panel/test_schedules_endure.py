"""The side bar's schedules through a server's death, while nothing happens, and when a due time has passed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.panel.lab import Person
from tests.panel.scheduled import CELL, add, asked_for, forget_schedules, passed, run_now, schedule, schedules, strip
from tests.panel.test_idle import QUIET_SECONDS, WATCH, heard
from tests.server.live import LiveServer

HOUR = 3600.0


@pytest.fixture(autouse=True)
def nothing_scheduled(live: LiveServer) -> None:
    """There is no schedule at first."""
    forget_schedules(live)


def test_what_came_while_the_server_was_away_is_there_when_it_is_back(person: Person, live: LiveServer):
    add(live, "daily")
    run_now(live, "daily")
    page = person.lab()
    schedules(page)
    shown = schedule(page, "daily")
    expect(shown.locator(CELL)).to_have_count(1)
    for part in ("ERR_CONNECTION_", "WebSocket connection", "Failed to fetch", "ERR_EMPTY_RESPONSE"):
        person.expect_complaint(part)
    live.kill()
    expect(page.locator(".jp-runt-banner")).to_contain_text("Reconnecting")
    passed(live, "daily", "missed")
    live.start()
    expect(shown.locator(CELL)).to_have_count(2, timeout=30_000)
    assert strip(shown) == ["succeeded", "missed"]


def test_idle_it_sends_and_draws_nothing_until_an_age_is_not_true_any_more(person: Person, live: LiveServer):
    add(live, "daily")
    run_now(live, "daily")
    finished = live.store.firings("daily")[0].finished_at
    assert finished is not None
    person.context.clock.install(time=finished + 3 * HOUR + 5 * 60)
    page = person.lab()
    schedules(page)
    shown = schedule(page, "daily")
    expect(shown).to_contain_text("succeeded, 3 h ago")
    page.wait_for_timeout(2000)  # until everything is drawn
    sent = heard(page)
    assert page.evaluate(WATCH) == 1
    page.wait_for_timeout(1000 * QUIET_SECONDS)
    assert (sent, page.evaluate("window.drawn")) == ([], [])
    page.clock.fast_forward("01:00:00")
    expect(shown).to_contain_text("succeeded, 4 h ago")
    assert [each for each in sent if "schedules" in each] == []


def test_when_a_due_time_has_passed_it_is_asked_what_came_of_it_and_then_seldom(person: Person, live: LiveServer):
    due = add(live, "daily").next_at
    assert due is not None
    person.context.clock.install(time=due - 10 * 60)
    page = person.lab()
    schedules(page)
    shown = schedule(page, "daily")
    expect(shown.locator(".jp-runt-schedule-due")).to_have_text("in 9 min")
    asked = asked_for(page)
    page.clock.fast_forward("08:30")
    expect(shown.locator(".jp-runt-schedule-due")).to_have_text("in 1 min")
    assert asked == []
    passed(live, "daily", "overlap")
    page.clock.fast_forward("01:30")
    expect(shown.locator(CELL)).to_have_count(1)
    assert strip(shown) == ["overlap"]
    # Nobody has fired it, as far as the server knows: its clock is not the browser's.
    expect(shown.locator(".jp-runt-schedule-due")).to_have_text("due now")
    page.clock.fast_forward("00:30")
    page.wait_for_timeout(1500)
    assert len(asked) == 1
    with page.expect_request(lambda request: "runt/api/schedules" in request.url):
        page.clock.fast_forward("00:30")
