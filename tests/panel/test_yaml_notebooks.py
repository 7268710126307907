"""YAML files as notebooks: opened, edited, run by a real kernel, and saved, with a difference that is the edit and nothing else."""

from __future__ import annotations

import json
import shutil

import pytest
from playwright.sync_api import Page, expect

from jupyter_runt.notebook import yaml_format
from tests.cli.runt import until
from tests.panel.lab import Person, command, python
from tests.panel.yaml_files import (
    FILE,
    at_root,
    cell,
    document,
    entry,
    has,
    idle,
    menu,
    opened,
    quick,
    reload,
    rewrite,
    save,
    shown,
    tab,
)
from tests.server.live import LiveServer


@pytest.fixture
def page(desk: Page, visitor: Person) -> Page:
    """JupyterLab with nothing open."""
    return at_root(desk, visitor)


def test_a_double_click_opens_a_notebook_and_changes_nothing(page: Page, live: LiveServer):
    live.write("a.nb.yml", FILE)
    panel = opened(page, "a.nb.yml")
    expect(cell(panel, 0).get_by_role("heading", name="Bicycles")).to_be_visible()
    expect(cell(panel, 1).locator(".cm-line")).to_have_text(["rows = 10", 'print("rows:", rows)'])
    idle(page)
    found = document(page)
    assert (found["dirty"], found["notebook"]["metadata"]["kernelspec"]["name"]) == (False, "python3")
    assert found["notebook"]["metadata"]["language_info"]["version"], "the kernel has told its language"
    save(page)
    assert (live.root / "a.nb.yml").read_text() == FILE


def test_an_edit_of_a_cell_is_all_that_changes_in_the_file(page: Page, live: LiveServer):
    live.write("b.nb.yaml", FILE.replace("\n", "\r\n"))
    panel = opened(page, "b.nb.yaml")
    rewrite(page, panel, 1, 'rows = 12\nprint("rows:", rows)')
    save(page)
    until(lambda: "12" in (live.root / "b.nb.yaml").read_text(), "the file is saved")
    assert (live.root / "b.nb.yaml").read_bytes() == FILE.replace("= 10", "= 12").replace("\n", "\r\n").encode()


