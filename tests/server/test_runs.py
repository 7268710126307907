"""The list of runs, and one run: looked at, pinned, removed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_runt.client.rows import row_json
from jupyter_runt.events.codec import iso
from jupyter_runt.store.base import RunFilter
from tests.server.live import LiveServer

SERVER = {"start_worker": False}


@pytest.fixture
def worker(live: LiveServer):
    process = live.worker()
    yield process
    process.terminate()
    process.wait()


def listed(live: LiveServer, query: str = "") -> list[str]:
    answer = live.get(f"runt/api/runs?{query}")
    assert answer.status == 200, answer.text
    return [row["run_id"] for row in answer.json()["runs"]]


def test_a_list_shows_the_rows_of_the_store_newest_first(live):
    made = [live.submit("1", labels={"test": "rows"}) for _ in range(3)]
    answer = live.get("runt/api/runs?label=test=rows").json()
    rows = live.store.runs(RunFilter(labels={"test": "rows"}))
    assert answer == {"runs": json.loads(json.dumps([row_json(row) for row in rows])), "next": None}
    assert [row["run_id"] for row in answer["runs"]] == made[::-1]


def test_pages_follow_each_other_without_a_gap(live):
    made = [live.submit("1", labels={"test": "pages"}) for _ in range(5)]
    found: list[str] = []
    query = "label=test=pages&limit=2"
    before: str | None = ""
    sizes = []
    while before is not None:
        page = live.get(f"runt/api/runs?{query}" + (f"&before={before}" if before else "")).json()
        found += [row["run_id"] for row in page["runs"]]
        sizes.append(len(page["runs"]))
        before = page["next"]
    assert (found, sizes) == (made[::-1], [2, 2, 1])
    # A page that is exactly full is the last one when nothing is behind it.
    assert live.get("runt/api/runs?label=test=pages&limit=5").json()["next"] is None


def test_filters_go_together(live):
    a = live.submit("1", name="alpha.yml", labels={"team": "red", "n": "1"})
    b = live.submit("1", name="beta.yml", labels={"team": "red", "n": "2"})
    live.client.signal(b, "cancel")
    live.store.pin(a, True)
    moment = iso(live.store.run(a).submitted_at)
    assert listed(live, "label=team=red") == [b, a]
    assert listed(live, "label=team=red&label=n=1") == [a]
    assert listed(live, "label=team=red&status=cancelled&status=failed") == [b]
    assert listed(live, "label=team=red&pinned=true") == [a]
    assert listed(live, "label=team=red&notebook=ALPHA") == [a]
    assert listed(live, "label=n=1&label=n=2") == listed(live, "notebook=RED") == []
    assert listed(live, "label=n=2&text=RED") == [b]
    assert listed(live, f"text={a[-6:]}") == [a]
    assert listed(live, f"id={a}") == [a]
    assert listed(live, f"label=team=red&since={moment}") == [b, a]
    assert listed(live, f"label=team=red&until={moment}") == []
    assert listed(live, "label=team=red&since=2999-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("limit=0", 400, "?limit: must be 1 or more"),
        ("limit=x&status=y", 400, "?status: must be one of queued"),
        ("before=nosuchrun", 404, "There is no run nosuchrun."),
        ("text=%ff", 400, "?text: is no UTF-8"),
        ("before=%00", 400, "?before: '\\x00'"),
        ("limit=" + "9" * 1000, 400, "?limit: must be a whole number"),
    ],
)
def test_a_wrong_filter_is_told_by_its_name(live, query, status, words):
    answer = live.get(f"runt/api/runs?{query}")
    assert answer.status == status
    assert words in answer.json()["message"]


def test_an_ended_run_is_shown_with_its_outputs_and_addresses(live, worker):
    run_id = live.submit("print('hello')\n1 + 1", labels={"a": "b"})
    assert live.ended(run_id) == ("succeeded", None)
    shown = live.get(f"runt/api/runs/{run_id}").json()
    outputs = shown["cells"][0]["outputs"]
    assert (shown["status"], shown["labels"], shown["pinned"], shown["via"]) == ("succeeded", {"a": "b"}, False, "")
    assert "".join(outputs[0]["text"]) == "hello\n"
    assert outputs[1]["data"]["text/plain"] == "2"
    assert shown["urls"]["self"] == f"/runt/api/runs/{run_id}"
    assert "why_queued" not in shown
    local = live.client.show(run_id)
    assert shown == {**local, "urls": shown["urls"]}


def test_a_run_that_waits_says_for_what(live):
    run_id = live.submit("1")
    shown = live.get(f"runt/api/runs/{run_id}").json()
    assert "no worker lives" in shown["why_queued"]


def test_a_run_that_is_not_there_is_404_everywhere(live):
    for method, path, value in (
        ("GET", "", None), ("PATCH", "", {"pinned": True}), ("DELETE", "", None), ("POST", "/rerun", {}),
        ("POST", "/signals", {"kind": "cancel"}), ("POST", "/inputs/x", {"text": ""}),
    ):  # fmt: skip
        answer = live.request(method, f"runt/api/runs/nosuchrun{path}", json=value)
        assert (answer.status, answer.json()["error"]) == (404, "run_not_found"), (method, path)
        assert "nosuchrun" in answer.json()["message"]


@pytest.mark.parametrize("name", ["%00", "..%2f..", "-x", "x" * 33, "a%0ab", "%ff", "%F0%9F%98%80", ".", "a b"])
def test_a_name_that_no_run_can_have_is_404_as_json(live, name):
    for method in ("GET", "DELETE"):
        answer = live.request(method, f"runt/api/runs/{name.replace(' ', '%20')}")
        assert answer.status == 404, answer.text
        assert answer.json()["error"] == "not_found"


def test_what_is_not_there_is_404_as_json_and_what_cannot_be_asked_is_405(live):
    for path in ("runt/api", "runt/api/", "runt/api/nope", "runt/api/runs/x/y/z"):
        answer = live.get(path)
        assert (answer.status, answer.json()["error"]) == (404, "not_found"), path
        assert "openapi.yaml" in answer.json()["remedy"]
    refused = live.request("PUT", "runt/api/runs")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, POST, OPTIONS")
    assert refused.json()["error"] == "method_not_allowed"


def test_a_pinned_run_is_removed_only_by_force(live):
    run_id = live.submit("1")
    live.client.signal(run_id, "cancel")
    place = f"runt/api/runs/{run_id}"
    assert live.patch(place, json={"pinned": True}).json()["pinned"] is True
    assert live.get(place).json()["pinned"] is True
    refused = live.delete(place)
    assert (refused.status, refused.json()["error"]) == (409, "refused")
    assert refused.json()["message"] == f"The run {run_id} is pinned."
    assert live.patch(place, json={}).json()["pinned"] is True
    assert live.patch(place, json={"pinned": "yes"}).status == 400
    gone = live.delete(f"{place}?force=true")
    assert (gone.status, gone.body) == (204, b"")
    assert live.get(place).status == live.delete(place).status == 404


def test_an_open_run_is_not_removed(live):
    run_id = live.submit("1")
    answer = live.delete(f"runt/api/runs/{run_id}?force=true")
    assert (answer.status, answer.json()["error"]) == (409, "refused")
    assert live.store.run(run_id).status == "queued"


def test_workers_are_listed_with_what_they_drive(live, worker):
    run_id = live.submit("input()", input="wait")
    live_status(live, run_id, "waiting")
    (shown,) = [each for each in live.get("runt/api/workers").json()["workers"] if each["alive"]]
    assert (shown["pid"], shown["draining"], shown["exclusive"]) == (worker.pid, False, False)
    assert run_id in shown["runs"]
    live.client.signal(run_id, "kill")
    live.ended(run_id)


def test_the_document_is_served_as_it_is_and_as_json(live):
    from jupyter_runt.server.contract import DOCUMENT, contract

    answer = live.get("runt/api/openapi.yaml")
    assert answer.headers["Content-Type"].startswith("application/yaml")
    assert answer.body == DOCUMENT.read_bytes()
    assert live.get("runt/api/openapi.json").json() == contract().document


def live_status(live: LiveServer, run_id: str, status: str) -> Any:
    """The run's row once it has that status."""
    listener = live.store.listen()
    try:
        while (row := live.store.run(run_id)).status != status:
            assert not row.ended, row
            assert listener.wait(30.0), row
        return row
    finally:
        listener.close()
