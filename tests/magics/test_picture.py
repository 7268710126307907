"""The picture of a run: what it says, in HTML and in text, of every way that a run can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_runt.magics import feed, outputs
from jupyter_runt.magics.picture import CELLS_SHOWN, MARKS, MIME, Picture
from jupyter_runt.run.policy import Input, Policy, Retry
from jupyter_runt.store.base import STATUSES
from tests.magics.played import Played
from tests.magics.reading import Reader, harmless
from tests.run.driving import ERROR, INTERRUPTED, code, markdown

WAIT = Policy(input=Input("wait"))
# What a kernel says of input() where nobody can be asked.
NO_STDIN = {"status": "error", "ename": "StdinNotImplementedError", "evalue": "", "execution_count": 1}


def picture(run: Played, **more: Any) -> dict[str, Any]:
    """What a notebook is given of the run as it is now."""
    seen = run.view
    shown = outputs.drawn(seen, run.blob) if run.state.ended else {}
    found = Picture(seen, outputs=shown, **{"texts": outputs.told(seen, run.blob), **more}).bundle()
    json.dumps(found, allow_nan=False)
    found["text/html"].encode()
    found["text/plain"].encode()
    harmless(found["text/html"])
    return found


def running() -> Played:
    run = Played(code("load"), markdown("words"), code("sum"))
    run.ready()
    return run


def queued() -> Played:
    return Played(code("load"))


def ready(policy: Policy | None = None, **plan: Any) -> Played:
    run = Played(code("load", **plan), code("sum"), policy=policy)
    run.ready()
    return run


def asked() -> Played:
    run = ready(WAIT)
    run.ask("how many? ")
    return run


def paused() -> Played:
    run = ready()
    run.signal("pause")
    run.reply()
    return run


def cancelled() -> Played:
    run = ready()
    run.signal("cancel")
    run.reply(INTERRUPTED)
    run.exit(0)
    return run


def cancelled_before_its_start() -> Played:
    run = Played(code("load"))
    run.signal("cancel")
    if not run.state.ended:
        run.exit(0)
    return run


def out_of_time() -> Played:
    run = ready(Policy(cell_timeout=5))
    run.wait(20)
    run.exit(signal=9)
    return run


def run_out_of_time() -> Played:
    run = ready(Policy(timeout=5))
    run.wait(20)
    run.exit(signal=9)
    return run


def died() -> Played:
    run = ready()
    run.exit(signal=9)
    return run


def not_started() -> Played:
    run = Played(code("load"))
    run.exit(1)
    return run


def unanswered() -> Played:
    run = ready()
    run.reply(NO_STDIN)
    run.exit(0)
    return run


def tried_again() -> Played:
    run = ready(Policy(retry=Retry(attempts=2)))
    run.reply(ERROR)
    run.exit(0)
    run.wait(1)
    run.ready()
    return run


def skipped() -> Played:
    run = Played(code("load"), code("never", skip=True))
    run.ready()
    return run.ended()


WAYS: dict[str, tuple[Callable[[], Played], str, tuple[str, ...]]] = {
    "starting": (queued, "starting", ("Report: starting", "0/1 cells")),
    "running": (running, "running", ("Report: running", "0/2 cells", "▶ load", "· sum", "since ")),
    "waiting": (
        asked,
        "waiting",
        ("Report: waiting", "? load", "waits for an answer to 'how many? ': %runt reply r1 TEXT"),
    ),
    "paused": (paused, "running", ("running, paused", "✓ load", "1/2 cells")),
    "succeeded": (lambda: ready().ended(), "succeeded", ("Report: succeeded", "2/2 cells", "✓ sum")),
    "failed": (
        lambda: ready().ended(ERROR),
        "failed",
        ("failed in load: ValueError: no", "✗ load", "– sum", "1/2 cells"),
    ),
    "cancelled": (cancelled, "cancelled", ("cancelled", "on request", "– sum")),
    "cancelled early": (cancelled_before_its_start, "cancelled", ("on request", "– load")),
    "cell timeout": (out_of_time, "failed", ("failed in load: it ran longer than its timeout", "✗ load")),
    "run timeout": (run_out_of_time, "failed", ("the run took longer than its timeout",)),
    "died": (died, "failed", ("the kernel died", "✗ load")),
    "not started": (not_started, "failed", ("the kernel did not start", "– load")),
    "unanswered": (unanswered, "failed", ("input() had nobody to answer it",)),
    "tried again": (tried_again, "running", ("attempt 2", "▶ load")),
    "skipped": (skipped, "succeeded", ("Report: succeeded",)),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_that_a_run_can_be_is_told_in_text_and_in_html(way):
    play, status, told = WAYS[way]
    run = play()
    assert run.state.status == status
    found = picture(run, page="https://jupyter.example/runt/runs/r1")
    text, said = found["text/plain"], Reader(found["text/html"]).text
    for words in told:
        assert words in text
        assert words.removeprefix("Report: ") in said
    assert words_of(
        text.replace("https://jupyter.example/runt/runs/r1", "live page").replace("run r1", "r1")
    ) == words_of(said.replace(MARKS[status], "", 1))
    assert ("<progress" in found["text/html"]) == (status not in ("succeeded", "failed", "cancelled"))


def words_of(text: str) -> list[str]:
    return sorted(text.replace(":", " ").replace("·", " ").split())


def test_all_statuses_of_a_run_and_of_a_cell_have_been_seen():
    runs = [play().view for play, _, _ in WAYS.values()]
    assert {run["status"] for run in runs} | {"queued"} == set(STATUSES)
    cells = {cell["status"] for run in runs for cell in run["cells"] if cell["status"]}
    assert cells >= {"pending", "running", "waiting", "succeeded", "failed", "cancelled"}


def test_the_json_by_which_a_renderer_finds_the_run_has_this_shape():
    run = ready().ended()
    here, there = picture(run)[MIME], picture(run, server="https://jupyter.example/user/ada/")[MIME]
    assert here == {
        "version": 1, "run_id": "r1", "seq": len(run.log), "status": "succeeded", "name": "report", "title": "Report",
        "server": None,
    }  # fmt: skip
    assert there == {**here, "server": "https://jupyter.example/user/ada/"}


def test_a_picture_says_more_with_every_event_and_its_json_counts_them():
    run = ready()
    before = picture(run)
    run.reply()
    after = picture(run)
    assert before != after
    assert before[MIME]["seq"] < after[MIME]["seq"] == len(run.log)


def test_the_last_lines_stand_below_the_cell_that_prints_them_in_both_forms():
    run = running()
    found = picture(run, texts={"load": ["one <b>", "two"]})
    assert "▶ load\n      one <b>\n      two\n  · sum" in found["text/plain"]
    assert "one &lt;b&gt;\ntwo</pre>" in found["text/html"]


def test_outputs_stand_in_both_forms_once_the_run_has_ended():
    run = ready()
    run.text("line one\nline two\n")
    run.display(text_plain="a table", text_html="<table><tr><td>17</td></tr></table>")
    run.error("ValueError", "bad", "\x1b[31mTraceback\x1b[0m", "ValueError: bad")
    run.ended(ERROR)
    found = picture(run)
    assert "line one\n      line two\n      a table\n      Traceback\n      ValueError: bad" in found["text/plain"]
    said = Reader(found["text/html"]).text
    for words in ("line one\nline two", "17", "Traceback\nValueError: bad"):
        assert words in said


@pytest.mark.parametrize(
    ("printed", "left"),
    [
        (["0%\r", "50%\r", "100%\n", "done\n"], ["100%", "done"]),
        (["0%", "\r\x1b[K50%", "\r\x1b[K100%"], ["100%"]),
        (["a\r\nb\r\n"], ["a", "b"]),
        (["|", "\b/", "\b-", "\bdone"], ["done"]),
        (["\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain\n"], ["red plain"]),
        (["bell\x07 \x9b2J\x00escape\x1b"], ["bell 2Jescape"]),
        (["tab\tstays\n"], ["tab\tstays"]),
        (["half \ud800 a character"], ["half ? a character"]),
    ],
)
def test_text_stands_as_a_terminal_leaves_it(printed, left):
    run = ready()
    for each in printed:
        run.text(each)
    live = picture(run, texts={"load": feed.lines("".join(printed))})["text/plain"]
    run.ended()
    found = picture(run)
    shown = "\n".join(f"      {line}" for line in left)
    assert f"▶ load\n{shown}\n" in live.replace("  2 s", "")
    assert f"{shown}\n" in found["text/plain"]
    assert "\n".join(left) + "</pre>" in found["text/html"]


def test_a_message_of_what_holds_it_up_is_one_harmless_line():
    found = picture(running(), message="The server\nis \x1b[2Jaway: <script>alert(1)</script>")
    assert "  The server is away: <script>alert(1)</script>" in found["text/plain"].splitlines()
    assert "<script" not in found["text/html"]


def test_why_a_run_waits_is_told():
    run = Played(code("load"))
    seen = {**run.view, "status": "queued", "why_queued": "no worker lives: start one with `jupyter runt worker`"}
    found = Picture(seen).bundle()
    assert "no worker lives" in found["text/plain"]
    assert "no worker lives" in Reader(found["text/html"]).text


def test_a_run_of_many_cells_shows_what_is_worked_on_and_what_was_done_last():
    run = Played(*(code(f"c{number}") for number in range(100)))
    run.ready()
    for _ in range(50):
        run.reply()
    lines = picture(run)["text/plain"].splitlines()[2:]
    assert len(lines) == CELLS_SHOWN
    assert lines[-1] == "  ▶ c50"
    assert lines[0].startswith("  ✓ c39")
    assert "50/100 cells" in picture(run)["text/plain"]


def test_many_failures_do_not_make_a_live_picture_grow_and_the_last_one_lists_them_all():
    run = Played(*(code(f"c{number}") for number in range(100)), policy=Policy(stop_on_error=False))
    run.ready()
    for _ in range(50):
        run.reply(ERROR)
    live = picture(run)["text/plain"].splitlines()[2:]
    assert len(live) == CELLS_SHOWN
    assert live[-1] == "  ▶ c50"
    run.ended(ERROR)
    assert picture(run)["text/plain"].count("✗") >= 51


def test_a_status_that_only_a_newer_server_knows_is_shown_as_it_is():
    seen = running().view
    seen["status"] = seen["cells"][0]["status"] = "hibernating"
    found = Picture(seen).bundle()
    assert "Report: hibernating" in found["text/plain"]
    assert "hibernating" in harmless(found["text/html"]).text
