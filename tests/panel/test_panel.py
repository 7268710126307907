"""The panel is there."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.panel.lab import Person


def test_it_is_loaded_and_says_nothing_bad(person: Person):
    page = person.lab()
    expect(page.locator("#jp-main-dock-panel")).to_be_visible()
    assert page.evaluate("window.jupyterapp.hasPlugin('jupyter-runt:connection')")
