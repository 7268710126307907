"""The pages for everybody: accessible as axe-core judges it, light and dark, wide and narrow, still when asked to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.server.live import LiveServer
from tests.server.pages.watching import Reader, cell, drawn, has_status

COLOURS = (
    "for n in range(16):\n    print(f'\\x1b[38;5;{n}mfg{n}\\x1b[0m \\x1b[48;5;{n}mbg{n}\\x1b[0m \\x1b[2;7mdim\\x1b[0m', end=' ')\n"
    "for n in range(16, 256, 7):\n    print(f'\\x1b[38;5;{n}m{n}\\x1b[0m \\x1b[38;5;{n};48;5;{271 - n}m{n}\\x1b[0m', end=' ')\n"
    "print('\\x1b[38;2;255;255;0mbright\\x1b[0m \\x1b[38;2;0;0;90mdeep\\x1b[0m')\nimport sys\nprint('x' * 300, file=sys.stderr)"
)
KINDS = (
    "from IPython.display import HTML, JSON, Markdown, display\ndisplay(HTML('<table><tr><td>1</td></tr></table>'), Markdown('# m'),"
    " JSON({'a': [1, 'two', None, True]}))\n# a comment, 'text', 12\ndef f(x: int = 3) -> str:\n    return f'{x}' or len([])"
)
TEXT = (
    "# Title\n\n## Section\n\n> quote\n\n`code` and [a link](https://example.invalid)\n\n| a | b |\n|--|--|\n| "
    + "wide " * 60
    + "| 2 |"
)


@pytest.fixture(scope="module")
def shown(module_server: LiveServer) -> Iterator[dict[str, str]]:
    """One run of each kind."""
    live = module_server
    live.worker()
    notebook = {"metadata": {"title": "A title"}, "parameters": {"alpha": 0.5, "path": "/data/" + "x" * 90}}
    found = {
        "rich": live.submit(
            {"cell_type": "markdown", "source": TEXT}, COLOURS, KINDS, notebook=notebook, labels={"a": "b"}
        ),
        "failed": live.submit("def f():\n    1/0\nf()", "print('never')"),
        "waiting": live.submit("input('Your name? ')", input="wait"),
    }
    live.ended(found["rich"])
    live.ended(found["failed"])
    yield found
    live.client.signal(found["waiting"], "cancel")
    live.ended(found["waiting"])


@pytest.fixture(scope="module", params=["light", "dark"])
def looking(request: Any, browser: Browser, module_server: LiveServer) -> Iterator[Reader]:
    made = Reader(browser, module_server, color_scheme=request.param, reduced_motion="reduce")
    yield made
    made.close()


def show(reader: Reader, shown: dict[str, str], kind: str) -> Page:
    """The page of this run, or the list, with everything drawn."""
    if kind == "list":
        page = reader.open("runt/")
        expect(page.get_by_role("listitem")).to_have_count(3)
    else:
        page = reader.run(shown[kind])
        has_status(page, {"rich": "succeeded"}.get(kind, kind))
        expect(page.locator("article code").first).to_be_visible()
        drawn(page)
    return page


@pytest.mark.parametrize("kind", ["rich", "failed", "waiting", "list"])
def test_axe_finds_nothing(looking: Reader, shown: dict[str, str], kind: str):
    page = show(looking, shown, kind)
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    page.close()


def test_a_dialog_is_accessible_too(looking: Reader, shown: dict[str, str]):
    page = show(looking, shown, "waiting")
    page.get_by_role("button", name="Cancel").click()
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    page.close()


def test_the_page_takes_the_readers_scheme(looking: Reader, shown: dict[str, str], request: Any):
    page = show(looking, shown, "rich")
    brightness = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number).reduce((a, b) => a + b)"
    )
    assert (brightness < 150) == (
        looking.context.pages[0].evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    )
    cell(page, 3).scroll_into_view_if_needed()
    ink = cell(page, 3).frame_locator("iframe").first.locator("td").evaluate("each => getComputedStyle(each).color")
    assert ink == ("rgb(255, 255, 255)" if brightness < 150 else "rgb(0, 0, 0)")
    assert page.evaluate("document.getAnimations().length") == 0
    page.close()


@pytest.mark.parametrize("kind", ["rich", "failed", "waiting", "list"])
def test_nothing_is_wider_than_a_phone(browser: Browser, live: LiveServer, shown: dict[str, str], kind: str):
    reader = Reader(browser, live, viewport={"width": 380, "height": 700}, has_touch=True)
    page = show(reader, shown, kind)
    for width in (380, 320):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for button in page.get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
            assert box["height"] >= 24
    reader.close()
