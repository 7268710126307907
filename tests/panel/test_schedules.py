"""The side bar's schedules: when each is due, what came of its due times, and what can be done with it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.panel.lab import Person, command
from tests.panel.scheduled import (
    CELL,
    GOOD,
    SCHEDULE,
    add,
    asked_for,
    forget_schedules,
    healthy,
    make_due,
    passed,
    run_now,
    schedule,
    schedules,
    strip,
)
from tests.panel.side_bar import HOLD, executed, panel, was_executed
from tests.panel.test_side_bar_by_keyboard import WIDEN
from tests.server.live import LiveServer
from tests.server.test_access import AUTHORIZER

LAB = {"code": AUTHORIZER}
FAILING = "cells: [{id: a, source: 1 / 0}]\n"
LOOKS = [
    *("queued", "running", "waiting", "succeeded", "failed", "cancelled"),
    *("HEALTHY", "PARTIAL", "NO DATA", "WARNING", "CRITICAL"),
    *("missed", "overlap", "unprepared", "removed"),
]


@pytest.fixture(autouse=True)
def nothing_scheduled(live: LiveServer) -> None:
    """There is no schedule at first."""
    forget_schedules(live)


def test_a_schedule_says_what_it_runs_and_when_and_what_came_of_it(desk: Page, live: LiveServer):
    add(live, "daily", cron="0 7 * * *", tz="Asia/Kolkata")
    *_, newest = run_now(live, "daily", healthy(50), healthy(85), FAILING)
    passed(live, "daily", "missed", "overlap", "failed", count=2)
    schedules(desk)
    shown = schedule(desk, "daily")
    expect(shown.locator(CELL)).to_have_count(6)
    assert strip(shown) == ["HEALTHY", "WARNING", "failed", "missed", "overlap", "unprepared"]
    expect(shown.locator(".jp-runt-schedule-due")).to_have_text(re.compile(r"^in \d+ (h|min)$|^in less than a minute$"))
    expect(shown.locator(".jp-runt-schedule-due")).to_have_attribute(
        "title", re.compile(r"(7:00.AM, Asia/Kolkata\)\n?){1}")
    )
    expect(shown.get_by_title("0 7 * * * in Asia/Kolkata")).to_have_text("At 07:00 every day · Asia/Kolkata")
    expect(shown.get_by_text("daily.yml")).to_have_attribute("title", str(live.root / "daily.yml"))
    expect(shown).to_contain_text("could not be run, less than a minute ago")
    expect(shown.locator(".jp-runt-item-fault")).to_have_text("no such file")
    told = [
        re.sub(r"^.*?M: |^.*?M … .*?M: ", "", str(each.get_attribute("title"))) for each in shown.locator(CELL).all()
    ]
    assert told == [
        "succeeded, by hand, HEALTHY, score 100 of 100",
        "succeeded, by hand, WARNING, score 50 of 100",
        "failed, an exception, by hand",
        "2 times missed, no worker was there",
        "2 times passed over, the run before went on",
        "could not be run. no such file",
    ]
    expect(
        shown.get_by_role("img", name="Scores of the last 6 firings: from 50 to 100, the newest has none, 4 have none")
    ).to_be_visible()
    shown.locator(CELL).nth(2).click()
    was_executed(desk, "runt:open-run", run_id=newest)


def test_no_two_looks_are_alike_without_their_colours(desk: Page, live: LiveServer):
    add(live, "daily")
    passed(live, "daily", *["missed"] * len(LOOKS))

    def every_look(route: Route) -> None:
        answer = route.fetch()
        found = answer.json()
        for look, firing in zip(LOOKS, found["schedules"][0]["firings"], strict=True):
            firing.update(firing_of(look))
        route.fulfill(response=answer, json=found)

    desk.route("**/runt/api/schedules?*", every_look)
    schedules(desk)
    shown = schedule(desk, "daily")
    expect(shown.locator(CELL)).to_have_count(len(LOOKS))
    found = shown.locator(CELL).evaluate_all(
        """all => all.map(each => {
            const { height, width, backgroundImage, borderStyle } = getComputedStyle(each, '::before');
            const form = backgroundImage.replace(/(rgb|color)[^)]*\\)/g, '');
            return [each.dataset.status, `${height} ${parseFloat(width) > 3} ${form} ${borderStyle}`];
        })"""
    )
    forms = dict(found)
    assert set(forms) == set(LOOKS)
    assert forms.pop("succeeded") == forms["HEALTHY"], "both are well"
    assert len(set(forms.values())) == len(forms), forms


def firing_of(look: str) -> dict[str, Any]:
    """What the server says of a firing that looks so."""
    if look in ("missed", "overlap", "unprepared"):
        return {"outcome": "failed" if look == "unprepared" else look}
    ran: dict[str, Any] = {"outcome": "fired", "run_id": "r", "status": "succeeded"}
    if look == "removed":
        return {**ran, "status": None}
    return {**ran, "health": look, "score": 50} if look.isupper() else {**ran, "status": look}


def test_the_next_one_comes_first_and_what_cannot_fire_says_why(desk: Page, live: LiveServer):
    add(live, "yearly")
    add(live, "often", cron="* * * * *")
    add(live, "asleep")
    live.patch("runt/api/schedules/asleep", json={"paused": True})
    row = add(live, "adrift")
    live.store.change_schedule(replace(row, definition={**row.definition, "tz": "Mars/Olympus"}))
    live.store.change_schedule(replace(add(live, "done"), next_at=None))
    shown = schedules(desk).locator(SCHEDULE)
    expect(shown.locator(".jp-runt-item-name")).to_have_text(["adrift", "often", "yearly", "asleep", "done"])
    expect(shown.locator(".jp-runt-schedule-due")).to_have_text(
        ["cannot fire", re.compile("^(in less than a minute|due now)$"), re.compile(r"^in \d+ d$"), "paused", "over"]
    )
    expect(shown.nth(0).locator(".jp-runt-item-fault")).to_contain_text(
        "It cannot fire: There is no time zone 'Mars/Olympus'"
    )
    expect(shown.nth(2)).to_contain_text("It has not been due yet.")


def test_what_a_worker_fires_is_there_by_itself(desk: Page, live: LiveServer):
    gate = live.home / "fired.go"
    add(live, "daily", json.dumps({"cells": [{"id": "a", "source": HOLD.format(path=str(gate))}]}))
    schedules(desk)
    shown = schedule(desk, "daily")
    expect(shown).to_contain_text("It has not been due yet.")
    make_due(live, "daily")
    expect(shown).to_contain_text("running for less than a minute")
    assert strip(shown) == ["running"]
    gate.touch()
    expect(shown).to_contain_text("succeeded, less than a minute ago")
    assert strip(shown) == ["succeeded"]
    (firing,) = live.store.firings("daily")
    live.ended(str(firing.firing.run_id))
    live.client.delete(str(firing.firing.run_id))
    expect(shown).to_contain_text("fired, less than a minute ago")
    cell = shown.locator(CELL)
    expect(cell).to_have_attribute("aria-disabled", "true")
    cell.focus()
    desk.keyboard.press("Enter")
    assert executed(desk, "runt:open-run") == []


def test_a_schedule_is_run_paused_and_resumed_by_the_keyboard(desk: Page, live: LiveServer):
    add(live, "daily")
    add(live, "second")
    shown = schedules(desk).locator(SCHEDULE)
    names = shown.locator(".jp-runt-item-name")
    expect(names).to_have_text(["daily", "second"])
    desk.get_by_role("button", name="Run Now: daily").focus()
    desk.keyboard.press("Enter")
    expect(schedule(desk, "daily").locator(CELL)).to_have_count(1)
    expect(schedule(desk, "daily")).to_contain_text("succeeded, less than a minute ago")
    expect(desk.get_by_role("button", name="Run Now: daily")).to_be_focused()
    for key in ("Shift+Tab", "Tab", "Tab"):
        desk.keyboard.press(key)
    expect(desk.get_by_role("button", name="Pause daily")).to_be_focused()
    desk.keyboard.press("Space")
    expect(names).to_have_text(["second", "daily"])
    expect(desk.get_by_role("button", name="Resume daily")).to_be_focused()
    assert live.store.schedule("daily").paused
    desk.keyboard.press("Space")
    expect(names).to_have_text(["daily", "second"])
    expect(desk.get_by_role("button", name="Pause daily")).to_be_focused()
    assert live.store.schedule("daily").next_at is not None


def test_a_schedule_is_removed_once_it_was_confirmed_and_its_runs_stay(desk: Page, live: LiveServer):
    for name in ("a", "b"):
        add(live, name)
    (run_id,) = run_now(live, "a")
    section = schedules(desk)
    shown = section.locator(SCHEDULE)
    desk.get_by_role("button", name="Remove… a", exact=True).click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("Its runs stay.")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_have_count(0)
    assert len(live.store.schedules()) == 2
    desk.get_by_role("button", name="Remove… a", exact=True).click()
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(shown.locator(".jp-runt-item-name")).to_have_text(["b"])
    expect(desk.get_by_role("button", name="Run Now: b")).to_be_focused()
    assert live.store.run(run_id).status == "succeeded"
    desk.get_by_role("button", name="Remove… b", exact=True).click()
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(section).to_contain_text('jupyter runt schedule add NOTEBOOK --cron "0 7 * * *"')
    expect(section).to_be_focused()
    assert live.store.schedules() == []


def test_what_goes_wrong_is_told_where_it_was_asked_for(desk: Page, visitor: Person, live: LiveServer):
    add(live, "daily")
    add(live, "gone")
    visitor.expect_complaint("422")
    visitor.expect_complaint("403")
    visitor.expect_complaint("404")
    schedules(desk)
    shown = schedule(desk, "daily")
    (live.root / "daily.yml").unlink()
    shown.get_by_role("button", name="Run Now: daily").click()
    expect(shown.get_by_role("alert")).to_contain_text("daily.yml")
    assert live.store.firings("daily") == []

    def may_look(route: Route) -> None:
        route.continue_(headers={**route.request.headers, "X-May": "runt:read"})

    desk.route("**/runt/api/schedules/*", may_look)
    shown.get_by_role("button", name="Pause daily").click()
    expect(shown.get_by_role("alert")).to_have_text(re.compile("^You may look at schedules here, but not do that"))
    desk.unroute("**/runt/api/schedules/*")
    shown.get_by_role("button", name="Pause daily").click()
    expect(shown.get_by_role("button", name="Resume daily")).to_be_visible()
    expect(shown.get_by_role("alert")).to_have_count(0)
    live.store.remove_schedule("gone")
    desk.get_by_role("button", name="Pause gone").click()
    expect(schedule(desk, "gone")).to_have_count(0)


def test_what_is_not_seen_is_not_asked_for(desk: Page, live: LiveServer):
    add(live, "daily")
    shown = schedules(desk)
    expect(shown.locator(SCHEDULE)).to_have_count(1)
    title = panel(desk).get_by_role("button", name="Schedules Section")
    title.click()
    expect(shown).to_be_hidden()
    asked = asked_for(desk)
    (made,) = run_now(live, "daily", GOOD)
    expect(desk.locator(f".jp-runt-row[data-run-id='{made}']")).to_have_attribute("data-status", "succeeded")
    desk.wait_for_timeout(500)  # longer than it would have waited for other news
    assert asked == []
    title.click()
    expect(shown.locator(CELL)).to_have_count(1)


def test_many_schedules_are_drawn_a_page_at_a_time_and_are_as_narrow_as_the_side_bar(desk: Page, live: LiveServer):
    for number in range(23):
        row = add(live, f"schedule-{number:02}-with-a-name-that-is-longer-than-any-side-bar")
    for _ in range(5):
        passed(live, row.schedule_id, *["missed"] * 5)
    live.patch(
        f"runt/api/schedules/{row.schedule_id}",
        json={"paused": True, "cron": "0-30/2 7 * * 1-5", "tz": "America/Argentina/ComodRivadavia"},
    )
    section = schedules(desk)
    shown = section.locator(SCHEDULE)
    expect(shown).to_have_count(20)
    section.get_by_role("button", name="Show More (3)").click()
    expect(shown).to_have_count(23)
    expect(section.get_by_role("button", name="Show More")).to_have_count(0)
    expect(shown.last.locator(CELL)).to_have_count(20)
    desk.evaluate(WIDEN, 200)
    desk.wait_for_function("document.querySelector('#jp-runt-side-bar').clientWidth <= 200")
    wide = section.evaluate(
        """each => [each, ...each.querySelectorAll('li, div')]
            .filter(part => part.scrollWidth > part.clientWidth && getComputedStyle(part).textOverflow !== 'ellipsis')
            .map(part => part.className)"""
    )
    desk.evaluate(WIDEN, 250)
    assert wide == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing_in_schedules(desk: Page, live: LiveServer, theme: str):
    add(live, "daily")
    run_now(live, "daily", healthy(50))
    passed(live, "daily", "missed", "failed")
    add(live, "asleep")
    live.patch("runt/api/schedules/asleep", json={"paused": True})
    shown = schedules(desk)
    command(desk, "apputils:change-theme", theme=theme)
    expect(desk.locator("body")).to_have_attribute("data-jp-theme-name", theme)
    expect(shown.locator(SCHEDULE)).to_have_count(2)
    report = Axe().run(desk, context="#jp-runt-side-bar")
    assert report.violations_count == 0, report.generate_report()
    command(desk, "apputils:change-theme", theme="JupyterLab Light")
