"""The form that starts a run has a notebook run at due times, too."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.panel.lab import Person
from tests.panel.scheduled import SCHEDULE, YEARLY, add, forget_schedules, schedule, schedules
from tests.panel.side_bar import was_executed
from tests.panel.starting import NOTEBOOK, form, line, press, shown
from tests.server.live import LiveServer

SIZED = "metadata: {title: Sized}\nparameters: {size: 1}\nparameter_schema: {size: {type: integer}}\ncells: [{source: size}]\n"


@pytest.fixture(autouse=True)
def nothing_scheduled(live: LiveServer) -> None:
    """There is no schedule at first."""
    forget_schedules(live)
    live.write("sized.yml", SIZED)


def test_a_notebook_is_scheduled_with_its_parameters(desk: Page, live: LiveServer):
    found = shown(desk, path="sized.yml")
    found.get_by_label("size").fill("7")
    press(found, "Schedule…")
    cron = found.get_by_label("Due times", exact=True)
    expect(cron).to_be_focused()
    cron.fill(YEARLY)
    found.get_by_label("Time zone").select_option("Europe/Paris")
    found.get_by_label("Notebook").select_option(label="kept as it is now")
    found.get_by_label("Due times at which no worker was there").select_option(label="each is made up for")
    found.get_by_label("While the run before goes on").select_option(label="the next run waits for its end")
    found.get_by_label("End").fill("2999-01-31 18:00")
    found.get_by_label("Name of the schedule").fill("new-year")
    press(found, "Schedule")
    expect(form(desk)).to_have_count(0)
    expect(schedule(desk, "new-year")).to_contain_text("At 07:00 on January 1 · Europe/Paris")
    made = live.get("runt/api/schedules/new-year").json()
    assert (made["cron"], made["tz"], made["pinned"], made["parameters"]) == (YEARLY, "Europe/Paris", True, {"size": 7})
    assert (made["misfire"], made["overlap"]) == ("all", "queue")
    assert made["ends_at"].startswith("2999-01-31T")
    assert made["notebook"] == str(live.root / "sized.yml")


def test_what_is_left_empty_is_as_the_server_has_it_by_the_browsers_clock(desk: Page, live: LiveServer):
    add(live, "known")
    shown_before = schedules(desk).locator(SCHEDULE)
    expect(shown_before).to_have_count(1)
    found = shown(desk, path="sized.yml")
    press(found, "Schedule…")
    found.get_by_label("Due times", exact=True).fill("@daily")
    desk.keyboard.press("Control+Enter")
    expect(form(desk)).to_have_count(0)
    expect(shown_before).to_have_count(2)
    made = live.get("runt/api/schedules/sized").json()
    assert made["tz"] == desk.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert (made["misfire"], made["overlap"], made["ends_at"], made["pinned"]) == ("once", "skip", None, False)
    assert live.store.firings("sized") == []


def test_what_is_wrong_is_told_at_its_line(desk: Page, visitor: Person, live: LiveServer):
    add(live, "sized", SIZED)
    visitor.expect_complaint("422")
    visitor.expect_complaint("409")
    found = shown(desk, path="sized.yml")
    press(found, "Schedule…")
    press(found, "Schedule")
    expect(line(found, "Due times")).to_contain_text("This is required.")
    cron = found.get_by_label("Due times", exact=True)
    expect(cron).to_be_focused()
    cron.fill("61 * * * *")
    found.get_by_label("End").fill("soon")
    press(found, "Schedule")
    expect(line(found, "End")).to_contain_text("Expected a date such as")
    found.get_by_label("End").fill("")
    press(found, "Schedule")
    expect(line(found, "Due times")).to_contain_text("61")
    cron.fill("@daily")
    press(found, "Schedule")
    expect(line(found, "Name of the schedule")).to_contain_text("sized")
    assert [each.definition["cron"] for each in live.store.schedules()] == [YEARLY]
    report = Axe().run(desk, context=".jp-runt-start")
    assert report.violations_count == 0, report.generate_report()
    press(found, "Run Now Instead")
    expect(found.get_by_label("Due times", exact=True)).to_have_count(0)
    expect(found.get_by_role("button", name="Run", exact=True)).to_be_enabled()


def test_a_run_is_repeated_and_not_scheduled(desk: Page, live: LiveServer):
    live.write("daily.yml", NOTEBOOK)
    run_id = live.submit("1")
    live.ended(run_id)
    found = shown(desk, rerun=run_id)
    expect(found.get_by_role("button", name="Run", exact=True)).to_be_visible()
    expect(found.get_by_role("button", name="Schedule…")).to_have_count(0)


def test_where_nothing_is_scheduled_a_notebook_can_be_chosen(desk: Page, live: LiveServer):
    desk.wait_for_function("window.jupyterapp.commands.hasCommand('runt:start')")
    section = schedules(desk)
    section.get_by_role("button", name="Choose a Notebook…").click()
    was_executed(desk, "runt:start")