def test_a_cell_is_run_and_its_output_is_shown_but_not_stored(page: Page, live: LiveServer):
    live.write("c.nb.yml", FILE)
    panel = opened(page, "c.nb.yml")
    idle(page)
    cell(panel, 1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Control+Enter")
    expect(cell(panel, 1).locator(".jp-OutputArea-output")).to_have_text("rows: 10\n")
    expect(cell(panel, 2).locator(".jp-OutputArea-output")).to_have_text("double: 20\n")
    save(page)
    assert (live.root / "c.nb.yml").read_text() == FILE


def test_cells_are_moved_copied_split_deleted_and_retyped_and_keep_what_yaml_says_of_them(page: Page, live: LiveServer):
    live.write("d.nb.yml", FILE)
    panel = opened(page, "d.nb.yml")
    cell(panel, 1).locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    page.keyboard.press("Control+Shift+Minus")
    expect(panel.locator(".jp-Notebook-cell")).to_have_count(4)
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.keyboard.press("v")
    expect(panel.locator(".jp-Notebook-cell")).to_have_count(5)
    command(page, "notebook:move-cell-up")
    page.keyboard.press("b")
    page.keyboard.press("m")
    expect(panel.locator(".jp-Notebook-cell")).to_have_count(6)
    cell(panel, 0).click()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(panel.locator(".jp-Notebook-cell")).to_have_count(5)
    save(page)
    until(lambda: "id: about" not in (live.root / "d.nb.yml").read_text(), "the file is saved")
    text = (live.root / "d.nb.yml").read_text()
    notebook = yaml_format.read(text, "d.nb.yml")
    assert notebook.cells[0].source == "rows = 10\n"
    assert [each.cell_type for each in notebook.cells].count("markdown") == 1
    assert len({each.id for each in notebook.cells}) == 5
    assert {"count", "double"} < {each.id for each in notebook.cells}
    assert notebook.parameters == {"rows": 10, "share": 1.0}
    assert [each.timeout for each in notebook.cells].count(120) == 3
    for kept in (
        "# What this is about.\n",
        "# in quotes\n",
        "# How many there are.\n",
        "share: 1.0\n",
        "x-team: north\n",
    ):
        assert text.count(kept) == 1, text


def test_parameters_and_unknown_keys_survive_a_change_of_the_notebooks_metadata(page: Page, live: LiveServer):
    live.write("e.nb.yml", FILE)
    opened(page, "e.nb.yml")
    page.evaluate("window.jupyterapp.shell.currentWidget.context.model.setMetadata('authors', [{ name: 'A' }])")
    save(page)
    has(live, "e.nb.yml", FILE.replace("size: 3}\n", "size: 3}\n  authors:\n    - name: A\n"))


def test_the_file_names_the_kernel_and_another_one_that_is_chosen_gets_into_it(page: Page, live: LiveServer):
    spec = {
        "argv": [python(), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Another",
        "language": "python",
    }
    folder = live.home / "data" / "kernels" / "another"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernel.json").write_text(json.dumps(spec))
    live.write("f.nb.yml", FILE.replace("'python3'", "'another'"))
    page.evaluate("() => window.jupyterapp.serviceManager.kernelspecs.refreshSpecs()")
    panel = opened(page, "f.nb.yml")
    expect(panel.get_by_role("button", name="Another")).to_be_visible()
    idle(page)
    assert not document(page)["dirty"]
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.changeKernel({ name: 'python3' })")
    expect(panel.get_by_role("button", name="Python 3")).to_be_visible()
    expect(page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty")).to_have_count(1)
    save(page)
    has(live, "f.nb.yml", FILE)
    shutil.rmtree(folder)


def test_a_file_that_names_no_kernel_is_run_by_the_default_one_and_stays_silent(page: Page, live: LiveServer):
    text = "cells:\n- source: print(6 * 7)\n"
    live.write("g.nb.yml", text)
    panel = opened(page, "g.nb.yml")
    idle(page)
    cell(panel, 0).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(cell(panel, 0).locator(".jp-OutputArea-output")).to_have_text("42\n")
    rewrite(page, panel, 0, "print(6 * 8)")
    save(page)
    has(live, "g.nb.yml", text.replace("7", "8"))


def test_outputs_are_kept_in_a_file_that_has_some(page: Page, live: LiveServer):
    output = "    execution_count: 1\n    outputs:\n      - output_type: stream\n        name: stdout\n        text: |\n          rows: 10\n"
    live.write("h.nb.yml", FILE.replace("rows)\n", f"rows)\n{output}", 1))
    panel = opened(page, "h.nb.yml")
    expect(cell(panel, 1).locator(".jp-OutputArea-output")).to_have_text("rows: 10\n")
    idle(page)
    rewrite(page, panel, 1, 'rows = 11\nprint("rows:", rows)')
    page.keyboard.press("Control+Enter")
    expect(cell(panel, 1).locator(".jp-OutputArea-output")).to_have_text("rows: 11\n")
    save(page)
    until(lambda: "rows: 11\n" in (live.root / "h.nb.yml").read_text(), "the output is saved")
    wanted = FILE.replace("rows = 10", "rows = 11").replace("rows)\n", f"rows)\n{output.replace('10', '11')}", 1)
    assert (live.root / "h.nb.yml").read_text() == wanted


def test_a_page_that_is_loaded_again_has_the_notebook_again(person: Person, live: LiveServer):
    live.write("i.nb.yml", FILE)
    live.write("j.yml", FILE)
    quick(person)
    page = person.lab("lab/workspaces/yaml-again")
    opened(page, "i.nb.yml")
    menu(page, "j.yml", "Open With", "YAML Notebook")
    shown(page)
    with page.expect_response(lambda answer: "/api/workspaces/" in answer.url and answer.request.method == "PUT"):
        tab(page, "i.nb.yml").click()
    reload(page)
    panel = shown(page)
    expect(cell(panel, 0).get_by_role("heading", name="Bicycles")).to_be_visible()
    names = "[...window.jupyterapp.shell.widgets('main')].map(each => [each.title.label, each.context?.factoryName])"
    assert page.evaluate(names) == [["i.nb.yml", "runt-yaml-notebook"], ["j.yml", "runt-yaml-notebook"]]
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_other_files_are_opened_as_before(page: Page, live: LiveServer):
    source: dict[str, object] = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": "1",
        "outputs": [],
        "execution_count": None,
    }
    kernel = {"name": "python3", "display_name": "Python 3"}
    stock = {"cells": [source], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    live.write("k.ipynb", json.dumps(stock))
    live.write("l.yml", FILE)
    live.write("m.yaml", "a: 1\n")
    opened(page, "k.ipynb")
    assert document(page)["factory"] == "notebook"
    for name in ("l.yml", "m.yaml"):
        entry(page, name).dblclick()
        expect(page.locator(".jp-FileEditor:visible")).to_have_count(1)
        page.wait_for_function("name => window.jupyterapp.shell.currentWidget?.context?.path === name", arg=name)
        assert page.evaluate("window.jupyterapp.shell.currentWidget.context.factoryName") == "text"
