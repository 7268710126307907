"""A picture stays small, whatever the run has shown."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from jupyter_runt.events import Draft
from jupyter_runt.magics import feed, outputs
from jupyter_runt.magics.feed import TAIL_LINES
from jupyter_runt.magics.outputs import LARGEST, LARGEST_PICTURE, LARGEST_TEXT, TOLD_ALL, TOLD_CHARACTERS, TOLD_LINES
from jupyter_runt.magics.picture import Picture
from jupyter_runt.run.outputs import CHUNK
from tests.magics.played import Played
from tests.magics.reading import harmless
from tests.run.driving import code

MB = 1_000_000


def ready(cells: int = 1) -> Played:
    run = Played(*(code(f"c{number}") for number in range(cells)))
    run.ready()
    return run


def picture(run: Played) -> dict[str, Any]:
    seen = run.view
    run.fetched.clear()
    shown = outputs.drawn(seen, run.blob) if run.state.ended else {}
    found = Picture(seen, outputs=shown, texts=outputs.told(seen, run.blob)).bundle()
    harmless(found["text/html"])
    return found


def test_of_two_hundred_megabytes_of_text_only_the_end_is_fetched():
    run = ready()
    line = "x" * 99 + "\n"
    whole = line * (CHUNK // 100)
    run.text(whole)
    cell = run.state.current
    for _ in range(200 * MB // len(whole)):
        run.record(Draft("stream.appended", {"index": 0, "text": whole}, cell, 1))
    run.text("the last line\n")
    run.text("0123456789" * CHUNK + "\r")  # one piece is no line: what it overwrites is not known
    run.text("the very last line\n")
    found = picture(run.ended())
    assert len(run.fetched) <= 8
    assert "the very last line</pre>" in found["text/html"]
    assert found["text/plain"].endswith("the very last line")
    assert len(found["text/html"]) < LARGEST_TEXT + 5000
    assert len(found["text/plain"]) < LARGEST_TEXT


def test_of_a_long_text_the_end_is_shown_and_that_there_is_more():
    run = ready()
    run.text("".join(f"line {number}\n" for number in range(10_000)))
    found = picture(run.ended())
    said = harmless(found["text/html"]).text
    assert said.endswith("line 9998\nline 9999\n")
    assert "…\n" in said
    assert "line 5\n" not in said
    lines = found["text/plain"].splitlines()
    assert lines[-1] == "      line 9999"
    assert lines[-TOLD_LINES - 1] == "      …"


def test_one_line_without_an_end_is_cut():
    run = ready()
    run.text("x" * 3 * MB)
    found = picture(run.ended())
    assert len(found["text/html"]) < LARGEST_TEXT + 5000
    assert len(found["text/plain"]) < TOLD_CHARACTERS + 500


def test_while_it_runs_the_last_lines_are_kept_and_no_more():
    tail = "".join(f"{number}\n" for number in range(100_000))[-feed.TAIL_CHARACTERS :]
    assert feed.lines(tail) == [str(number) for number in range(100_000 - TAIL_LINES, 100_000)]
    assert feed.lines("") == []
    assert feed.lines("\n \n\r\n") == []


@pytest.mark.parametrize(
    "data",
    [
        {"image/png": base64.b64encode(b"\0" * 9 * MB).decode(), "text/plain": "<Figure>"},
        {"image/svg+xml": f"<svg>{'<g/>' * 3 * MB}</svg>", "text/plain": "<Figure>"},
        {"text/html": f"<table>{'<tr><td>1</td></tr>' * MB}</table>", "text/plain": "a table"},
        {"text/markdown": "*x* " * 3 * MB, "text/plain": "prose"},
        {"text/plain": "y" * 9 * MB},
        {"application/json": [10**9] * MB},
        {"application/vnd.x+json": {"deep": ["z" * 9 * MB]}, "text/plain": "data"},
    ],
    ids=lambda data: next(iter(data)),
)
def test_an_output_that_is_far_too_large_is_named_and_not_fetched(data):
    run = ready()
    run.message("display_data", data=data, metadata={}, transient={})
    found = picture(run.ended())
    assert run.fetched == []
    assert "MiB is shown by run.outputs" in found["text/html"]
    assert "… an output of" in found["text/plain"]
    assert len(found["text/html"]) < 5000


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"image/png": "A" * (LARGEST_PICTURE + 1), "text/plain": "<Figure>"}, "&lt;Figure&gt;"),
        ({"image/png": "A" * LARGEST_PICTURE, "text/plain": "<Figure>"}, "<img src="),
        ({"text/html": "<b>" + "x" * LARGEST_PICTURE, "text/plain": "a table"}, "a table"),
        ({"text/markdown": "*x* " * LARGEST_TEXT, "text/plain": "prose"}, "prose</pre>"),
        ({"text/html": "<i>" * 3000 + "deep"}, "deep"),
    ],
)
def test_the_richest_form_that_is_not_too_large_is_shown(data, shown):
    run = ready()
    run.message("display_data", data=data, metadata={}, transient={})
    assert shown in picture(run.ended())["text/html"]


def test_all_outputs_together_have_a_limit_and_the_rest_is_told():
    run = ready(8)
    for number in range(8):
        run.display(image_png="A" * (LARGEST_PICTURE - 100), text_plain=f"figure {number}")
        run.reply()
    run.exit(0)
    found = picture(run)
    assert found["text/html"].count("<img") == 3
    assert len(found["text/html"]) < LARGEST + LARGEST_PICTURE + 10_000
    assert "more is shown by run.outputs" in found["text/html"]
    assert "figure 7" in found["text/plain"]


def test_two_thousand_cells_make_a_small_picture_while_they_run_and_all_of_it_at_the_end():
    run = ready(2000)
    for number in range(1000):
        run.text(f"printed by {number}\n")
        run.reply()
    assert len(picture(run)["text/html"]) < 10_000
    ended = picture(run.ended())
    said = harmless(ended["text/html"]).text
    assert "printed by 0" in said
    assert "printed by 999" in said
    assert "2000/2000 cells" in said
    assert len(ended["text/html"]) < LARGEST
    assert len(ended["text/plain"]) < 2 * TOLD_ALL


def test_many_small_outputs_of_one_cell_stay_within_the_limit():
    run = ready()
    for number in range(5000):
        run.display(text_plain=f"number {number}")
    found = picture(run.ended())
    assert len(found["text/html"]) < LARGEST
    assert found["text/plain"].endswith("number 4999")
