"""Following over a WebSocket: replay, then live, then the end; and what followers ask."""

from __future__ import annotations

import http.client
import os
import socket as tcp
import struct

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.cli.runt import until
from tests.server.crowd import printed
from tests.server.following import answer, asked, events_until, following, message, seqs, socket, to_the_end
from tests.server.live import HOST, LiveServer, serving

LINES = "import time\nfor number in range(40):\n    print(number, flush=True)\n    time.sleep(0.01)"
NUMBERS = "".join(f"{number}\n" for number in range(40))

WAITS = "input()"

READ_ONLY = """\
from jupyter_server.auth import Authorizer
class ReadOnly(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return action == "read"
c.ServerApp.authorizer_class = ReadOnly
"""


def test_a_follower_sees_everything_once_and_then_the_end(live: LiveServer):
    live.worker()
    run_id = live.submit(LINES)
    with following(live, run_id) as opened:
        events, code, reason = to_the_end(opened)
    assert seqs(events) == list(range(1, len(events) + 1))
    assert printed(events) == NUMBERS
    assert events[-1]["type"] == "run.finished"
    assert (code, reason) == (1000, "ended")


def test_a_follower_resumes_behind_its_cursor(live: LiveServer):
    live.worker()
    run_id = live.submit(LINES)
    with following(live, run_id) as opened:
        first = events_until(opened, "stream.appended")
    with following(live, run_id, first[-1]["seq"]) as opened:
        rest, _, _ = to_the_end(opened)
    assert seqs(first + rest) == list(range(1, len(first) + len(rest) + 1))
    assert printed(first + rest) == NUMBERS


def test_who_has_seen_it_all_is_let_go_at_once(live: LiveServer):
    live.worker()
    run_id = live.submit("1")
    live.ended(run_id)
    for after in (live.store.run(run_id).seq, 2**40):
        with following(live, run_id, after) as opened:
            assert to_the_end(opened) == ([], 1000, "ended")


def test_large_values_are_references_unless_they_are_asked_for(live: LiveServer):
    live.worker()
    run_id = live.submit("print('x' * 50_000)")
    with following(live, run_id) as opened:
        referred, _, _ = to_the_end(opened)
    with following(live, run_id, query="&inline=true") as opened:
        whole, _, _ = to_the_end(opened)
    outputs = [
        [e["data"]["output"]["text"] for e in events if e["type"] == "output.added"] for events in (referred, whole)
    ]
    assert outputs[0][0]["size"] == len(outputs[1][0]) == 50_001
    assert live.store.blob(outputs[0][0]["$blob"]).decode() == outputs[1][0]


def test_an_input_is_answered_through_the_socket_and_the_first_reply_wins(live: LiveServer):
    live.worker()
    run_id = live.submit("print('hello', input('Name? '))", input="wait")
    with following(live, run_id) as opened, following(live, run_id) as other:
        question = events_until(opened, "input.requested")[-1]["data"]
        reply = {"type": "reply", "input_id": question["input_id"], "text": "Ada"}
        assert asked(opened, **reply)["ok"]
        late = asked(other, **reply)
        assert not late["ok"]
        assert late["error"]["error"] == "refused"
        events, _, _ = to_the_end(opened)
    assert printed(events) == "hello Ada\n"
    assert "Ada" not in str([event for event in events if event["type"].startswith("input.")])


