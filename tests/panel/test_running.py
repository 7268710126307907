"""Open runs stand in JupyterLab's own list of what is running."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.panel.lab import command
from tests.panel.side_bar import RECORD, ended, held, was_executed
from tests.server.live import LiveServer

pytestmark = pytest.mark.usefixtures("nothing_open")


def items(page: Page) -> Locator:
    """The runs in "Running Terminals and Kernels", which is opened."""
    command(page, "running:show-panel")
    return page.get_by_role("region", name="Runs Section").locator(".jp-RunningSessions-item")


def test_open_runs_are_there_and_can_be_opened_and_cancelled(desk: Page, live: LiveServer):
    first, _ = held(live, "First of two")
    second, _ = held(live, "Second of two")
    ended(live, "Over")
    page = desk
    page.evaluate(RECORD)
    shown = items(page)
    expect(shown).to_have_count(2)
    expect(shown.filter(has_text="First of two")).to_contain_text("running")
    shown.filter(has_text="First of two").locator(".jp-RunningSessions-itemLabel").click()
    was_executed(page, "runt:open-run", run_id=first)
    shown.filter(has_text="Second of two").hover()
    shown.filter(has_text="Second of two").get_by_title("Cancel").click()
    expect(shown).to_have_count(1)
    assert live.ended(second)[0] == "cancelled"


def test_all_are_cancelled_at_once_after_a_confirmation(desk: Page, live: LiveServer):
    runs = [held(live, f"Of many {number}")[0] for number in range(3)]
    page = desk
    expect(items(page)).to_have_count(3)
    page.get_by_role("toolbar", name="Runs toolbar").get_by_role("button", name="Cancel All").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Cancel 3 runs? They end wherever they are")
    dialog.get_by_role("button", name="Cancel All").click()
    assert [live.ended(run_id) for run_id in runs] == [("cancelled", "cancelled_by_user")] * 3
    expect(items(page)).to_have_count(0)
