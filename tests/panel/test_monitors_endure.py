"""The side bar's monitors through a server's death, and while nothing happens."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.panel.lab import Person
from tests.panel.test_idle import QUIET_SECONDS, WATCH, heard
from tests.panel.watched import CELL, forget_runs, measured, monitor, monitors
from tests.server.live import LiveServer

HOUR = 3600.0


@pytest.fixture(autouse=True)
def nothing_watched(live: LiveServer) -> None:
    """No run has recorded anything at first."""
    forget_runs(live)


def test_what_was_recorded_while_the_server_was_away_is_there_when_it_is_back(person: Person, live: LiveServer):
    measured(live, 50)
    page = person.lab()
    monitors(page)
    disk = monitor(page, "disk-check")
    expect(disk.locator(CELL)).to_have_count(1)
    for part in ("ERR_CONNECTION_", "WebSocket connection", "Failed to fetch", "ERR_EMPTY_RESPONSE"):
        person.expect_complaint(part)
    live.kill()
    expect(page.locator(".jp-runt-banner")).to_contain_text("Reconnecting")
    recorded = "from jupyter_runt.monitoring import Health\nh = Health('disk-check', subject='test')\n"
    live.ended(live.submit(f"{recorded}h.check('disk', 95, critical=90)\nh.record()"))
    live.start()
    expect(disk.locator(CELL)).to_have_count(2, timeout=30_000)
    expect(disk).to_contain_text("CRITICAL")


def test_idle_it_sends_and_draws_nothing_until_an_age_is_not_true_any_more(person: Person, live: LiveServer):
    measured(live, 50, 95)
    at = live.store.run(live.store.match("", 1)[0]).submitted_at
    person.context.clock.install(time=at + 3 * HOUR + 5 * 60)
    page = person.lab()
    monitors(page)
    disk = monitor(page, "disk-check")
    expect(disk).to_contain_text("CRITICAL for 3 h")
    page.wait_for_timeout(2000)  # until everything is drawn
    sent = heard(page)
    assert page.evaluate(WATCH) == 1
    page.wait_for_timeout(1000 * QUIET_SECONDS)
    assert (sent, page.evaluate("window.drawn")) == ([], [])
    page.clock.fast_forward("01:00:00")
    expect(disk).to_contain_text("newest of 2 reports 4 h ago")
    assert [each for each in sent if "monitors" in each] == []