def test_a_signal_through_the_socket_is_heeded_and_refused_with_the_reason_after_the_end(live: LiveServer):
    live.worker()
    run_id = live.submit("import time; print('begun', flush=True); time.sleep(600)")
    with following(live, run_id) as opened:
        events_until(opened, "output.added")
        assert asked(opened, type="signal", kind="cancel") == {"type": "answer", "id": 7, "ok": True}
        events, code, _ = to_the_end(opened)
    assert events[-1]["data"]["status"] == "cancelled"
    assert code == 1000
    handled = [event["data"] for event in events if event["type"] == "signal.handled"]
    assert handled
    assert live.ended(run_id) == ("cancelled", "cancelled_by_user")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("[]", "neither a signal nor a reply"),
        ('{"type": []}', "neither a signal nor a reply"),
        ('{"type": "dance"}', "neither a signal nor a reply"),
        ('{"type": "signal"}', "'kind'"),
        ('{"type": "signal", "id": 8, "kind": 3}', "'kind'"),
        ('{"type": "signal", "kind": "dance"}', "dance"),
        ('{"type": "reply", "text": "x", "input_id": {}}', "'input_id'"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_nonsense_is_answered_and_the_socket_stays_open(live: LiveServer, text, words):
    run_id = live.submit(WAITS, input="wait")
    with following(live, run_id) as opened:
        events_until(opened, "run.submitted")
        opened.send(text)
        found = answer(opened)
        assert not found["ok"]
        assert words in found["error"]["message"]
        assert found["id"] == (8 if '"id": 8' in text else None)
        assert asked(opened, type="signal", kind="cancel")["ok"]
        assert to_the_end(opened)[1] == 1000


def test_a_run_that_is_removed_lets_its_followers_go(live: LiveServer):
    live.worker()
    # A log of more than one frame, and a follower that has not read it yet.
    run_id = live.submit("import os\nfor _ in range(200): print(os.urandom(4_000).hex())")
    live.ended(run_id)
    with following(live, run_id, query="&inline=true") as opened:
        live.client.delete(run_id)
        _, code, reason = to_the_end(opened)
    assert (code, reason) in {(4404, "removed"), (1000, "ended")}
    with pytest.raises(InvalidStatus) as refused, following(live, run_id):
        pass
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=1e3", "after=99999999999999999999", "inline=perhaps"])
def test_a_bad_query_is_refused_before_the_upgrade(live: LiveServer, query):
    run_id = live.submit(WAITS, input="wait")
    with pytest.raises(InvalidStatus) as refused, socket(live, f"runt/api/runs/{run_id}/follow?{query}"):
        pass
    assert refused.value.response.status_code == 400
    assert query.split("=")[0] in refused.value.response.body.decode()
    live.client.signal(run_id, "cancel")


def test_only_who_is_known_and_comes_from_here_may_follow(live: LiveServer):
    run_id = live.submit(WAITS, input="wait")
    live.client.signal(run_id, "cancel")
    for path in (f"runt/api/runs/{run_id}/follow", "runt/api/follow"):
        for headers in ({}, {"Authorization": "token wrong"}):
            with pytest.raises(InvalidStatus) as refused, socket(live, path, additional_headers=headers):
                pass
            assert refused.value.response.status_code == 403
    cookie = logged_in(live)
    ours, theirs = live.url.rstrip("/"), "http://elsewhere.example"
    with socket(live, path, additional_headers={"Cookie": cookie}, origin=ours) as opened:
        assert message(opened)["type"] == "snapshot"
    with (
        pytest.raises(InvalidStatus) as refused,
        socket(live, path, additional_headers={"Cookie": cookie}, origin=theirs),
    ):
        pass
    assert refused.value.response.status_code == 403


def logged_in(live: LiveServer) -> str:
    """The cookies of a browser that has given the token once."""
    answer = live.get("runt/api/status")
    return "; ".join(each.split(";")[0] for each in answer.headers.get_all("Set-Cookie", []))


def test_who_may_only_look_follows_but_steers_nothing():
    with serving(code=READ_ONLY, start_worker=False) as live:
        run_id = live.submit("1")
        with following(live, run_id) as opened:
            events_until(opened, "run.submitted")
            answer = asked(opened, type="signal", kind="cancel")
            assert answer["error"]["error"] == "forbidden"
        assert live.store.run(run_id).status == "queued"
        live.client.signal(run_id, "cancel")


def test_a_stopping_server_says_so_to_its_followers(live: LiveServer):
    run_id = live.submit(WAITS, input="wait")
    with following(live, run_id) as opened:
        events_until(opened, "run.submitted")
        live.stop()
        with pytest.raises(ConnectionClosed) as closed:
            message(opened)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    live.start()
    live.client.signal(run_id, "cancel")


def test_followers_leave_no_file_open_in_the_server(live: LiveServer):
    run_id = live.submit(WAITS, input="wait")
    assert live.process is not None
    folder = f"/proc/{live.process.pid}/fd"

    def open_files() -> int:
        return len(os.listdir(folder))

    with following(live, run_id) as opened:
        events_until(opened, "run.submitted")
        one = open_files()
    for _ in range(30):
        with following(live, run_id) as opened:
            events_until(opened, "run.submitted")
    with following(live, run_id) as opened:
        events_until(opened, "run.submitted")
        assert open_files() <= one + 2
    live.client.signal(run_id, "cancel")


def test_who_hangs_up_before_the_answer_is_no_follower(live: LiveServer):
    run_id = live.submit(WAITS, input="wait")
    request = (
        f"GET /runt/api/runs/{run_id}/follow HTTP/1.1\r\nHost: {HOST}:{live.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: token {live.token}\r\n\r\n"
    ).encode()
    for _ in range(200):
        with tcp.create_connection((HOST, live.port)) as hasty:
            hasty.setsockopt(tcp.SOL_SOCKET, tcp.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            hasty.sendall(request)
    until(lambda: "jupyter_runt_followers 0.0" in live.get("metrics").text, "nobody follows")
    live.client.signal(run_id, "cancel")


def test_a_plain_request_to_a_socket_is_told_what_is_missing(live: LiveServer):
    run_id = live.submit(WAITS, input="wait")
    live.client.signal(run_id, "cancel")
    answer = live.get(f"runt/api/runs/{run_id}/follow")
    assert answer.status == http.client.BAD_REQUEST
    assert answer.json()["error"] == "usage_error"
    assert "events" in answer.json()["remedy"]
