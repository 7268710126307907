"""Schedules for the side bar to show, and the section as its tests see it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from playwright.sync_api import Locator, Page

from jupyter_runt.store.schedules import Fire, FiringRow, ScheduleRow
from tests.panel.side_bar import panel, section, side_bar
from tests.server.live import LiveServer

YEARLY = "0 7 1 1 *"
GOOD = "cells: [{id: a, source: 1 + 1}]\n"
SCHEDULE = ".jp-runt-schedule"
CELL = ".jp-runt-strip-cell"


def forget_schedules(live: LiveServer) -> None:
    """None is there."""
    for each in live.store.schedules():
        live.store.remove_schedule(each.schedule_id)


def add(live: LiveServer, name: str, source: str = GOOD, **asked: Any) -> ScheduleRow:
    """A schedule of a file of that name, which is due once a year."""
    live.write(f"{name}.yml", source)
    answer = live.post(
        "runt/api/schedules",
        json={"path": f"{name}.yml", "schedule_id": name, "cron": YEARLY, "labels": {"test": "yes"}, **asked},
    )
    assert answer.status == 201, answer.text
    return live.store.schedule(name)


def run_now(live: LiveServer, name: str, *sources: str) -> list[str]:
    """Its runs with the notebook's file as it is, or as each of these; they have ended."""
    made = []
    for source in sources or (None,):
        if source is not None:
            live.write(f"{name}.yml", source)
        made.append(live.post(f"runt/api/schedules/{name}/run").json()["run_id"])
        live.ended(made[-1])
    return made


def passed(live: LiveServer, name: str, *outcomes: str, count: int = 1) -> None:
    """What came of due times at which it did not run, as a worker notes it."""
    now = live.clock.now().wall
    row = live.store.schedule(name)
    firings = [
        FiringRow(name, now + number / 100, outcome, message="no such file" if outcome == "failed" else "", count=count)
        for number, outcome in enumerate(outcomes)
    ]
    assert live.store.fire([Fire(row, row.next_at, firings)]) == [True]


def make_due(live: LiveServer, name: str) -> None:
    """It was due at the minute that has begun; a worker fires it now."""
    at = live.clock.now().wall // 60 * 60
    row = live.store.schedule(name)
    definition = {**row.definition, "cron": time.strftime("%M %H %d %m *", time.gmtime(at)), "tz": "UTC"}
    assert live.store.change_schedule(replace(row, definition=definition, next_at=at))


def healthy(value: float | None) -> str:
    """A notebook that records how a disk is."""
    return f"""\
cells:
  - id: look
    source: |
      from jupyter_runt.monitoring import Health

      h = Health("disk", subject="test")
      h.check("disk", {value}, warn=80, critical=90, unit="%")
      h.record()
"""


def schedules(page: Page) -> Locator:
    """The section, opened now: nobody tells it of schedules that others define."""
    title = panel(side_bar(page)).get_by_role("button", name="Schedules Section")
    if title.get_attribute("aria-expanded") == "true":
        title.click()
    return section(page, "Schedules")


def schedule(page: Page, name: str) -> Locator:
    """What is told of one."""
    return page.locator(SCHEDULE).filter(has=page.get_by_role("button", name=f"Run Now: {name}", exact=True))


def strip(of: Locator) -> list[str]:
    """The looks of its cells, from the left."""
    return [str(each.get_attribute("data-status")) for each in of.locator(CELL).all()]


def asked_for(page: Page) -> list[str]:
    """What the section asks the server from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "runt/api/schedules" in request.url else None)
    return asked
