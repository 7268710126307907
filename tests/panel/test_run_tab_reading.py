"""A run's tab for its reader: it stays at what runs, is used by keyboard alone, and is fit for all eyes and ears."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.panel.lab import command
from tests.panel.tabs import cell, has_status, open_run, outputs, state
from tests.server.live import LiveServer

TICKING = "import os, time\nn = 0\nwhile not os.path.exists({path!r}):\n    print('line', n, flush=True)\n    n += 1\n    time.sleep(0.01)\nprint('all', n)"
OWN = [".jp-runt-run-header", ".jp-runt-cell-head", ".jp-runt-cell-foot", ".jp-runt-text"]
FRAMES = "async count => { for (; count > 0; count -= 1) await new Promise(requestAnimationFrame); }"


def outer(tab: Locator) -> Locator:
    return tab.locator(".jp-WindowedPanel-outer")


AT_END = """each => {
    const running = each.querySelector(".jp-CodeCell[data-runt-status='running']")?.getBoundingClientRect();
    return running?.height > 0 && running.bottom <= each.getBoundingClientRect().bottom;
}"""
"""The running cell's last line is in sight."""


def test_it_stays_at_the_running_cell_until_the_reader_goes_away_and_comes_back_when_asked(
    live: LiveServer, desk: Page
):
    gate = live.home / "read"
    run_id = live.submit(*("print('before')" for _ in range(30)), TICKING.format(path=str(gate)))
    tab = open_run(desk, run_id)
    expect(tab.get_by_text(re.compile(r"line 60\n")).last).to_be_visible()
    desk.wait_for_function(AT_END, arg=outer(tab).element_handle())
    jump = tab.get_by_role("button", name="Jump to the running cell")
    expect(jump).to_be_hidden()
    outer(tab).hover()
    desk.mouse.wheel(0, -100_000)
    expect(jump).to_be_visible()
    desk.evaluate(FRAMES, 10)
    assert not outer(tab).evaluate(AT_END), "it leaves the reader where they are"
    jump.click()
    expect(jump).to_be_hidden()
    desk.wait_for_function(AT_END, arg=outer(tab).element_handle())
    outer(tab).hover()
    desk.mouse.wheel(0, -300)
    expect(jump).to_be_visible()
    desk.mouse.wheel(0, 100_000)
    expect(jump).to_be_hidden()
    gate.touch()
    has_status(tab, "succeeded")
    expect(jump).to_be_hidden()


def test_a_link_leads_to_the_cell_that_failed(live: LiveServer, desk: Page):
    run_id = live.submit(*("print('before')" for _ in range(40)), "1 / 0", *("print('after')" for _ in range(5)))
    live.ended(run_id)
    tab = open_run(desk, run_id)
    expect(outputs(tab, 1)).to_have_text("before\n")
    tab.get_by_role("button", name="Show the cell").click()
    failed = tab.locator(".jp-CodeCell[data-runt-status='failed']")
    expect(failed).to_be_in_viewport()
    expect(failed).to_be_focused()


def test_everything_in_it_is_reached_by_keyboard(live: LiveServer, desk: Page):
    run_id = live.submit("x = input('Say: ')\nprint('said', x)", input="wait", notebook={"parameters": {"alpha": 1}})
    tab = open_run(desk, run_id)
    has_status(tab, "waiting")
    tab.get_by_role("button", name="Cancel").focus()
    for name in ("Interrupt", "Open as notebook", "Copy link", "Download", "Parameters", "Events"):
        desk.keyboard.press("Tab")
        expect(tab.get_by_role("button", name=name)).to_be_focused()
    desk.keyboard.press("Shift+Tab")
    desk.keyboard.press("Space")
    expect(tab.get_by_role("row", name="alpha 1")).to_be_visible()
    desk.keyboard.press("Space")
    expect(tab.get_by_role("row", name="alpha 1")).to_have_count(0)
    field = tab.get_by_label("Say:")
    for _ in range(12):
        desk.keyboard.press("Tab")
        if field.evaluate("each => each === document.activeElement"):
            break
    desk.keyboard.type("hello")
    desk.keyboard.press("Enter")
    has_status(tab, "succeeded")
    expect(outputs(tab, 2)).to_have_text("said hello\n")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing(live: LiveServer, desk: Page, theme: str):
    run_id = live.submit(
        "import sys\nprint('\\x1b[1mtext\\x1b[0m')\nprint('more', file=sys.stderr)",
        "input('Name? ')",
        notebook={"metadata": {"title": "For all"}, "parameters": {"alpha": 1}},
        input="wait",
        requested_by="somebody",
        labels={"team": "blue"},
    )
    tab = open_run(desk, run_id)
    has_status(tab, "waiting")
    command(desk, "apputils:change-theme", theme=theme)
    desk.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
    tab.get_by_role("button", name="Events").click()
    expect(tab.get_by_role("columnheader", name="Event")).to_be_visible()
    expect(tab.get_by_label("Name?")).to_be_visible()
    try:
        found = Axe().run(desk, context={"include": [[f"#jp-runt-run-{run_id} {part}"] for part in OWN]})
        assert found.violations_count == 0, found.generate_report()
    finally:
        command(desk, "apputils:change-theme", theme="JupyterLab Light")
        live.client.signal(run_id, "cancel")


@pytest.mark.parametrize("width", [420, 700])
def test_a_narrow_tab_hides_nothing(live: LiveServer, desk: Page, width: int):
    run_id = live.submit("1", notebook={"metadata": {"title": "A very long title that does not fit anywhere " * 4}})
    live.ended(run_id)
    tab = open_run(desk, run_id)
    command(desk, "application:toggle-left-area")
    desk.set_viewport_size({"width": width, "height": 700})
    expect(state(tab, 1)).to_contain_text("succeeded")
    header = tab.locator(".jp-runt-run-header")
    for name in ("Run again…", "Download", "Events"):
        expect(tab.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    assert header.evaluate("each => each.scrollWidth <= each.clientWidth && each.scrollHeight <= each.clientHeight + 1")
    expect(cell(tab, 1).locator(".cm-content")).to_be_in_viewport()
    command(desk, "application:toggle-left-area")
