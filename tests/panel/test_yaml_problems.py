"""YAML files that are no notebooks, or are when somebody has looked: what is said of them, and the way to their text and back."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.panel.lab import Person, command
from tests.panel.yaml_files import FILE, at_root, cell, dialog, entry, has, idle, menu, opened, rewrite, shown, tab
from tests.server.live import LiveServer

BROKEN = "cells:\n  - id: a\n    sourc: print(1)\n  - id: a\n    source: print(2)\n    timeout: soon\n"


@pytest.fixture
def page(desk: Page, visitor: Person) -> Page:
    """JupyterLab with nothing open."""
    return at_root(desk, visitor)


def problems(page: Page, name: str) -> Locator:
    """What is shown in place of a file's notebook."""
    found = page.get_by_role("region", name=f"{name} cannot be shown as a notebook")
    expect(found).to_be_visible()
    return found


def write(page: Page, text: str) -> None:
    """Another text for the file that is open as text, saved."""
    editor = page.locator(".jp-FileEditor .cm-content")
    editor.click()
    expect(editor).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+S")


def test_all_that_is_wrong_is_shown_with_its_place_and_mended_as_text(page: Page, visitor: Person, live: LiveServer):
    live.write("broken.nb.yml", BROKEN)
    visitor.expect_complaint("422")
    entry(page, "broken.nb.yml").dblclick()
    region = problems(page, "broken.nb.yml")
    places = [f"Line {place}" for place in ("2, column 5", "3, column 5", "4, column 9", "6, column 14")]
    assert region.get_by_role("listitem").get_by_role("button").all_inner_texts() == places
    expect(region).to_contain_text("did you mean 'source'?")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    command(page, "docmanager:save")
    expect(page.get_by_role("dialog")).to_contain_text("read-only")
    page.keyboard.press("Escape")
    assert (live.root / "broken.nb.yml").read_text() == BROKEN
    running = page.evaluate("[...window.jupyterapp.serviceManager.sessions.running()].map(each => each.path)")
    assert "broken.nb.yml" not in running
    region.get_by_role("button", name=places[3]).click()
    expect(page.locator(".jp-FileEditor .cm-content")).to_be_focused()
    page.keyboard.insert_text("3 # ")
    expect(page.locator(".jp-FileEditor .cm-line").nth(5)).to_have_text("    timeout: 3 # soon")
    write(page, FILE)
    has(live, "broken.nb.yml", FILE)
    tab(page, "broken.nb.yml").first.click()
    panel = shown(page)
    expect(region).to_have_count(0)
    expect(cell(panel, 0).get_by_role("heading", name="Bicycles")).to_be_visible()
    expect(panel.get_by_text("read-only")).to_have_count(0)
    idle(page)
    cell(panel, 1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(cell(panel, 1).locator(".jp-OutputArea-output")).to_have_text("rows: 10\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: 1\na: 2\ncells: []\n", "Line 2, column 1 duplicate key 'a': first given in line 1"),
        ("cells:\n\t- source: x\n", "Line 2, column 1 a tab where YAML wants spaces: indent with spaces"),
        ("- just\n- a list\n", "expected a mapping with `cells`"),
        ("", "the file is empty"),
        (b"cells: \xff\n", "UTF-8"),
        ("cells: " + "[" * 3000 + "]" * 3000, "Line 1, column 107 nested more than 100 levels deep"),
        ("cells: [", "Line 2, column 1 did not find expected node content"),
        (b"#" * (65 * 2**20), "the file has 65 MB: notebooks may have 64"),
    ],
    ids=["duplicate", "tab", "list", "empty", "bytes", "deep", "open", "large"],
)
def test_every_kind_of_nonsense_is_told_in_clear_words(
    page: Page, visitor: Person, live: LiveServer, content: bytes | str, told: str
):
    live.write("odd.nb.yml", content)
    visitor.expect_complaint("42")
    visitor.expect_complaint("400")
    entry(page, "odd.nb.yml").dblclick()
    expect(problems(page, "odd.nb.yml")).to_contain_text(told)
    size = (live.root / "odd.nb.yml").stat().st_size
    assert size == len(content)


def test_a_file_without_cells_says_so_when_its_name_does_not_call_it_a_notebook(
    page: Page, visitor: Person, live: LiveServer
):
    live.write("settings.yml", "a: 1\n")
    visitor.expect_complaint("422")
    menu(page, "settings.yml", "Open With", "YAML Notebook")
    expect(problems(page, "settings.yml")).to_contain_text("no `cells`: this YAML file is no notebook")
    live.write("settings.yml", FILE)
    page.get_by_role("button", name="Try Again").click()
    expect(cell(shown(page), 0).get_by_role("heading", name="Bicycles")).to_be_visible()


