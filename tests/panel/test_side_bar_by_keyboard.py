"""Everything in the side bar can be had by the keyboard alone, and by those who do not see it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.panel.lab import command
from tests.panel.side_bar import busy, ended, executed, panel, row, section, side_bar, was_executed
from tests.server.live import LiveServer

LONG = "A title that is a good deal longer than any side bar has ever been wide"


def focused(page: Page, title: str) -> Locator:
    """Waits until the row of this title has the focus."""
    name = row(page, title).locator(".jp-runt-row-name")
    expect(name).to_be_focused()
    return name


def test_arrows_lead_through_the_runs_and_enter_opens_one(desk: Page, live: LiveServer):
    third, second, first = (ended(live, f"Walk {n}") for n in (3, 2, 1))
    page = side_bar(desk)
    words = page.get_by_label("Filter by words")
    expect(words).to_be_focused()
    page.keyboard.type("walk")
    expect(panel(page).locator(".jp-runt-row")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    focused(page, "Walk 1")
    for key, title in (
        ("End", "Walk 3"),
        ("Home", "Walk 1"),
        ("ArrowDown", "Walk 2"),
        ("ArrowUp", "Walk 1"),
        ("ArrowUp", "Walk 1"),
    ):
        page.keyboard.press(key)
        focused(page, title)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    focused(page, "Walk 1")
    assert executed(page, "runt:open-run") == []
    page.keyboard.press("Enter")
    was_executed(page, "runt:open-run", run_id=first)
    assert {second, third} <= set(live.store.match("", 100))


def test_the_buttons_and_the_menu_of_a_row(desk: Page, live: LiveServer):
    run_id = ended(live, "Menu")
    page = side_bar(desk)
    row(page, "Menu").locator(".jp-runt-row-name").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Run Menu again")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="More for Menu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Pin", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    focused(page, "Menu")
    page.keyboard.press("Shift+F10")
    pin = page.get_by_role("menuitem", name="Pin", exact=True)
    expect(pin).to_be_visible()
    page.keyboard.press("p")  # leads to the item that begins so
    page.keyboard.press("Enter")
    expect(row(page, "Menu").locator(".jp-runt-row-pin")).to_have_count(1)
    assert live.store.run(run_id).pinned


def test_delete_removes_a_run_once_it_was_confirmed(desk: Page, live: LiveServer):
    ended(live, "Stays")
    removed = ended(live, "Goes")
    page = side_bar(desk)
    expect(row(page, "Goes")).to_contain_text("succeeded")  # what is not over cannot be removed
    row(page, "Goes").locator(".jp-runt-row-name").focus()
    page.keyboard.press("Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    row(page, "Goes").locator(".jp-runt-row-name").focus()
    page.keyboard.press("Delete")
    dialog.get_by_role("button", name="Remove").click()
    expect(row(page, "Goes")).to_have_count(0)
    assert removed not in live.store.match("", 100)
    expect(row(page, "Stays")).to_have_count(1)


def test_the_focus_stays_with_a_run_that_moves(desk: Page, live: LiveServer):
    run_id = live.submit("input('? ')", notebook={"metadata": {"title": "Moves"}}, input="wait")
    page = side_bar(desk)
    expect(row(page, "Moves").locator(".jp-runt-status")).to_have_text("waiting")
    row(page, "Moves").locator(".jp-runt-row-name").focus()
    live.client.reply(run_id, "x")
    expect(row(page, "Moves").locator(".jp-runt-status")).to_have_text("succeeded")
    focused(page, "Moves")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing(desk: Page, live: LiveServer, theme: str):
    release = busy(live, theme)
    queued = live.submit("1", notebook={"metadata": {"title": f"Queued {theme}"}})
    page = side_bar(desk)
    command(page, "apputils:change-theme", theme=theme)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", theme)
    for name in ("Queue", "Templates", "Runtimes", "Workers"):
        expect(section(page, name).locator("li").first).to_be_visible()
    row(page, f"Queued {theme}").hover()
    report = Axe().run(page, context="#jp-runt-side-bar")
    assert report.violations_count == 0, report.generate_report()
    release()
    live.ended(queued)
    command(page, "apputils:change-theme", theme="JupyterLab Light")


def test_nothing_is_wider_than_a_narrow_side_bar(desk: Page, live: LiveServer):
    ended(live, LONG, "1/0", "2")
    page = side_bar(desk)
    for name in ("Queue", "Templates", "Runtimes", "Workers"):
        section(page, name)
    page.evaluate(WIDEN, 200)
    page.wait_for_function("document.querySelector('#jp-runt-side-bar').clientWidth <= 200")
    row(page, LONG).hover()
    wide = panel(page).evaluate(
        """each => [each, ...each.querySelectorAll('.jp-runt-runs, .jp-runt-row, .jp-runt-section, .jp-runt-header')]
            .filter(part => part.clientWidth && part.scrollWidth > part.clientWidth).map(part => part.className)"""
    )
    page.evaluate(WIDEN, 250)
    assert wide == []


WIDEN = """async width => {
    document.documentElement.style.setProperty('--jp-sidebar-min-width', `${width}px`);
    const widgets = [...window.jupyterapp.shell.widgets('left')];
    const split = [];
    for (let each = widgets.find(each => each.id === 'jp-runt-side-bar'); each; each = each.parent) {
        each.fit();
        if (each.id === 'jp-main-split-panel') split.push(each);
    }
    for (let frames = 0; frames < 3; frames++) await new Promise(requestAnimationFrame);
    split[0].setRelativeSizes([width, split[0].node.clientWidth - width, 0]);
}"""
"""Gives the side bar another width, less than JupyterLab lets it have."""
