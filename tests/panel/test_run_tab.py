"""A run in a tab: what it shows, live and after the end."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.cli.runt import until
from tests.panel.lab import command
from tests.panel.tabs import cell, has_status, open_run, outputs, state
from tests.server.live import LiveServer

WAIT_FOR = "import os, time\nwhile not os.path.exists({path!r}):\n    time.sleep(0.005)"
PICTURE = """
import struct, zlib
from IPython.display import Image
def part(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
def picture(side, seed=1):
    import random
    random.seed(seed)
    rows = b''.join(b'\\0' + random.randbytes(3 * side) for _ in range(side))
    head = struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0)
    return Image(b'\\x89PNG\\r\\n\\x1a\\n' + part(b'IHDR', head) + part(b'IDAT', zlib.compress(rows)) + part(b'IEND', b''))
"""
MARKDOWN = {"cell_type": "markdown", "source": "# The heading\n\nSome *words*."}
HOSTILE = '<b>bold</b><img src=data:, onerror="window.byPicture = 1"><script>window.byScript = 1</script>'


def test_a_finished_run_stands_there_as_its_notebook_would(live: LiveServer, desk: Page):
    run_id = live.submit(
        "print('hello')\n6 * 7",
        MARKDOWN,
        "import sys\nprint('a\\rb\\x1b[31mred\\x1b[0m')\nprint('warned', file=sys.stderr)",
        "1 / 0",
        "print('never')",
        notebook={"metadata": {"title": "A whole run"}},
    )
    assert live.ended(run_id) == ("failed", "cell_error")
    tab = open_run(desk, run_id)
    has_status(tab, "failed")
    expect(tab.get_by_role("heading", name="A whole run")).to_be_visible()
    expect(tab.get_by_text("Failed: ZeroDivisionError: division by zero")).to_be_visible()
    expect(tab.get_by_text("3 of 4 cells, 1 failed")).to_be_visible()
    expect(outputs(tab, 1)).to_have_text(["hello\n", "42"])
    expect(cell(tab, 1).locator(".jp-InputPrompt")).to_have_text("[1]:")
    expect(state(tab, 1)).to_have_text(re.compile(r"succeeded · [\d.]+ m?s"))
    expect(tab.get_by_role("heading", name="The heading")).to_be_visible()
    expect(outputs(tab, 2)).to_have_text(["bred\n", "warned\n"])
    expect(outputs(tab, 2).first.locator(".ansi-red-fg")).to_have_text("red")
    expect(state(tab, 3)).to_have_text(re.compile(r"failed: an exception · "))
    expect(outputs(tab, 3)).to_contain_text("ZeroDivisionError")
    expect(state(tab, 4)).to_have_text("not run")
    expect(tab.page.get_by_role("tab", name="A whole run")).to_be_visible()


def test_a_run_is_watched_while_it_goes_on(live: LiveServer, desk: Page):
    gate = live.home / "watched"
    run_id = live.submit(f"print('before')\n{WAIT_FOR.format(path=str(gate))}\nprint('after')", "print('second')")
    tab = open_run(desk, run_id)
    has_status(tab, "running")
    expect(outputs(tab, 1)).to_have_text("before\n")
    expect(cell(tab, 1).locator(".jp-InputPrompt")).to_have_text("[*]:")
    expect(state(tab, 1)).to_have_text(re.compile(r"running · \d+ s"))
    expect(state(tab, 2)).to_have_text("pending")
    gate.touch()
    has_status(tab, "succeeded")
    expect(outputs(tab, 1)).to_have_text("before\nafter\n")
    expect(outputs(tab, 2)).to_have_text("second\n")
    expect(tab.get_by_text("2 of 2 cells")).to_be_visible()


def test_the_tab_of_a_run_is_opened_once_and_comes_back_when_the_page_is_loaded_anew(live: LiveServer, desk: Page):
    run_id = live.submit("print('still here')")
    live.ended(run_id)
    tab = open_run(desk, run_id)
    command(desk, "runt:open-run", run_id=run_id[:-1])
    expect(desk.locator(".jp-runt-run")).to_have_count(1)
    expect(outputs(tab, 1)).to_have_text("still here\n")
    saved = "() => window.jupyterapp.serviceManager.workspaces.list().then(all => JSON.stringify(all.values))"
    until(lambda: f'"widgets":["jupyter-runt-run:{run_id}"]' in desk.evaluate(saved), "the layout is saved")
    assert run_id not in desk.url, "JupyterLab would look for a file of that name"
    desk.reload()
    desk.wait_for_selector("#jupyterlab-splash", state="detached")
    expect(outputs(desk.locator(f"#jp-runt-run-{run_id}"), 1)).to_have_text("still here\n")


def test_pictures_and_what_is_updated_or_cleared(live: LiveServer, desk: Page):
    run_id = live.submit(
        PICTURE + "picture(120)",
        "from IPython.display import display, clear_output\nhandle = display('first', display_id=True)\nhandle.update('second')",
        "handle.update('third')\nprint('gone')\nclear_output(wait=True)\nprint('stays')",
        "for seed in range(5):\n    clear_output(wait=True)\n    display(picture(120, seed))",
    )
    live.ended(run_id)
    tab = open_run(desk, run_id)
    picture = outputs(tab, 1).get_by_role("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("each => each.decode().then(() => each.naturalWidth)") == 120
    expect(outputs(tab, 2)).to_have_text("'third'")
    expect(outputs(tab, 3)).to_have_text("stays\n")
    tab.locator(".jp-WindowedPanel-outer").evaluate("each => (each.scrollTop = each.scrollHeight)")
    expect(outputs(tab, 4).get_by_role("img")).to_have_count(1)


def test_a_run_of_somebody_else_is_shown_without_its_scripts_until_it_is_trusted(live: LiveServer, desk: Page):
    hostile = {"source": f"from IPython.display import HTML\nHTML({HOSTILE!r})", "metadata": {"trusted": True}}
    cells: list[dict[str, Any]] = [hostile, {**MARKDOWN, "metadata": {"trusted": True}}]
    other, own = live.submit(*cells, requested_by="mallory"), live.submit(*cells)
    for run_id in (other, own):
        live.ended(run_id)
    tab = open_run(desk, other)
    expect(tab.get_by_text("mallory asked for this run. Its outputs are shown without scripts.")).to_be_visible()
    expect(outputs(tab, 1).locator("b")).to_have_text("bold")
    assert not desk.evaluate("window.byPicture || window.byScript")
    assert outputs(tab, 1).locator("script, [onerror]").count() == 0
    tab.get_by_role("button", name="Open as notebook").click()
    notebook = desk.locator(".jp-NotebookPanel:not(.jp-runt-run)")
    expect(notebook.locator(".jp-OutputArea-output b")).to_have_text("bold")
    assert not desk.evaluate("window.byPicture || window.byScript"), "that is no way to be trusted"
    open_run(desk, other).get_by_role("button", name="Trust").click()
    desk.wait_for_function("window.byPicture && window.byScript")
    expect(tab.get_by_text("shown without scripts")).to_be_hidden()
    mine = open_run(desk, own)
    expect(outputs(mine, 1).locator("b")).to_have_text("bold")
    expect(mine.get_by_text("shown without scripts")).to_be_hidden()
    assert outputs(mine, 1).locator("[onerror]").count() == 1


def test_nothing_offers_to_save_to_edit_or_to_start_a_kernel(live: LiveServer, desk: Page):
    for session in live.get("api/sessions").json():  # of a notebook that an earlier test has opened
        assert live.delete(f"api/sessions/{session['id']}").status == 204
    run_id = live.submit("print('fixed')", MARKDOWN)
    live.ended(run_id)
    tab = open_run(desk, run_id)
    expect(outputs(tab, 1)).to_have_text("fixed\n")
    for key in ("Escape", "d", "d", "a", "b", "x", "Enter", "Shift+Enter"):
        cell(tab, 1).locator(".cm-content").click()
        desk.keyboard.press(key)
    tab.get_by_role("heading", name="The heading").dblclick()
    desk.keyboard.type("changed")
    expect(tab.locator(".jp-Cell")).to_have_count(2)
    expect(cell(tab, 1).locator(".cm-content")).to_have_text("print('fixed')")
    expect(tab.get_by_role("heading", name="The heading")).to_be_visible()
    assert desk.locator(".jp-mod-dirty").count() == 0
    assert not desk.evaluate("window.jupyterapp.commands.isEnabled('docmanager:save')")
    assert not desk.evaluate("window.jupyterapp.commands.isEnabled('notebook:run-cell')")
    assert live.get("api/sessions").json() == []
    command(desk, "application:close")
    expect(tab).to_have_count(0)
    expect(desk.get_by_role("dialog")).to_have_count(0)


def test_search_finds_what_is_in_sources_and_in_outputs(live: LiveServer, desk: Page):
    run_id = live.submit(
        "print('ne' + 'edle')", *("print(1)" for _ in range(60)), "# a needle in the source\nprint('x')"
    )
    live.ended(run_id)
    tab = open_run(desk, run_id)
    expect(outputs(tab, 1)).to_have_text("needle\n")
    command(desk, "documentsearch:start")
    field = desk.locator(".jp-DocumentSearch-overlay textarea").first
    field.fill("needle")
    index = desk.locator(".jp-DocumentSearch-index-counter")
    expect(index).to_have_text("1/1")
    desk.get_by_title("Show Search Filters").or_(desk.get_by_label("Show Search Filters")).first.click()
    desk.get_by_text("Search Cell Outputs").click()
    dialog = desk.get_by_role("dialog")
    if dialog.count():
        dialog.get_by_role("button").last.click()
    expect(index).to_have_text(re.compile(r"\d/2"))


def test_the_table_of_contents_lists_its_headings(live: LiveServer, desk: Page):
    run_id = live.submit(MARKDOWN, "1")
    live.ended(run_id)
    open_run(desk, run_id)
    command(desk, "toc:show-panel")
    expect(desk.locator(".jp-TableOfContents").get_by_text("The heading")).to_be_visible()


def test_widgets_are_a_text_while_it_runs_and_have_their_last_state_after_the_end(live: LiveServer, desk: Page):
    run_id = live.submit(
        "import ipywidgets\nslider = ipywidgets.IntSlider(value=7, description='Size')\nslider",
        "slider.value = 42\ninput()",
        input="wait",
    )
    tab = open_run(desk, run_id)
    has_status(tab, "waiting")
    expect(outputs(tab, 1)).to_have_text("IntSlider(value=7, description='Size')")
    live.client.reply(run_id, "")
    has_status(tab, "succeeded")
    expect(outputs(tab, 1).locator(".widget-slider .widget-readout")).to_have_text("42")
    command(desk, "application:close")
    again = open_run(desk, run_id)
    expect(outputs(again, 1).locator(".widget-slider .widget-readout")).to_have_text("42")
