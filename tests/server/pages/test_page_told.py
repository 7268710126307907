"""What few runs hold: lost and dropped output, and more text than a tab can bear. The test is the worker of these runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from jupyter_runt.events import Draft, codec
from jupyter_runt.run.state import apply, summary
from jupyter_runt.store.base import Blob, Summary
from tests.server.live import LiveServer
from tests.server.pages.watching import Reader, cell, drawn, has_status

SERVER = {"start_worker": False}
BEGUN = [
    Draft("kernel.starting", {"clock": 1.0, "attempt": 1}),
    Draft("kernel.ready", {"pid": 1}),
    Draft("run.started", {"attempt": 1}),
    Draft("cell.started", {"msg_id": "m1", "clock": 1.0}, "c1", 1),
]
ENDED = [
    Draft("cell.finished", {"status": "succeeded", "duration": 0.5}, "c1", 1),
    Draft("run.finished", {"status": "succeeded", "attempts": 1, "counts": {"succeeded": 1}, "duration": 1.0}),
]


@pytest.fixture
def looking(browser: Browser, live: LiveServer) -> Iterator[Reader]:
    made = Reader(browser, live)
    yield made
    made.close()


def driven(live: LiveServer, *facts: Draft) -> str:
    """A run with one cell, of which these facts are told, and then its end."""
    run_id = live.submit("1")
    claim = live.store.claim("w", "here", run_id=run_id)
    assert claim is not None
    state = live.client.state(run_id)
    blobs: dict[str, bytes] = {}
    now = time.time()
    told = [replace(codec.externalise(fact, blobs), at=now) for fact in (*BEGUN, *facts, *ENDED)]
    for fact in told:
        apply(state, fact)
    kept = [Blob(name, content) for name, content in blobs.items()]
    live.store.append(run_id, claim.epoch, told, summary=Summary(**summary(state)), blobs=kept)
    return run_id


def text(index: int, content: str) -> Draft:
    added = {"index": index, "output": {"output_type": "stream", "name": "stdout", "text": content}}
    return Draft("output.added", added, "c1", 1)


def more(content: str) -> Draft:
    return Draft("stream.appended", {"index": 0, "text": content}, "c1", 1)


def test_what_was_lost_or_dropped_is_told_where_it_is_missing(live: LiveServer, looking: Reader):
    run_id = driven(
        live,
        text(0, "kept\n"),
        Draft("gap", {"reason": "disk_full", "bytes": 12_300}, "c1", 1),
        Draft("gap", {"reason": "the worker changed: output of that time may be missing"}),
        Draft("truncated", {"reason": "quota", "limit": 5000}, "c1", 1),
        Draft("truncated", {"reason": "quota", "limit": 5000, "dropped": 70_000}),
    )
    page = looking.run(run_id)
    has_status(page, "succeeded")
    expect(cell(page, 1).locator(".note")).to_have_text(
        ["Output was lost here (12 kB): the disk was full", "Output was cut off: a run may put out 5,000 characters."]
    )
    expect(page.locator(".outcome .note")).to_have_text(
        [
            "Output was lost here: the worker changed: output of that time may be missing",
            "In all, at least 70,000 characters of output are missing.",
        ]
    )


def test_text_beyond_what_a_tab_can_bear_comes_when_it_is_asked_for(live: LiveServer, looking: Reader):
    piece = "x" * 99 + "\n"
    run_id = driven(live, text(0, ""), *(more(f"{number}{piece * 2500}") for number in range(84)))
    page = looking.run(run_id)
    button = page.get_by_role("button", name="1.0 MB more: show")
    expect(button).to_be_visible()
    drawn(page)
    shown = cell(page, 1).locator(".text")
    assert 20_000_000 <= shown.evaluate("each => each.textContent.length") < 20_600_000
    button.click()
    expect(button).to_be_hidden()
    shown.evaluate("async each => { while (each.textContent.length < 21e6) await new Promise(requestAnimationFrame); }")
    assert shown.evaluate("each => each.textContent.endsWith('x\\n')")


def test_a_line_without_an_end_is_shown_whole(live: LiveServer, looking: Reader):
    run_id = driven(live, text(0, "a" * 10_000), *(more("b" * 10_000) for _ in range(50)), more("\nnext\n"))
    page = looking.run(run_id)
    expect(cell(page, 1).locator(".text")).to_contain_text("next")
    assert cell(page, 1).locator(".text").text_content() == "a" * 10_000 + "b" * 500_000 + "\nnext\n"
