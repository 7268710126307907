"""Notebook 7 has the side bar and the form that starts a run, too: on its tree page and beside a notebook."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.panel.lab import Person
from tests.panel.side_bar import ended, panel, row, section, side_bar
from tests.panel.starting import form, press, started
from tests.server.live import LiveServer

LAB = {"app": "notebook"}
OF_NOTEBOOK = ("reading 'schema'", "Cannot convert undefined or null to object")
"""What Notebook 7.6 complains about without any extension, when it reads its settings before those of its shortcuts."""
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
EMPTY = {"cells": [], "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(autouse=True)
def of_notebook(person: Person, live: LiveServer) -> None:
    for part in OF_NOTEBOOK:
        person.expect_complaint(part)
    live.write("n.ipynb", json.dumps(EMPTY))


@pytest.mark.parametrize("path", ["tree", "notebooks/n.ipynb"])
def test_the_runs_are_in_the_left_side_bar(person: Person, live: LiveServer, path: str):
    ended(live, f"Seen from {path}")
    page = side_bar(person.lab(path))
    expect(row(page, f"Seen from {path}")).to_contain_text("succeeded")
    page.locator("#jp-left-stack .jp-SidePanel-collapse").click()
    expect(panel(page)).to_be_hidden()
    page.get_by_role("menuitem", name="View").click()
    page.get_by_role("menuitem", name="Show Runs").click()
    expect(panel(page)).to_be_visible()
    row(page, f"Seen from {path}").click(button="right")
    page.get_by_role("menuitem", name="Pin", exact=True).click()
    expect(row(page, f"Seen from {path}").locator(".jp-runt-row-pin")).to_have_count(1)


def test_a_notebook_is_run_by_its_toolbar(person: Person, live: LiveServer):
    page = person.lab("notebooks/n.ipynb")
    page.get_by_role("button", name="Save this notebook and run it").click()
    expect(form(page)).to_contain_text("n.ipynb")
    data = started(live, page, lambda: press(form(page)))
    assert data["name"] == "n.ipynb"
    assert live.ended(data["run_id"])[0] == "succeeded"


def test_a_template_is_run_from_the_page_of_files(person: Person, live: LiveServer):
    page = side_bar(person.lab("tree"))
    section(page, "Templates").get_by_role("button", name="Start Simple health check").click()
    data = started(live, page, lambda: press(form(page)))
    assert live.ended(data["run_id"])[0] == "succeeded"
