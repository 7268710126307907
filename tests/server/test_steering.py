"""Signals and replies, to real runs."""

from __future__ import annotations

import fcntl
import time

import pytest

from jupyter_runt.client.spawn import PATIENCE, log_path
from jupyter_runt.store.life import SUPERVISOR_LOCK
from tests.cli.runt import until
from tests.server.live import LiveServer, serving
from tests.server.test_runs import live_status

SERVER: dict[str, object] = {}


def submit(live: LiveServer, source: str, **policy: object) -> str:
    asked = {"notebook": {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"id": "c1", "cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None},
    ]}, "policy": policy}  # fmt: skip
    answer = live.post("runt/api/runs", json=asked)
    assert answer.status == 201, answer.text
    return str(answer.json()["run_id"])


def question(live: LiveServer, run_id: str) -> str:
    live_status(live, run_id, "waiting")
    return str(live.get(f"runt/api/runs/{run_id}").json()["input"]["input_id"])


def test_a_submit_starts_a_worker_and_does_not_wait_for_it():
    with serving() as live:
        # As long as a supervisor lives without a worker, whoever wants one waits for what becomes of it.
        with open(live.store.runtime / SUPERVISOR_LOCK, "wb") as supervisor:
            fcntl.flock(supervisor, fcntl.LOCK_EX)
            before = time.monotonic()
            answers = [
                live.post("runt/api/runs", json={"notebook": f"cells:\n- source: print({n})\n"}) for n in (42, 43)
            ]
            assert time.monotonic() - before < PATIENCE / 2
            assert [answer.json()["status"] for answer in answers] == ["queued", "queued"]
            assert live.store.workers() == []
        for answer, text in zip(answers, ("42\n", "43\n"), strict=True):
            run_id = answer.json()["run_id"]
            assert live.ended(run_id) == ("succeeded", None)
            shown = live.get(f"runt/api/runs/{run_id}").json()
            assert "".join(shown["cells"][0]["outputs"][0]["text"]) == text
        assert len(live.get("runt/api/workers").json()["workers"]) == 1


def test_a_server_that_is_set_to_start_no_worker_starts_none():
    with serving(start_worker=False) as live:
        body = {"notebook": "cells:\n- source: print()\n", "start_worker": True}
        run_id = live.post("runt/api/runs", json=body).json()["run_id"]
        live.worker()
        assert live.ended(run_id) == ("succeeded", None)
        assert len(live.store.workers()) == 1


def test_a_reply_reaches_the_code_that_asked_and_no_table(live):
    run_id = submit(live, "print(input('Your name? ')[::-1])", input="wait")
    input_id = question(live, run_id)
    answer = live.post(f"runt/api/runs/{run_id}/inputs/{input_id}", json={"text": "nossirg \N{SNOWMAN}"})
    assert (answer.status, answer.json()) == (202, {"run_id": run_id, "input_id": input_id, "accepted": True})
    assert live.ended(run_id) == ("succeeded", None)
    log = str([event.data for event in live.store.read(run_id)])
    assert "\N{SNOWMAN} grisson" in log
    assert "nossirg" not in log


@pytest.mark.parametrize("name", ["nope", "%00", "%F0%9F%98%80", "x" * 1000])
def test_a_reply_to_another_question_is_refused_with_the_reason(live, name):
    run_id = submit(live, "input()", input="wait")
    question(live, run_id)
    answer = live.post(f"runt/api/runs/{run_id}/inputs/{name}", json={"text": "x"})
    assert (answer.status, answer.json()["error"]) == (409, "refused")
    assert answer.json()["message"]
    live.post(f"runt/api/runs/{run_id}/signals", json={"kind": "kill"})
    live.ended(run_id)
    late = live.post(f"runt/api/runs/{run_id}/inputs/{name}", json={"text": "x"})
    assert (late.status, late.json()["error"]) == (409, "refused")


def test_a_running_cell_is_cancelled(live):
    run_id = submit(live, "import time\ntime.sleep(600)")
    live_status(live, run_id, "running")
    answer = live.post(f"runt/api/runs/{run_id}/signals", json={"kind": "cancel"})
    assert (answer.status, answer.json()) == (202, {"run_id": run_id, "kind": "cancel", "accepted": True})
    assert live.ended(run_id) == ("cancelled", "cancelled_by_user")


@pytest.mark.parametrize("kind", ["cancel", "interrupt", "kill", "pause", "resume"])
def test_an_ended_run_takes_no_signal(live, kind):
    run_id = submit(live, "1")
    live.ended(run_id)
    answer = live.post(f"runt/api/runs/{run_id}/signals", json={"kind": kind})
    assert (answer.status, answer.json()["error"]) == (409, "refused")
    assert run_id in answer.json()["message"]


def test_a_signal_that_does_not_exist_is_refused_by_its_name(live):
    run_id = submit(live, "1")
    for value, words in (
        ({"kind": "explode"}, "$.kind: must be one of cancel, interrupt, kill, pause, resume, not 'explode'"),
        ({}, "'kind' is missing"),
        ({"kind": "cancel", "force": True}, "unknown key 'force'"),
    ):
        answer = live.post(f"runt/api/runs/{run_id}/signals", json=value)
        assert answer.status == 400
        assert words in answer.json()["message"]
    live.ended(run_id)


def test_a_rerun_of_a_run_that_ended_runs_again(live):
    first = submit(live, "print('once more')")
    live.ended(first)
    second = live.post(f"runt/api/runs/{first}/rerun").json()["run_id"]
    assert live.ended(second) == ("succeeded", None)
    shown = live.get(f"runt/api/runs/{second}").json()
    assert (shown["parent_run"], "".join(shown["cells"][0]["outputs"][0]["text"])) == (first, "once more\n")


def test_a_worker_that_cannot_be_started_is_told_in_the_log_and_the_run_waits():
    with serving() as live:
        log_path(live.store).mkdir()
        answer = live.post("runt/api/runs", json={"notebook": "cells:\n- source: print()\n"})
        assert answer.status == 201
        until(lambda: "no worker could be started" in live.log.read_text(), "the server says so")
        assert live.store.run(answer.json()["run_id"]).status == "queued"
        log_path(live.store).rmdir()
        live.worker()
        assert live.ended(answer.json()["run_id"]) == ("succeeded", None)


def test_a_resume_right_after_a_pause_is_the_last_word(live):
    live.worker()
    run_id = submit(live, "import time\nfor _ in range(3): time.sleep(0.05)")
    for _ in range(10):  # whether the worker has heeded the pause by then or not
        for kind in ("pause", "resume"):
            answer = live.post(f"runt/api/runs/{run_id}/signals", json={"kind": kind})
            assert answer.status == 202 or "has ended" in answer.text, answer.text
    assert live.ended(run_id) == ("succeeded", None)


def test_pauses_and_resumes_are_heeded_in_their_order():
    with serving(start_worker=False) as live:
        run_id = live.submit("1", "2")
        kinds = ("pause", "resume", "pause")
        assert [live.post(f"runt/api/runs/{run_id}/signals", json={"kind": kind}).status for kind in kinds] == [202] * 3
        assert live.post(f"runt/api/runs/{run_id}/signals", json={"kind": "pause"}).status == 409
        live.worker()
        until(lambda: live.client.state(run_id).paused and not live.store.signals(run_id), "the run is paused")
        assert live.post(f"runt/api/runs/{run_id}/signals", json={"kind": "resume"}).status == 202
        assert live.ended(run_id) == ("succeeded", None)
