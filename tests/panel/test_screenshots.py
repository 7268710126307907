"""The README's screenshots: made by this test, of a real JupyterLab. `make screenshots` writes them where the README shows them."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cli.runt import until
from tests.panel.lab import ROOT, Person, command
from tests.panel.side_bar import HOLD, side_bar, titled
from tests.panel.tabs import has_status, open_run, outputs
from tests.server.live import LiveServer
from tests.server.pages.watching import drawn

SHOWN = ROOT / "labextension" / "screenshots"
WRITES = "RUNT_WRITE_SCREENSHOTS"
"""The environment variable that lets the pictures replace those of the README."""

REPORT = ROOT / "notebooks" / "data-analysis.yml"
EXAMPLE = ROOT / "notebooks" / "example.yml"
SIZE = (1200, 760)


class Shots:
    """Pictures of pages, as the README shows them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, page: Page, name: str) -> None:
        """A PNG with something on it, and of the size that the README's has."""
        page.mouse.move(SIZE[0] - 1, SIZE[1] - 1)
        path = self.folder / f"{name}.png"
        page.screenshot(path=path, animations="disabled", caret="hide")
        assert size_of(path) == SIZE
        assert size_of(SHOWN / f"{name}.png") == SIZE, "`make screenshots` makes those that the README shows"
        assert f"labextension/screenshots/{name}.png" in (ROOT / "README.md").read_text()


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a PNG."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


@pytest.fixture
def shots(tmp_path: Path) -> Shots:
    return Shots(SHOWN if os.environ.get(WRITES) else tmp_path)


@pytest.fixture
def reader(browser: Browser, live: LiveServer) -> Person:
    """Somebody whose window has the size of the pictures."""
    return Person(browser, live, viewport={"width": SIZE[0], "height": SIZE[1]})


def test_the_runs_a_run_the_form_and_the_live_page(live: LiveServer, reader: Person, shots: Shots):
    gate = live.home / "pictures.go"
    live.write("example.yml", EXAMPLE.read_bytes())
    for title, cells, asked in (
        ("Nightly import", ["print('done')"] * 4, {}),
        ("Reconcile accounts", ["print('one')", "1 / 0", "print('two')"], {}),
        ("Weekly report", ["print('done')"] * 6, {"requested_by": "ada"}),
    ):
        live.ended(live.submit(*cells, notebook=titled(title), **asked))
    done = live.post("runt/api/runs", json={"path": "example.yml", "parameters": {"delay": 0}}).json()["run_id"]
    live.ended(done)
    going = [
        live.submit("answer = input('Deploy version 2.4 to production? ')", notebook=titled("Deploy"), input="wait"),
        live.submit("1", "2", HOLD.format(path=str(gate)), "4", "5", notebook=titled("Train the model")),
    ]
    until(lambda: [live.store.run(each).status for each in going] == ["waiting", "running"], "they wait and run")

    page = side_bar(reader.lab("lab/workspaces/pictures"))
    tab = open_run(page, done)
    has_status(tab, "succeeded")
    expect(outputs(tab, 2).first).to_be_visible()
    tab.get_by_role("button", name="Events").click()
    tab.get_by_role("button", name="cell 5").first.click()
    tab.get_by_role("button", name="Events").click()
    figure = tab.locator(".jp-RenderedSVG").last
    figure.evaluate("each => each.scrollIntoView({ block: 'end' })")
    expect(figure).to_be_in_viewport(ratio=1)
    shots.take(page, "runs")
    page.get_by_role("button", name="Hide notification").click()
    command(page, "apputils:change-theme", theme="JupyterLab Dark")
    page.wait_for_function("document.body.dataset.jpThemeName === 'JupyterLab Dark'")
    tab.get_by_role("button", name="Events").click()
    shots.take(page, "run-dark")
    command(page, "apputils:change-theme", theme="JupyterLab Light")
    page.wait_for_function("document.body.dataset.jpThemeName === 'JupyterLab Light'")
    command(page, "runt:start", path="example.yml")
    form = page.get_by_role("form", name="Start a run")
    expect(form).to_be_visible()
    form.get_by_label("data_size").fill("12")
    page.keyboard.press("Tab")
    shots.take(page, "form")
    live_page = reader.run(done)
    expect(live_page.locator("#status")).to_have_text("succeeded")
    drawn(live_page)
    shots.take(live_page, "page")
    gate.touch()
    reader.close()
