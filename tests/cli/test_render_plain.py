"""A run as plain lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.cli.render.base import Look
from jupyter_runt.cli.render.choice import choose
from jupyter_runt.events import Event
from tests.cli.logs import Log, Stream, recorded

CHUNKS = st.lists(st.tuples(st.sampled_from(["a", "b"]), st.booleans(), st.text(max_size=8)), max_size=30)


def shown(events: list[Event], look: Look | None = None, **environ: str) -> tuple[str, str]:
    """What stands in stdout and in stderr at the end."""
    out, err = Stream(), Stream()
    renderer = choose(look or Look(source_path="report.yml"), out, err, environ)
    for event in events:
        renderer.event(event)
    renderer.close()
    return out.getvalue(), err.getvalue()


def printing(*texts: str) -> Log:
    log = Log("a", "b")
    log.begin()
    log.start("a")
    for text in texts:
        log.out("a", text)
    return log


@given(CHUNKS)
def test_stdout_is_what_the_cells_wrote_however_it_was_cut(chunks):
    log = Log("a", "b")
    log.begin()
    written, current = "", None
    for cell, appended, text in chunks:
        if current is None or (current == "a" and cell == "b"):
            if current is not None:
                log.finish(current)
            log.start(cell)
            current, appended = cell, False
        if appended and log.index >= 0:
            log.more(current, text)
        else:
            log.out(current, text)
        written += text
    out, _ = shown(log.events)
    assert out == written


def test_a_recorded_run_is_told_cell_by_cell_without_escape_codes():
    out, err = shown(recorded("example"))
    assert out.startswith("1,024 points, resting 0.04 s after each line\n")
    assert out.endswith("pi ~ 3.14844, off by 0.00684\n")
    lines = err.splitlines()
    assert lines[:2] == ["[1/6] parameters …", lines[1]]
    assert lines[1].startswith("[1/6] parameters ok ")
    assert lines[-1].startswith("succeeded: 6 cells in ")
    assert "\x1b" not in out + err


def test_a_failing_cell_is_told_with_its_place_in_the_file_and_its_traceback():
    out, err = shown(recorded("trouble"), Look(source_path="tests/cli/data/trouble.yml"))
    assert "cell 'fetch' failed at tests/cli/data/trouble.yml:29: ZeroDivisionError: division by zero" in err
    assert "----> 2     return 1 / x" in err
    assert err.splitlines()[-1].endswith("ZeroDivisionError: division by zero; 4 of 5 cells ran")
    assert "Traceback" not in out
    assert "\x1b" not in err


def test_a_cells_stderr_is_not_mixed_into_stdout():
    log = printing("out")
    log.out("a", "err", "stderr")
    log.more("a", "or")
    out, err = shown(log.events)
    assert out == "out"
    assert err.endswith("…\nerror")


def test_a_result_begins_on_a_line_of_its_own():
    log = printing("open")
    log.show("a", {"text/plain": "42"})
    assert shown(log.events)[0] == "open\n42\n"


@pytest.mark.parametrize(
    ("bundle", "text"),
    [
        ({"text/plain": "[1, 2]"}, "[1, 2]\n"),
        ({"image/png": "A" * 16_000}, "<image/png 12 kB>\n"),
        (
            {"text/plain": "<Figure size 640x480 with 1 Axes>", "image/png": "AAAA"},
            "<Figure size 640x480 with 1 Axes>\n",
        ),
        ({"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>x</b>"}, "<text/html 8 B>\n"),
        ({"text/plain": "<IPython.core.display.Markdown object>", "text/markdown": "*x*"}, "*x*\n"),
        ({}, ""),
    ],
)
def test_a_rich_output_is_shown_by_the_text_it_has(bundle, text):
    log = printing()
    log.show("a", bundle)
    assert shown(log.events)[0] == text


def test_a_display_that_changes_is_shown_first_and_last():
    log = printing()
    log.show("a", {"text/plain": "0 %"}, display_id="d")
    for percent in (10, 50, 100):
        bundle = {"text/plain": f"{percent} %"}
        log.add("display.updated", {"display_id": "d", "data": bundle, "metadata": {}}, "a")
    log.finish("a")
    assert shown(log.events)[0] == "0 %\n100 %\n"


def test_quiet_shows_output_and_errors_only():
    out, err = shown(recorded("example"), Look(quiet=True))
    assert out
    assert err == ""
    _, err = shown(recorded("trouble"), Look(quiet=True, source_path="x.yml"))
    assert "cell 'fetch' failed at x.yml:28" in err
    assert "[1/5]" not in err


def test_verbose_tells_kernel_worker_and_parameters():
    _, err = shown(recorded("example"), Look(verbose=True))
    for told in ("parameter data_size = 1024", "taken by worker", "starting the kernel", "the kernel is ready"):
        assert told in err


def test_lost_and_dropped_output_is_always_told():
    log = printing()
    log.add("gap", {"reason": "buffer_full", "bytes": 2000})
    log.add("truncated", {"reason": "quota", "limit": 1000})
    _, err = shown(log.events, Look(quiet=True))
    assert err.splitlines() == [
        "some output was lost here (2.0 kB): buffer_full",
        "the run has put out 1,000 characters: further output is dropped",
    ]


def test_a_dead_kernel_is_told_with_its_reason_and_what_to_do():
    log = printing()
    log.finish("a", "failed", reason="kernel_died", fatal=True)
    data = {"reason": "kernel_died", "message": "the kernel died: killed by signal 9", "status": None, "signal": 9}
    log.add("kernel.died", data)
    log.end("failed", reason="kernel_died", message=data["message"])
    _, err = shown(log.events)
    assert "out of memory is the usual cause" in err
    assert err.splitlines()[-1] == (
        "failed: cell 'a' (report.yml:10): the kernel died: killed by signal 9; 1 of 2 cells ran"
    )


def test_several_runs_are_told_apart_by_their_labels():
    log = printing("one\ntw")
    log.more("a", "o\n10%\r20%\nopen")
    log.finish("a")
    out, err = shown(log.events, Look(label="sales"))
    assert out == "sales | one\nsales | two\nsales | 10%\rsales | 20%\nsales | open"
    assert all(line.startswith("sales | ") for line in err.splitlines())


def test_retries_and_adoptions_are_survived_and_told():
    log = printing("first")
    log.add("run.adopted", {"worker": "w2", "epoch": 2})
    log.finish("a", "failed", reason="cell_error", error={"ename": "ValueError", "evalue": "no"}, fatal=True)
    log.add("kernel.stopping", {"clock": 3.0})
    log.add("kernel.stopped", {"status": 0, "signal": None})
    log.add("run.retrying", {"attempt": 2, "reason": "cell_error", "delay": 5, "not_before": 9.0})
    log.add("kernel.starting", {"clock": 9.0, "attempt": 2})
    log.add("kernel.ready", {})
    log.add("run.started", {"attempt": 2})
    log.start("a")
    log.out("a", "second")
    log.finish("a")
    out, err = shown(log.events)
    assert out == "firstsecond"
    assert "worker w2 goes on" in err
    assert "attempt 1 failed: an exception; attempt 2 follows in 5.0 s" in err


def test_a_log_watched_from_its_middle_is_shown():
    events = recorded("example")
    out, _ = shown([events[0], *events[20:]])
    assert out.endswith("pi ~ 3.14844, off by 0.00684\n")


def test_what_is_not_shown_is_still_known():
    events, out, err = recorded("example"), Stream(), Stream()
    renderer = choose(Look(), out, err, {})
    for event in events:
        renderer.event(event, shown=event.type == "run.finished")
    assert out.getvalue() == ""
    assert err.getvalue().startswith("succeeded: 6 cells")


def test_a_stream_that_is_not_utf8_gets_every_other_character():
    import io

    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    renderer = choose(Look(quiet=True), out, Stream(), {})
    for event in printing("π\ud800!").events:
        renderer.event(event)
    assert raw.getvalue() == rb"\u03c0\ud800!"
