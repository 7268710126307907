"""The side bar's monitors: what runs found out about the things that they watch, live, and by whatever means somebody reads it."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.panel.lab import command
from tests.panel.side_bar import executed, panel, was_executed
from tests.panel.test_side_bar_by_keyboard import WIDEN
from tests.panel.watched import CELL, MONITOR, asked_for, forget_runs, measured, monitor, monitors, strip
from tests.server.live import LiveServer

MANY = """\
from jupyter_runt.monitoring import Health

for number in range(23):
    h = Health(f"monitor {number:02}", subject="a subject with a name that is longer than a side bar is wide")
    for check in range(7):
        h.check(f"check {check}", 100, warn=80 if number else None, critical=None if number else 90, unit="%")
    h.record(f"health {number}")
"""


@pytest.fixture(autouse=True)
def nothing_watched(live: LiveServer) -> None:
    """No run has recorded anything at first."""
    forget_runs(live)


def test_a_monitor_says_how_it_is_how_it_was_and_what_is_not_well(desk: Page, live: LiveServer):
    *_, newest = measured(live, 50, None, 85, 95)
    measured(live, 10, monitor="another")
    shown = monitors(desk).locator(MONITOR)
    expect(shown.locator(".jp-runt-item-name")).to_have_text(["disk-check", "another"])
    disk, well = shown.nth(0), shown.nth(1)
    expect(disk).to_contain_text("CRITICAL for less than a minute")
    expect(disk).to_contain_text("last HEALTHY less than a minute ago")
    expect(disk).to_contain_text("newest of 4 reports less than a minute ago")
    expect(disk.locator(".jp-runt-monitor-score")).to_have_text("score 0 of 1000")
    expect(disk.locator(".jp-runt-failing li")).to_have_text([re.compile("^CRITICAL .*disk.*95")])
    assert strip(disk) == ["HEALTHY", "NO DATA", "WARNING", "CRITICAL"]
    expect(disk.locator(CELL).nth(2)).to_have_attribute("title", re.compile(r": WARNING, score 50 of 100$"))
    expect(disk.locator(CELL).nth(1)).to_have_attribute("title", re.compile(r": NO DATA, no score$"))
    line = disk.get_by_role("img", name="Scores of the newest 4 reports: from 0 to 100, the newest 0, 1 has none")
    assert line.locator("path").evaluate_all("all => all.map(each => each.getAttribute('d'))") == [
        "M25 12L35 22",
        "M5 2h0M35 22h0",
    ]
    expect(well).to_contain_text("HEALTHY")
    expect(well).to_contain_text("first report less than a minute ago")
    expect(well).not_to_contain_text("last HEALTHY")
    expect(well.locator(".jp-runt-failing")).to_have_count(0)
    disk.get_by_role("button", name="disk-check", exact=True).click()
    was_executed(desk, "runt:open-run", run_id=newest)


def test_no_two_statuses_look_alike_without_their_colours(desk: Page, live: LiveServer):
    live.ended(
        live.submit(
            "from jupyter_runt.monitoring import Health\nh = Health('partial')\nh.check('a', 1, warn=2)\nh.check('b', None, warn=2)\nh.record()"
        )
    )
    measured(live, 50, None, 85, 95)
    shown = monitors(desk)
    expect(shown.locator(CELL)).to_have_count(5)
    looks = shown.locator(CELL).evaluate_all(
        """all => all.map(each => {
            const { height, backgroundImage } = getComputedStyle(each, '::before');
            return [each.dataset.status, `${height} ${backgroundImage === 'none'}`];
        })"""
    )
    forms = dict(looks)
    assert set(forms) == {"HEALTHY", "PARTIAL", "NO DATA", "WARNING", "CRITICAL"}
    assert len(set(forms.values())) == 5, forms
    icons = shown.locator(".jp-runt-item-line .jp-runt-health-icon svg").evaluate_all(
        "all => all.map(each => each.innerHTML)"
    )
    assert len(set(icons)) == 2


def test_a_report_is_there_when_its_run_has_ended(desk: Page, live: LiveServer):
    measured(live, 50)
    shown = monitors(desk)
    disk = monitor(desk, "disk-check")
    expect(disk.locator(CELL)).to_have_count(1)
    cell = disk.locator(CELL).first
    cell.focus()
    asked = asked_for(desk)
    measured(live, 95)
    expect(disk.locator(CELL)).to_have_count(2)
    assert strip(disk) == ["HEALTHY", "CRITICAL"]
    expect(disk).to_contain_text("CRITICAL for")
    expect(cell).to_be_focused()
    assert 1 <= len(asked) <= 2, asked
    live.ended(live.submit("1"))
    (first, _) = (str(each.get_attribute("data-run-id")) for each in disk.locator(CELL).all())
    live.client.delete(first)
    expect(disk.locator(CELL)).to_have_count(1)
    expect(disk.locator(CELL)).to_be_focused()
    assert shown.get_by_role("alert").count() == 0


def test_what_is_not_seen_is_not_asked_for(desk: Page, live: LiveServer):
    measured(live, 50)
    shown = monitors(desk)
    disk = monitor(desk, "disk-check")
    expect(disk.locator(CELL)).to_have_count(1)
    title = panel(desk).get_by_role("button", name="Monitors Section")
    title.click()
    expect(shown).to_be_hidden()
    asked = asked_for(desk)
    (made,) = measured(live, 85)
    expect(desk.locator(f".jp-runt-row[data-run-id='{made}']")).to_have_attribute("data-status", "succeeded")
    desk.wait_for_timeout(500)  # longer than it would have waited for other runs to end
    assert asked == []
    title.click()
    expect(disk.locator(CELL)).to_have_count(2)


def test_a_strip_is_one_stop_of_tab_and_arrows_lead_from_report_to_report(desk: Page, live: LiveServer):
    runs = measured(live, 50, 85, 95)
    monitors(desk)
    disk = monitor(desk, "disk-check")
    expect(disk.locator(CELL)).to_have_count(3)
    cell = disk.get_by_role("toolbar", name="Reports of disk-check, test").get_by_role("button")
    disk.get_by_role("button", name="disk-check", exact=True).focus()
    desk.keyboard.press("Tab")
    expect(cell.nth(2)).to_be_focused()
    for key, place in (
        ("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowLeft", 0), ("ArrowLeft", 0), ("End", 2), ("Home", 0), ("ArrowRight", 1),
    ):  # fmt: skip
        desk.keyboard.press(key)
        expect(cell.nth(place)).to_be_focused()
    desk.keyboard.press("Tab")
    assert not desk.evaluate(f"document.activeElement.matches('{CELL}')"), "one stop for all of them"
    desk.keyboard.press("Shift+Tab")
    expect(cell.nth(1)).to_be_focused()
    assert executed(desk, "runt:open-run") == []
    desk.keyboard.press("Enter")
    was_executed(desk, "runt:open-run", run_id=runs[1])
    cell.nth(0).click()
    was_executed(desk, "runt:open-run", run_id=runs[0])


def test_where_nothing_is_watched_it_says_what_to_do(desk: Page, live: LiveServer):
    desk.wait_for_function("window.jupyterapp.commands.hasCommand('runt:start')")
    shown = monitors(desk)
    expect(shown).to_contain_text("No run has recorded health yet.")
    shown.get_by_role("button", name="Start simple-health-check").click()
    was_executed(desk, "runt:start", template="simple-health-check")
    measured(live, 50)
    expect(shown.locator(MONITOR)).to_have_count(1)
    expect(shown).not_to_contain_text("No run has recorded")


def test_many_monitors_are_drawn_a_page_at_a_time_and_are_as_narrow_as_the_side_bar(desk: Page, live: LiveServer):
    run_id = live.submit(MANY)
    assert live.ended(run_id)[0] == "succeeded"
    shown = monitors(desk)
    expect(shown.locator(MONITOR)).to_have_count(20)
    worst = shown.locator(MONITOR).first
    expect(worst).to_contain_text("monitor 00")
    expect(worst.locator(".jp-runt-failing li")).to_have_count(5)
    worst.get_by_role("button", name="… and more in the run").click()
    was_executed(desk, "runt:open-run", run_id=run_id)
    desk.evaluate(WIDEN, 200)
    desk.wait_for_function("document.querySelector('#jp-runt-side-bar').clientWidth <= 200")
    wide = shown.evaluate(
        """each => [each, ...each.querySelectorAll('li, div')]
            .filter(part => part.scrollWidth > part.clientWidth && getComputedStyle(part).textOverflow !== 'ellipsis')
            .map(part => part.className)"""
    )
    desk.evaluate(WIDEN, 250)
    assert wide == []
    shown.get_by_role("button", name="Show More (3)").click()
    expect(shown.locator(MONITOR)).to_have_count(23)
    expect(shown.get_by_role("button", name="Show More")).to_have_count(0)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing_in_monitors(desk: Page, live: LiveServer, theme: str):
    measured(live, 50, None, 95)
    measured(live, 10, monitor="another")
    shown = monitors(desk)
    command(desk, "apputils:change-theme", theme=theme)
    expect(desk.locator("body")).to_have_attribute("data-jp-theme-name", theme)
    expect(shown.locator(MONITOR)).to_have_count(2)
    report = Axe().run(desk, context="#jp-runt-side-bar")
    assert report.violations_count == 0, report.generate_report()
    command(desk, "apputils:change-theme", theme="JupyterLab Light")
