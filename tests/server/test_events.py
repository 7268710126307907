"""A run's events as JSON pages, and as server-sent events to clients that are not ours."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.server.crowd import printed
from tests.server.following import curl, seqs, server_sent
from tests.server.live import LiveServer

STREAM = {"Accept": "text/event-stream"}
LINES = "import time\nfor number in range(30):\n    print(number, flush=True)\n    time.sleep(0.01)"


def pages(live: LiveServer, run_id: str, query: str = "") -> list[dict[str, Any]]:
    found, after = [], 0
    while True:
        page = live.get(f"runt/api/runs/{run_id}/events?after={after}{query}").json()
        found.append(page)
        if page["seq"] >= page["head"]:
            return found
        after = page["seq"]


def test_pages_follow_each_other_to_the_head(live: LiveServer):
    live.worker()
    run_id = live.submit(LINES)
    live.ended(run_id)
    whole = live.get(f"runt/api/runs/{run_id}/events").json()
    assert whole["run_id"] == run_id
    assert whole["ended"]
    assert seqs(whole["events"]) == list(range(1, whole["head"] + 1))
    small = pages(live, run_id, "&limit=5")
    assert len(small) > 2
    assert [event for page in small for event in page["events"]] == whole["events"]
    behind = live.get(f"runt/api/runs/{run_id}/events?after=100000").json()
    assert (behind["events"], behind["seq"]) == ([], whole["head"])


def test_values_are_put_back_on_request_and_pages_stay_small(live: LiveServer):
    live.worker()
    run_id = live.submit("for _ in range(20): print('x' * 200_000)")
    live.ended(run_id)
    inline = pages(live, run_id, "&inline=true")
    assert len(inline) > 3
    assert "".join(printed(page["events"]) for page in inline) == ("x" * 200_000 + "\n") * 20


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=-3", "inline=maybe"])
def test_a_bad_query_names_the_parameter(live: LiveServer, query):
    run_id = live.submit("input()", input="wait")
    answer = live.get(f"runt/api/runs/{run_id}/events?{query}")
    assert answer.status == 400
    assert query.split("=")[0] in answer.text
    live.client.signal(run_id, "cancel")


def test_curl_sees_a_run_live_to_its_end(live: LiveServer):
    live.worker()
    run_id = live.submit(LINES)
    sent = server_sent(curl(live, f"runt/api/runs/{run_id}/events", "-H", "Accept: text/event-stream"))
    *events, end = sent
    assert [int(each["id"]) for each in events] == list(range(1, len(events) + 1))
    assert printed([json.loads(each["data"]) for each in events]) == "".join(f"{number}\n" for number in range(30))
    assert end["event"] == "end"
    assert json.loads(end["data"]) == {"seq": len(events), "status": "succeeded", "reason": None}


def test_a_stream_resumes_by_its_last_id_and_a_seen_end_needs_no_other_connection(live: LiveServer):
    live.worker()
    run_id = live.submit(LINES)
    live.ended(run_id)
    path, head = f"runt/api/runs/{run_id}/events", live.store.run(run_id).seq
    rest = server_sent(curl(live, f"{path}?after=1", "-H", "Accept: text/event-stream", "-H", "Last-Event-ID: 4"))
    assert [int(each["id"]) for each in rest[:-1]] == list(range(5, head + 1))
    answer = live.get(path, headers={**STREAM, "Last-Event-ID": str(head)})
    assert (answer.status, answer.body) == (204, b"")


def test_a_stream_is_no_page_that_somebody_may_keep(live: LiveServer):
    live.worker()
    run_id = live.submit("1")
    live.ended(run_id)
    answer = live.get(f"runt/api/runs/{run_id}/events", headers=STREAM)
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert live.get("runt/api/runs/nosuch/events", headers=STREAM).json()["error"] == "run_not_found"


@pytest.mark.parametrize("end", ["ended", "stopped"])
def test_a_stream_ends_in_order_when_its_run_ends_or_its_server_stops(live: LiveServer, end):
    live.worker()
    run_id = live.submit("import os\nfor _ in range(300): print(os.urandom(4_000).hex())\ninput()", input="wait")
    address, header = f"{live.url}runt/api/runs/{run_id}/events?inline=true", f"Authorization: token {live.token}"
    command = ["curl", "-sN", "--max-time", "30", "-H", header, "-H", "Accept: text/event-stream", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while b"input.requested" not in process.stdout.readline():
            pass
        if end == "stopped":
            live.stop()
        else:
            live.client.signal(run_id, "cancel")
            live.ended(run_id)
        rest = process.stdout.read()
        assert process.wait(30) == 0
    assert (b"event: end" in rest) == (end == "ended")
    if end == "stopped":
        live.start()
        live.client.signal(run_id, "cancel")