def test_a_notebook_that_is_open_stays_when_its_file_is_broken_meanwhile(page: Page, visitor: Person, live: LiveServer):
    live.write("open.nb.yml", FILE)
    visitor.expect_complaint("422")
    visitor.expect_complaint("unknown key 'sourc'")
    panel = opened(page, "open.nb.yml")
    rewrite(page, panel, 1, "mine")
    live.write("open.nb.yml", BROKEN)
    page.keyboard.press("Control+S")
    dialog(page, "File Changed", "Revert")
    expect(page.get_by_role("dialog").filter(has_text="File Load Error")).to_contain_text(
        "Line 3, column 5: unknown key 'sourc'"
    )
    dialog(page, "File Load Error", "Close")
    dialog(page, "File Save Error", "Close")
    expect(cell(panel, 1).locator(".cm-line")).to_have_text(["mine"])
    assert (live.root / "open.nb.yml").read_text() == BROKEN
    page.keyboard.press("Control+S")
    dialog(page, "File Changed", "Overwrite")
    has(live, "open.nb.yml", FILE.replace('rows = 10\n      print("rows:", rows)', "mine"))


def test_what_a_server_that_is_away_cannot_save_is_saved_later(page: Page, visitor: Person, live: LiveServer):
    live.write("away.nb.yml", FILE)
    visitor.expect_complaint("")
    panel = opened(page, "away.nb.yml")
    rewrite(page, panel, 1, "kept")
    page.route("**/runt/api/convert", lambda route: route.abort())
    page.keyboard.press("Control+S")
    told = page.get_by_role("dialog").filter(has_text="File Save Error")
    expect(told).to_contain_text("The server does not answer.")
    told.get_by_role("button").click()
    expect(page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty")).to_have_count(1)
    assert (live.root / "away.nb.yml").read_text() == FILE
    page.unroute("**/runt/api/convert")
    page.keyboard.press("Control+S")
    has(live, "away.nb.yml", FILE.replace('rows = 10\n      print("rows:", rows)', "kept"))


def test_comments_are_lost_only_with_somebodys_consent(page: Page, live: LiveServer):
    text = "# one\nparameters:\n  a: &x [1, 2]   # two\n  b: *x\ncells:\n  - id: a\n    source: print(a)\n"
    live.write("alias.nb.yml", text)
    opened(page, "alias.nb.yml")
    page.evaluate("""() => {
        const { model } = window.jupyterapp.shell.currentWidget.context;
        const ours = model.getMetadata('jupyter_runt');
        model.setMetadata('jupyter_runt', { ...ours, parameters: { ...ours.parameters, a: [3] } });
    }""")
    page.keyboard.press("Control+S")
    asked = page.get_by_role("dialog").filter(has_text="Write alias.nb.yml anew?")
    expect(asked).to_contain_text("Its 2 comments are lost.")
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_have_count(0)
    assert (live.root / "alias.nb.yml").read_text() == text
    page.keyboard.press("Control+S")
    asked.get_by_role("button", name="Write Anew").click()
    has(
        live,
        "alias.nb.yml",
        'parameters:\n  a: [3]\n  b: [1, 2]\n\ncells:\n  - id: a\n    celltype: code\n    source: "print(a)"\n',
    )


def test_a_text_editor_offers_the_notebook_as_long_as_the_text_is_one(page: Page, live: LiveServer):
    live.write("t.yml", FILE)
    entry(page, "t.yml").dblclick()
    button = page.get_by_role("button", name="Open as Notebook")
    expect(button).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    write(page, "a: 1\n")
    expect(button).to_be_hidden()
    write(page, FILE.replace("rows = 10", "rows = 11"))
    expect(button).to_be_visible()
    assert not [url for url in sent if "/runt/api/" in url and "follow" not in url]
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("# end\n")
    button.click()
    panel = shown(page)
    expect(cell(panel, 1).locator(".cm-line").first).to_have_text("rows = 11")
    expect(page.locator(".jp-FileEditor")).to_have_count(0)
    assert (live.root / "t.yml").read_text() == FILE.replace("rows = 10", "rows = 11") + "# end\n"


def test_no_other_text_offers_a_notebook(page: Page, live: LiveServer):
    live.write("p.py", "cells: list = []\n")
    live.write("q.yml", "steps:\n  cells: 1\n")
    for name in ("p.py", "q.yml"):
        entry(page, name).dblclick()
        expect(tab(page, name)).to_be_visible()
        page.wait_for_function("name => window.jupyterapp.shell.currentWidget?.context?.path === name", arg=name)
        page.wait_for_function("() => window.jupyterapp.shell.currentWidget.context.isReady")
        expect(page.get_by_role("button", name="Open as Notebook")).to_have_count(0)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_the_problems_can_be_read_by_everybody(page: Page, visitor: Person, live: LiveServer, theme: str):
    live.write("axe.nb.yml", BROKEN)
    visitor.expect_complaint("422")
    command(page, "apputils:change-theme", theme=theme)
    entry(page, "axe.nb.yml").dblclick()
    region = problems(page, "axe.nb.yml")
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=theme)
    found = Axe().run(page, context={"include": [[".jp-runt-yaml-problems"]]})
    assert not found.response["violations"], found.generate_report()
    page.evaluate("window.jupyterapp.shell.activateById(window.jupyterapp.shell.currentWidget.id)")
    expect(region.get_by_role("button", name="Line 2, column 5")).to_be_focused()
    page.keyboard.press("Tab")
    expect(region.get_by_role("button", name="Line 3, column 5")).to_be_focused()
