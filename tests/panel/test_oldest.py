"""The oldest JupyterLab that the package claims shows the panel that was built for the newest one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.panel.lab import ROOT, Person, command, lab, python
from tests.panel.pictures import PICTURE, TAIL, picture, show, write
from tests.panel.side_bar import ended, panel, row, section, side_bar
from tests.panel.starting import line, press, shown, started
from tests.panel.tabs import cell, has_status, open_run, outputs
from tests.panel.yaml_files import FILE, has, opened, rewrite, save
from tests.panel.yaml_files import cell as yaml_cell
from tests.server.live import LiveServer

PYTHON = "RUNT_TEST_OLDEST_LAB_PYTHON"
"""The environment variable that names the interpreter with the oldest JupyterLab (`make test` sets it)."""


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The oldest JupyterLab, with the panel as it was built for the newest."""
    interpreter = python(PYTHON)
    folder: Path = tmp_path_factory.mktemp("panel")
    (folder / "jupyter-runt").symlink_to(ROOT / "jupyter_runt" / "labextension")
    with lab(interpreter=interpreter, folder=folder) as made:
        yield made


@pytest.fixture
def page(desk: Page, visitor: Person) -> Page:
    """JupyterLab with nothing open."""
    for part in (
        "Canceled future",
        "Error: Disposed",
        "(reading 'promise')",
    ):  # JupyterLab's own, of what is closed early
        visitor.expect_complaint(part)
    return desk


def test_it_is_the_oldest_that_is_claimed(page: Page):
    assert page.evaluate("window.jupyterapp.version").startswith("4.5.")


def test_the_side_bar_lists_runs_and_its_sections_open(page: Page, live: LiveServer):
    ended(live, "Over")
    side_bar(page)
    expect(row(page, "Over")).to_contain_text("succeeded")
    title = panel(page).get_by_role("button", name="Templates Section")
    expect(title.locator("svg")).to_be_visible()
    expect(section(page, "Templates").locator("li").first).to_be_visible()


def test_a_run_is_started_by_its_form_and_answered_in_its_tab(page: Page, live: LiveServer):
    live.write(
        "asks.yml",
        "metadata: {input: {policy: wait}}\nparameters: {size: 3}\ncells:\n- source: print(size, input('Name? '))\n",
    )
    form = shown(page, path="asks.yml")
    line(form, "size").get_by_role("textbox").fill("5")
    run_id = started(live, page, lambda: press(form))["run_id"]
    tab = open_run(page, run_id)
    has_status(tab, "waiting")
    tab.get_by_label("Name?").fill("Ada")
    page.keyboard.press("Enter")
    has_status(tab, "succeeded")
    expect(outputs(tab, 2)).to_have_text("5 Ada\n")
    expect(cell(tab, 2).locator(".jp-InputPrompt")).to_have_text("[2]:")


def test_a_yaml_notebook_is_edited_and_saved(page: Page, live: LiveServer):
    live.write("old.nb.yml", FILE)
    command(page, "filebrowser:open-path", path="/")
    found = opened(page, "old.nb.yml")
    rewrite(page, found, 1, 'rows = 12\nprint("rows:", rows)')
    expect(yaml_cell(found, 1).locator(".cm-line").first).to_have_text("rows = 12")
    save(page)
    has(live, "old.nb.yml", FILE.replace("rows = 10", "rows = 12"))


def test_a_run_in_a_notebooks_output_is_read_anew(page: Page, live: LiveServer):
    run_id = live.submit("print('first')", "print('done')")
    live.ended(run_id)
    write(live, "saved.ipynb", picture(live, run_id))
    show(page, "saved.ipynb")
    expect(page.locator(PICTURE).first).to_be_visible()
    expect(
        page.locator(f"{PICTURE} .jp-OutputArea-output, {PICTURE} {TAIL}").filter(has_text="done").first
    ).to_be_visible()
