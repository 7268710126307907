"""Monitors over REST, while real runs record what they find."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.server.live import LiveServer, serving
from tests.server.test_runs import live_status

SOURCE = """\
from jupyter_runt.monitoring import Health
health = Health({name!r}, subject="here")
health.check("disk", {value}, warn=80, critical=95, unit="%")
health.record()
"""
ODD = "disk/äöü %2F ?&#.."


def recorded(live: LiveServer, value: object, *more: str, name: str = "disk-check") -> str:
    run_id = live.submit(SOURCE.format(name=name, value=value), *more, input="wait")
    if not more:
        assert live.ended(run_id) == ("succeeded", None)
    return run_id


def listed(live: LiveServer) -> dict[str, dict[str, Any]]:
    return {each["monitor"]: each for each in live.get("runt/api/monitors").json()["monitors"]}


def test_there_are_none_at_first():
    with serving(start_worker=False) as live:
        assert live.get("runt/api/monitors").json() == {"monitors": []}
        answer = live.get("runt/api/monitors/disk-check")
        assert answer.status == 404
        assert "No run has recorded health yet" in answer.json()["remedy"]


def test_a_monitor_is_listed_and_its_history_told(live: LiveServer):
    live.worker()
    runs = [recorded(live, value) for value in (50, 97, 85)]
    found = listed(live)["disk-check"]
    assert (found["status"], found["score"], found["run_id"]) == ("WARNING", 50, runs[-1])
    assert [(each["status"], each["run_id"]) for each in found["recent"]] == [
        ("HEALTHY", runs[0]), ("CRITICAL", runs[1]), ("WARNING", runs[2]),
    ]  # fmt: skip
    (history,) = live.get("runt/api/monitors/disk-check").json()["subjects"]
    assert {key: history[key] for key in found} == found
    assert history["points"] == found["recent"]
    assert [each["message"] for each in history["failed"]] == ["disk is 85 %, above 80 %"]
    query = f"since={quote(history['points'][1]['at'])}&until={quote(history['points'][2]['at'])}&limit=5&subject=here"
    (part,) = live.get(f"runt/api/monitors/disk-check?{query}").json()["subjects"]
    assert part["points"] == history["points"][1:2]
    (last,) = live.get("runt/api/monitors/disk-check?limit=1").json()["subjects"]
    assert last["points"] == history["points"][2:]


def test_what_a_run_has_recorded_counts_before_it_ends(live: LiveServer):
    live.worker()
    run_id = recorded(live, 50, "print('recorded'); input()", name="early")
    live_status(live, run_id, "waiting")
    assert listed(live)["early"]["run_id"] == run_id
    live.client.signal(run_id, "cancel")
    live.ended(run_id)


@pytest.mark.parametrize("name", [ODD, "..", "a" * 200])
def test_a_monitor_may_have_any_name(live: LiveServer, name):
    live.worker()
    run_id = recorded(live, 50, name=name)
    (found,) = live.get(f"runt/api/monitors/{quote(name, safe='').replace('.', '%2E')}").json()["subjects"]
    assert found["run_id"] == run_id


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("monitors/disk-check?limit=0", 400),
        ("monitors/disk-check?limit=10001", 400),
        ("monitors/disk-check?since=yesterday", 400),
        ("monitors/disk-check?subjct=here", 400),
        ("monitors/disk-check?subject=nobody", 404),
        ("monitors/nope", 404),
    ],
)
def test_what_cannot_be_answered_is_an_error_of_the_client(live: LiveServer, path, status):
    answer = live.get(f"runt/api/{path}")
    assert answer.status == status
    assert answer.json()["message"]
