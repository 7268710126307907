"""Notebook 7 has no layout to restore, and yet knows which YAML notebooks are open."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.panel.lab import Person
from tests.panel.yaml_files import FILE, cell, dialog, quick, rewrite, shown
from tests.server.live import LiveServer

LAB = {"app": "notebook"}


def test_a_notebook_that_is_open_stays_when_its_file_is_broken_meanwhile(person: Person, live: LiveServer):
    quick(person)
    for part in ("reading 'schema'", "Cannot convert undefined or null to object", "422", "unknown key 'sourc'"):
        person.expect_complaint(part)  # the first two are Notebook's own
    live.write("open.nb.yml", FILE)
    page = person.lab("notebooks/open.nb.yml")
    panel = shown(page)
    rewrite(page, panel, 1, "mine")
    live.write("open.nb.yml", "cells:\n  - id: a\n    sourc: print(1)\n")
    page.evaluate("void window.jupyterapp.shell.currentWidget.context.revert().catch(() => 0)")
    dialog(page, "File Load Error", "Close")
    expect(cell(panel, 1).locator(".cm-line")).to_have_text(["mine"])
