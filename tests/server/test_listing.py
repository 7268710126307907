"""The list of runs as it changes, over one WebSocket."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.server.following import message, socket
from tests.server.live import PATIENCE, LiveServer

PATH = "runt/api/follow"


def until(opened: Any, done: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Messages up to the one that is `done`."""
    found: list[dict[str, Any]] = []
    while not (found and done(found[-1])):
        found.append(message(opened))
    return found


def statuses(messages: list[dict[str, Any]], run_id: str) -> list[str]:
    return [row["status"] for told in messages for row in told["runs"] if row["run_id"] == run_id]


def test_who_opens_the_list_sees_it_whole_and_then_its_changes(live: LiveServer):
    before = live.submit("input()", input="wait")
    with socket(live, PATH) as opened:
        snapshot = message(opened)
        assert snapshot["type"] == "snapshot"
        assert before in [row["run_id"] for row in snapshot["runs"]]
        assert snapshot["counts"]["queued"] >= 1
        live.worker()
        run_id = live.submit("1")
        told = until(opened, lambda each: "succeeded" in statuses([each], run_id))
        assert all(each["type"] == "changes" for each in told)
        assert any(each.get("workers") for each in told), "nobody told of the worker"
        assert told[-1]["counts"]["succeeded"] >= 1
        rows = [row for each in told for row in each["runs"] if row["run_id"] == run_id]
        assert rows[-1]["cells_done"] == rows[-1]["cells_total"] == 1
        live.client.signal(before, "cancel")
        until(opened, lambda each: "cancelled" in statuses([each], before))
        live.client.delete(run_id)
        assert until(opened, lambda each: run_id in each["removed"])[-1]["runs"] == []


def test_the_same_rows_as_the_list_shows(live: LiveServer):
    live.worker()
    run_id = live.submit("1", labels={"team": "ops"})
    live.ended(run_id)
    with socket(live, PATH) as opened:
        (row,) = [row for row in message(opened)["runs"] if row["run_id"] == run_id]
    (listed,) = [row for row in live.get("runt/api/runs").json()["runs"] if row["run_id"] == run_id]
    assert {**listed, "seq": 0} == row


def test_two_who_watch_see_the_same_and_one_that_sends_disturbs_nobody(live: LiveServer):
    live.worker()
    with socket(live, PATH) as first, socket(live, PATH) as second:
        message(first), message(second)
        second.send("[" * 1000)
        run_id = live.submit("1")
        seen = [until(each, lambda told: "succeeded" in statuses([told], run_id))[-1] for each in (first, second)]
    assert seen[0] == seen[1]


def test_a_restarted_server_shows_the_list_anew(live: LiveServer):
    run_id = live.submit("input()", input="wait")
    live.kill()
    live.start()
    with socket(live, PATH) as opened:
        assert run_id in [row["run_id"] for row in message(opened)["runs"]]
        live.client.signal(run_id, "cancel")
        until(opened, lambda told: "cancelled" in statuses([told], run_id))


def test_nothing_is_sent_while_nothing_changes(live: LiveServer):
    with socket(live, PATH) as opened:
        message(opened)
        run_id = live.submit("input()", input="wait")
        until(opened, lambda told: bool(statuses([told], run_id)))
        # Reading rings nobody; the next thing that is heard is the next change.
        assert live.get("runt/api/status").status == 200
        live.client.signal(run_id, "cancel")
        told = json.loads(opened.recv(PATIENCE))
        assert statuses([told], run_id)
