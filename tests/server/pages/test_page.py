"""The page of a run in a real browser: what it shows while the run goes on, and after it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.server.live import LiveServer
from tests.server.pages.watching import Reader, cell, drawn, has_status

PICTURE = """\
import struct, zlib
from IPython.display import Image, display
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\\0" + bytes([(x * y) % 256 for x in range(240)]) for y in range(NOISE))
display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 80, NOISE, 8, 2, 0, 0, 0))
              + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")))
"""
GATE = "import os, time\nwhile not os.path.exists({path!r}):\n    time.sleep(0.01)\n"


def test_prints_appear_while_the_cell_runs(live: LiveServer, reader: Reader):
    gate = live.home / "go-on"
    run_id = live.submit("print('before', flush=True)\n" + GATE.format(path=str(gate)) + "print('after')")
    page = reader.run(run_id)
    text = cell(page, 1).locator(".text")
    expect(text).to_have_text("before\n")
    has_status(page, "running")
    assert page.title().startswith("running · ")
    gate.touch()
    expect(text).to_have_text("before\nafter\n")
    has_status(page, "succeeded")
    assert page.title().startswith("succeeded · ")
    assert "token" not in page.url


def test_the_head_says_what_runs_for_whom_and_how_far_it_is(live: LiveServer, reader: Reader):
    notebook = {"metadata": {"title": "Weekly <report>"}, "parameters": {"alpha": 0.5, "path": "/data/x.csv"}}
    run_id = live.submit("alpha", "path", notebook=notebook, labels={"team": "ops"}, requested_by="ada", via="token")
    live.ended(run_id)
    page = reader.run(run_id)
    expect(page.get_by_role("heading", level=1)).to_have_text("Weekly <report>")
    facts = page.locator("#about")
    for told in ("n.yml", "Python 3", "ada via token", "3 of 3 done", run_id, "team: ops"):
        expect(facts).to_contain_text(told)
    expect(facts.locator("tr")).to_have_text(["alpha0.5", "path/data/x.csv"])
    expect(page.get_by_role("progressbar", name="Cells done")).to_have_attribute("aria-valuenow", "3")
    with page.expect_download() as download:
        page.get_by_role("link", name="Notebook with outputs").click()
    assert download.value.suggested_filename == "n.ipynb"


def test_an_error_shows_its_traceback_in_colours_and_where_it_happened(live: LiveServer, reader: Reader):
    run_id = live.submit("print('fine')", "def f():\n    raise ValueError('bad <b>value</b>')\nf()", "print('never')")
    live.ended(run_id)
    page = reader.run(run_id)
    has_status(page, "failed")
    expect(page.locator(".outcome")).to_have_text("Failed: ValueError: bad <b>value</b> – cell 2")
    expect(cell(page, 2).locator(".error .text")).to_contain_text("ValueError: bad <b>value</b>")
    assert "\x1b" not in (cell(page, 2).locator(".error").text_content() or "")
    expect(cell(page, 2).locator(".error span[class^=t]").first).to_be_visible()
    expect(cell(page, 3)).to_contain_text("cancelled")
    page.get_by_role("link", name="cell 2").click()
    expect(cell(page, 2)).to_be_in_viewport()


def test_text_is_as_a_terminal_shows_it(live: LiveServer, reader: Reader):
    run_id = live.submit(
        "for n in range(101):\n    print(f'\\r{n:3} % ', end='')\nprint('done')",
        "print('a\\b\\bxyz\\rX')\nprint('one\\ntwo\\n\\x1b[2A\\x1b[KONE\\n\\nthree')",
        "import sys\nprint('\\x1b[31mred\\x1b[0m \\x1b[1mbold\\x1b[0m \\x1b[38;5;208morange\\x1b[38;2;1;2;3m true\\x1b[0m')\n"
        "print('\\x1b]8;;http://x\\x07link\\x1b]8;;\\x07 \\x1b[31', end='', flush=True)\nprint('mred\\x1b[0m', file=sys.stdout)\n"
        "print('careful', file=sys.stderr)",
    )
    live.ended(run_id)
    page = reader.run(run_id)
    expect(cell(page, 1).locator(".text")).to_have_text("100 % done\n")
    expect(cell(page, 2).locator(".text")).to_have_text("Xyz\nONE\ntwo\nthree\n")
    text = cell(page, 3).locator(".stdout .text")
    expect(text).to_have_text("red bold orange true\nlink red\n")
    assert _colour(text, "red") == _colour(text, "red", last=True) != _colour(text, "orange")
    assert text.get_by_text("bold", exact=True).evaluate("each => getComputedStyle(each).fontWeight") == "700"
    expect(cell(page, 3).locator(".output.stderr")).to_have_text("Standard error: careful\n")


def _colour(text, word: str, *, last: bool = False) -> str:
    found = text.get_by_text(word, exact=True)
    return str((found.last if last else found.first).evaluate("each => getComputedStyle(each).color"))


def test_pictures_json_latex_widgets_and_plain_values_are_shown(live: LiveServer, reader: Reader):
    run_id = live.submit(
        PICTURE.replace("NOISE", "20"),
        PICTURE.replace("NOISE", "200"),
        "from IPython.display import JSON, Latex\ndisplay(JSON({'a': [1, {'b': None}], 'c': 'text'}))\ndisplay(Latex('$x^2$'))",
        "import ipywidgets\nwith (out := ipywidgets.Output()):\n    print('captured')\ndisplay(out)\nipywidgets.IntSlider(7)",
        "{'plain': [1, 2]}",
    )
    live.ended(run_id)
    page = reader.run(run_id)
    for number, height in ((1, 20), (2, 200)):
        image = cell(page, number).locator("img")
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("naturalHeight", height)
    json = cell(page, 3).locator(".json")
    expect(json.locator("details").first).to_have_attribute("open", "")
    json.get_by_text("a: [ 2 ]").click()
    expect(json).to_contain_text("1")
    expect(cell(page, 3).locator(".text")).to_have_text("$x^2$")
    expect(cell(page, 4).locator(".text")).to_have_text(["captured\n", re.compile("IntSlider")])
    expect(cell(page, 5).locator(".text")).to_have_text("{'plain': [1, 2]}")


def test_updates_clears_late_output_and_what_is_missing_are_told(live: LiveServer, reader: Reader):
    run_id = live.submit(
        "from IPython.display import display, clear_output, HTML\nshown = display('first', display_id=True)\nshown.update('second')",
        "for n in range(3):\n    clear_output(wait=True)\n    print(n)",
        "import threading, time\nthreading.Timer(0.3, lambda: print('late')).start()",
        "time.sleep(0.6)",
        "shown = display(HTML('<p id=it>old</p>'), display_id=True)\nfor n in range(5):\n    shown.update(HTML(f'<p id=it>new {n}</p>'))",
    )
    live.ended(run_id)
    page = reader.run(run_id)
    expect(cell(page, 1).locator(".text")).to_have_text("'second'")
    expect(cell(page, 2).locator(".text")).to_have_text("2\n")
    expect(cell(page, 3).locator(".text")).to_have_text("late\n")
    expect(cell(page, 3).locator(".note")).to_have_text("Some of this was written after the cell had finished.")
    cell(page, 5).scroll_into_view_if_needed()
    expect(cell(page, 5).frame_locator("iframe").locator("#it")).to_have_text("new 4")


def test_an_attempt_that_failed_is_told_beside_the_one_that_went_well(live: LiveServer, reader: Reader):
    once = f"import os\nif not os.path.exists({str(live.home / 'twice')!r}):\n    open({str(live.home / 'twice')!r}, 'w')\n    1/0"
    run_id = live.submit(once, notebook={"metadata": {"retry": {"attempts": 2, "delay": 0}}})
    live.ended(run_id)
    page = reader.run(run_id)
    has_status(page, "succeeded")
    expect(page.locator(".attempts li")).to_have_text(["Attempt 1: an exception in cell 1", "Attempt 2: succeeded"])
    expect(cell(page, 1).locator(".error")).to_have_count(0)


def test_a_reader_stays_at_the_running_cell_until_they_go_elsewhere(live: LiveServer, reader: Reader):
    gate = live.home / "go-on-following"
    waits = GATE.format(path=str(gate))
    run_id = live.submit("print('x\\n' * 200)", "print('y\\n' * 100)\n" + waits + "print('z\\n' * 100)", "1")
    page = reader.run(run_id)
    expect(cell(page, 2).locator(".text")).to_contain_text("y")
    drawn(page)
    _at_the_end_of(page, 2)
    page.mouse.wheel(0, -2000)
    jump = page.get_by_role("button", name="Jump to the running cell")
    expect(jump).to_be_visible()
    jump.click()
    expect(jump).to_be_hidden()
    _at_the_end_of(page, 2)
    page.keyboard.press("Home")
    expect(jump).to_be_visible()
    gate.touch()
    has_status(page, "succeeded")
    expect(jump).to_be_hidden()
    page.evaluate("async () => { while (scrollY) await new Promise(requestAnimationFrame); }")


def _at_the_end_of(page, number: int) -> None:
    cell(page, number).evaluate(
        "async each => { while (Math.abs(each.getBoundingClientRect().bottom - innerHeight) > 40)"
        " await new Promise(requestAnimationFrame); }"
    )


def test_an_empty_notebook_and_an_unknown_run_are_told(live: LiveServer, reader: Reader):
    reader.expect_complaint("404")
    run_id = live.submit()
    live.ended(run_id)
    expect(reader.run(run_id).get_by_text("This notebook has no cells.")).to_be_visible()
    missing = reader.run("nothing-there")
    expect(missing.get_by_role("heading")).to_have_text("There is no run nothing-there.")
    missing.get_by_role("link", name="All runs").click()
    expect(missing.get_by_role("heading", name="Runs")).to_be_visible()
