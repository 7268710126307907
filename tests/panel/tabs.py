"""The tab of a run, as its reader finds things in it."""

from __future__ import annotations

from itertools import count

from playwright.sync_api import Locator, Page, expect

from tests.panel.lab import Person, command

_workspaces = count(1)


def empty_lab(person: Person) -> Page:
    """JupyterLab in a workspace of its own, where no tab of an earlier test comes back."""
    return person.lab(f"lab/workspaces/tabs-{next(_workspaces)}")


def open_run(page: Page, run_id: str) -> Locator:
    """Opens the run's tab, and returns it once its status is there."""
    command(page, "runt:open-run", run_id=run_id)
    tab = page.locator(f"#jp-runt-run-{run_id}")
    expect(tab.locator(".jp-runt-run-status")).to_be_visible()
    return tab


def has_status(tab: Locator, status: str) -> None:
    expect(tab.locator(".jp-runt-run-status")).to_have_text(status)


def cell(tab: Locator, number: int) -> Locator:
    """The code cell of this number, from 1, among those that are near the window."""
    return tab.locator(".jp-CodeCell").nth(number - 1)


def state(tab: Locator, number: int) -> Locator:
    """What stands above the cell: how it went."""
    return cell(tab, number).locator(".jp-runt-cell-words")


def outputs(tab: Locator, number: int) -> Locator:
    """What the cell shows, one after the other."""
    return cell(tab, number).locator(".jp-OutputArea-output")
