"""Monitors for the side bar to show, and the section as its tests see it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.panel.side_bar import section, side_bar
from tests.server.live import LiveServer

DISK = """\
version: 1
metadata: {title: Disk check}
parameters: {value: 50.0, monitor: disk-check}
parameter_schema: {value: {type: [number, "null"]}}
cells:
  - id: look
    source: |
      from jupyter_runt.monitoring import Health

      h = Health(monitor, subject="test")
      h.check("disk", value, warn=80, critical=90, unit="%")
      h.record()
"""
MONITOR = ".jp-runt-monitor"
CELL = ".jp-runt-strip-cell"


def forget_runs(live: LiveServer) -> None:
    """No run has recorded anything."""
    for run_id in live.store.match("", 10_000):
        live.ended(run_id)
        live.client.delete(run_id)


def measured(live: LiveServer, *found: float | None, monitor: str = "disk-check") -> list[str]:
    """The runs of a monitor that found these values, one after the other."""
    live.write("disk.yml", DISK)
    made = []
    for value in found:
        asked = {"path": "disk.yml", "parameters": {"value": value, "monitor": monitor}}
        run_id = live.post("runt/api/runs", json=asked).json()["run_id"]
        assert live.ended(run_id)[0] == "succeeded"
        made.append(run_id)
    return made


def monitors(page: Page) -> Locator:
    """The section, open."""
    return section(side_bar(page), "Monitors")


def monitor(page: Page, name: str) -> Locator:
    """What is told of one."""
    return page.locator(MONITOR).filter(has=page.get_by_role("button", name=name, exact=True))


def strip(of: Locator) -> list[str]:
    """The statuses of its cells, from the left."""
    return [str(each.get_attribute("data-status")) for each in of.locator(CELL).all()]


def asked_for(page: Page) -> list[str]:
    """What the section asks the server from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "runt/api/monitors" in request.url else None)
    return asked
