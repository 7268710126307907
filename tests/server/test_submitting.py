"""Notebooks become runs: by path, by text, as an object, by a template's name, and again."""

from __future__ import annotations

import json
import os
import subprocess
from http.client import HTTPMessage
from typing import Any

import pytest

from tests.server.live import Answer, LiveServer, serving

SERVER = {"start_worker": False}
TEXT = "metadata:\n  title: Daily\nparameters:\n  size: 1\ncells:\n- id: c1\n  source: print(size)\n"
IPYNB: dict[str, Any] = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "cells": [
        {"id": "a", "cell_type": "code", "source": "1 + 1", "metadata": {}, "outputs": [], "execution_count": None}
    ],
}


def submitted(live: LiveServer, answer: Answer) -> dict[str, Any]:
    """What the run's first event records."""
    assert answer.status == 201, answer.text
    (event,) = live.store.read(answer.json()["run_id"], 0, 1)
    return dict(event.data)


def sources(data: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in data["notebook"]["cells"] if cell["id"] != data["parameters_cell"]]


def test_a_new_run_is_told_with_its_addresses(live):
    answer = live.post("runt/api/runs", json={"notebook": TEXT})
    told = answer.json()
    own = f"/runt/api/runs/{told['run_id']}"
    assert answer.status == 201
    assert answer.headers["Location"] == told["urls"]["self"] == own
    assert (told["status"], told["created"], told["warnings"]) == ("queued", True, [])
    assert told["urls"] == {
        "self": own, "events": f"{own}/events", "follow": f"{own}/follow", "notebook": f"{own}/notebook",
        "page": f"/runt/runs/{told['run_id']}",
    }  # fmt: skip
    assert live.get(told["urls"]["self"]).json()["status"] == "queued"


def test_a_text_runs_under_the_name_that_comes_with_it_in_the_root_folder(live):
    data = submitted(live, live.post("runt/api/runs", json={"notebook": TEXT, "name": "daily.yml"}))
    assert (data["name"], data["title"], data["path"]) == ("daily.yml", "Daily", "")
    assert data["runtime"]["cwd"] == str(live.root.resolve())
    assert sources(data) == ["print(size)"]


def test_a_text_is_read_as_what_its_name_says(live):
    data = submitted(live, live.post("runt/api/runs", json={"notebook": json.dumps(IPYNB), "name": "n.ipynb"}))
    assert (data["name"], sources(data)) == ("n.ipynb", ["1 + 1"])
    answer = live.post("runt/api/runs", json={"notebook": TEXT, "name": "n.ipynb"})
    assert answer.status == 422


def test_an_object_is_an_ipynb_notebook(live):
    data = submitted(live, live.post("runt/api/runs", json={"notebook": IPYNB}))
    assert (data["name"], sources(data)) == ("notebook.ipynb", ["1 + 1"])


@pytest.mark.parametrize("path", ["reports/daily.yml", "/reports/daily.yml"])
def test_a_path_is_one_of_the_file_browser_and_its_folder_is_where_the_kernel_works(live, path):
    file = live.write("reports/daily.yml", TEXT)
    data = submitted(live, live.post("runt/api/runs", json={"path": path}))
    assert (data["name"], data["path"]) == ("daily.yml", str(file))
    assert data["runtime"]["cwd"] == str(file.parent.resolve())


def test_the_kernel_works_where_it_is_told_to(live):
    live.write("reports/daily.yml", TEXT)
    live.write("data/x.csv", "")
    below = submitted(live, live.post("runt/api/runs", json={"path": "reports/daily.yml", "cwd": "data"}))
    absolute = submitted(live, live.post("runt/api/runs", json={"notebook": TEXT, "cwd": str(live.home)}))
    assert below["runtime"]["cwd"] == str((live.root / "data").resolve())
    assert absolute["runtime"]["cwd"] == str(live.home.resolve())


# As those that keep files in a database or in the cloud: asynchronous, and with nothing on this machine's disk.
ELSEWHERE = """
from jupyter_server.services.contents.manager import AsyncContentsManager
from tornado.web import HTTPError

class Elsewhere(AsyncContentsManager):
    async def get(self, path, content=True, type=None, format=None, **options):
        if path != "far/away.yml":
            raise HTTPError(404, "nothing at %s", path)
        assert (content, type, format) == (True, "file", "text")
        return {"name": "away.yml", "path": path, "type": "file", "format": "text", "content": "cells:\\n- source: print(1)\\n"}

c.ServerApp.contents_manager_class = Elsewhere
"""


def test_a_file_that_is_not_on_this_machine_runs_in_the_root_folder():
    with serving(start_worker=False, code=ELSEWHERE) as live:
        data = submitted(live, live.post("runt/api/runs", json={"path": "far/away.yml"}))
        assert (data["name"], data["path"], sources(data)) == ("away.yml", "far/away.yml", ["print(1)"])
        assert data["runtime"]["cwd"] == str(live.root.resolve())
        answer = live.post("runt/api/runs", json={"path": "far/100%.yml"})
        assert answer.json()["message"] == "There is no file 'far/100%.yml': nothing at far/100%.yml"


def test_a_template_runs_by_its_name(live):
    folder = live.home / "data" / "jupyter_runt" / "templates"
    names = [each["name"] for each in live.get("runt/api/templates").json()["templates"]]
    assert names, folder
    data = submitted(live, live.post("runt/api/runs", json={"template": names[0]}))
    assert data["name"].startswith(names[0])
    assert data["runtime"]["cwd"] == str(live.root.resolve())


def test_a_file_of_the_servers_folder_is_no_template(live):
    (live.home / "secret.yml").write_text(TEXT)  # the server's process works there
    answer = live.post("runt/api/runs", json={"template": "secret.yml"})
    assert (answer.status, answer.json()["error"]) == (404, "not_found")


def test_everything_that_a_run_can_be_told_is_recorded(live):
    (live.home / "vars.env").write_text("REGION=north\n")
    asked = {
        "notebook": TEXT, "parameters": {"size": 7}, "runtime": "python3", "priority": 5, "labels": {"team": "ops"},
        "run_id": "my-own-id", "env_file": str(live.home / "vars.env"),
        "policy": {"timeout": "10m", "cell_timeout": 30, "keep_going": True, "input": "wait", "answers": ["yes"]},
    }  # fmt: skip
    answer = live.post("runt/api/runs", json=asked)
    data = submitted(live, answer)
    assert answer.json()["run_id"] == "my-own-id"
    assert answer.json()["warnings"] == [
        "the answers are kept in the queue; a password is better given by `reply`, or to `execute`"
    ]
    assert (data["parameters"], data["labels"], data["priority"]) == ({"size": 7}, {"team": "ops"}, 5)
    assert data["env_file"] == str(live.home / "vars.env")
    policy = data["policy"]
    assert (policy["timeout"], policy["cell_timeout"], policy["stop_on_error"]) == (600.0, 30.0, False)
    assert (policy["input"]["policy"], policy["input"]["answers"]) == ("answer", ["yes"])
    row = live.store.run("my-own-id")
    assert (row.priority, dict(row.labels), row.name) == (5, {"team": "ops"}, "notebook.yml")


def test_an_idempotency_key_makes_one_run_of_two_requests(live):
    key = {"Idempotency-Key": "nightly 2026-11-20"}
    first = live.post("runt/api/runs", json={"notebook": TEXT}, headers=key)
    second = live.post("runt/api/runs", json={"notebook": TEXT}, headers=key)
    assert (first.status, second.status) == (201, 200)
    assert second.json() == {**first.json(), "created": False}
    assert live.post("runt/api/runs", json={"notebook": TEXT}, headers={"Idempotency-Key": "other"}).status == 201


def test_a_rerun_is_linked_to_its_run_and_takes_other_parameters(live):
    first = live.post("runt/api/runs", json={"notebook": TEXT, "parameters": {"size": 3}, "labels": {"a": "b"}}).json()
    answer = live.post(f"runt/api/runs/{first['run_id']}/rerun", json={"parameters": {"size": 4}, "priority": 2})
    data = submitted(live, answer)
    assert (data["parent_run"], data["parameters"], data["labels"]) == (first["run_id"], {"size": 4}, {"a": "b"})
    assert data["priority"] == 2
    assert sources(data) == ["print(size)"]
    assert submitted(live, live.post(f"runt/api/runs/{first['run_id']}/rerun"))["parameters"] == {"size": 3}


def test_a_rerun_knows_its_idempotency_key(live):
    first = live.post("runt/api/runs", json={"notebook": TEXT}).json()["run_id"]
    key = {"Idempotency-Key": "again"}
    answers = [live.post(f"runt/api/runs/{first}/rerun", json={}, headers=key) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 200]
    assert answers[0].json()["run_id"] == answers[1].json()["run_id"]


def test_what_this_release_cannot_do_is_left_out_when_asked_to(live):
    text = TEXT + "  when: size > 3\n"
    refused = live.post("runt/api/runs", json={"notebook": text})
    assert refused.status == 422
    answer = live.post("runt/api/runs", json={"notebook": text, "policy": {"skip_unsupported": True}})
    assert answer.status == 201
    assert "when" in answer.json()["warnings"][0]


def refusal(live: LiveServer, **asked: Any) -> tuple[int, str, str]:
    answer = live.post("runt/api/runs", json=asked)
    told = answer.json()
    assert told["message"]
    return answer.status, told["error"], told["message"] + " " + told["remedy"]


@pytest.mark.parametrize(
    ("asked", "status", "error", "words"),
    [
        ({"path": "no/such.yml"}, 404, "not_found", "There is no file 'no/such.yml'"),
        ({"path": "../outside.yml"}, 404, "not_found", "outside root"),
        ({"path": "."}, 422, "notebook_error", ".: cannot be read"),
        ({"path": "binary.ipynb"}, 422, "notebook_error", "not UTF-8"),
        ({"path": "x" * 4000}, 404, "not_found", "There is no file"),
        ({"path": "table.csv"}, 422, "notebook_error", "notebooks end in .yml"),
        ({"template": "nope"}, 404, "not_found", "There is no template 'nope'"),
        ({"template": "../../secret"}, 404, "not_found", "There is no template"),
        ({"notebook": ""}, 422, "notebook_error", "empty"),
        ({"notebook": TEXT, "runtime": "nope"}, 422, "runtime_unknown", "Known runtimes:"),
        ({"notebook": TEXT, "runtime": "../python3"}, 422, "runtime_unknown", "There is no runtime"),
        ({"notebook": TEXT, "runtime": "x" * 255}, 422, "runtime_unknown", "There is no runtime"),
        ({"notebook": TEXT, "cwd": "no/such/folder"}, 404, "not_found", "The server has no folder"),
        ({"notebook": TEXT, "parameters": {"sice": 1}}, 422, "parameter_error", "size"),
        ({"notebook": TEXT, "policy": {"timeout": "0s"}}, 400, "bad_request", "$.policy.timeout: must be a duration"),
        ({"notebook": TEXT, "run_id": "taken"}, 409, "refused", "There is a run taken already. Choose another id."),
        ({"notebook": {}}, 422, "notebook_error", "nbformat"),
        ({"notebook": {"nbformat": 4, "cells": [{"a": ["["] * 50}]}}, 422, "notebook_error", "cells[0]"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_with_the_reason(live, asked, status, error, words):
    live.write("binary.ipynb", b"\xff\xfe\x00")
    live.write("table.csv", "a,b\n")
    if asked.get("run_id") and not live.store.match("taken"):
        assert live.post("runt/api/runs", json=asked).status == 201
    before = live.store.counts()
    found = refusal(live, **asked)
    assert found[:2] == (status, error)
    assert words in found[2]
    assert live.store.counts() == before


def test_all_faults_of_a_notebook_come_at_once_with_their_places(live):
    text = "paramters: {}\ncells:\n- id: a\n  source: 1\n- id: a\n  source: print()\n  timeout: soon\n"
    answer = live.post("runt/api/runs", json={"notebook": text, "name": "daily.yml"})
    told = answer.json()
    assert (answer.status, told["error"]) == (422, "notebook_error")
    places = [(fault["path"], fault["line"], fault["column"]) for fault in told["details"]]
    assert places == [("daily.yml", 1, 1), ("daily.yml", 4, 11), ("daily.yml", 5, 7), ("daily.yml", 7, 12)]
    assert told["details"][0]["remedy"] == "did you mean 'parameters'?"


def test_a_reference_that_no_worker_can_resolve_is_refused_where_one_would_be_started():
    asked: dict[str, Any] = {"notebook": TEXT, "parameters": {"size": "${NO_SUCH_VARIABLE}"}}
    with serving() as live:
        assert refusal(live, notebook=TEXT, env_file="no.env")[:2] == (422, "parameter_error")
        live.write("vars.env", "NO_SUCH_VARIABLE=3\n")
        status, error, words = refusal(live, **asked)
        assert (status, error) == (422, "parameter_error")
        assert "No worker has ${NO_SUCH_VARIABLE} for the parameter 'size'" in words
        # Relative paths begin at the root folder.
        assert live.post("runt/api/runs", json={**asked, "env_file": "vars.env"}).status == 201
        # Nobody would start a worker for this one: who will take it, and with which variables, cannot be known.
        assert live.post("runt/api/runs", json={**asked, "start_worker": False}).status == 201


def test_a_literal_secret_is_refused_since_the_queue_would_keep_it(live):
    text = "parameters:\n  api_token: ''\ncells:\n- source: print()\n"
    status, error, words = refusal(live, notebook=text, parameters={"api_token": "hunter2"})
    assert (status, error) == (422, "parameter_error")
    assert "hunter2" not in words


def test_a_notebook_of_one_user_s_outputs_is_submitted_without_them(live):
    cell = {**IPYNB["cells"][0], "outputs": [{"output_type": "stream", "name": "stdout", "text": "old"}]}
    data = submitted(live, live.post("runt/api/runs", json={"notebook": {**IPYNB, "cells": [cell]}}))
    assert not data["notebook"]["cells"][0].get("outputs")
    assert os.path.isdir(data["runtime"]["cwd"])


def test_curl_needs_no_header_but_the_token(live):
    """`curl --data` says that every body is a form; other Jupyter servers take it for JSON all the same."""
    address, header = f"{live.url}runt/api/runs", f"Authorization: token {live.token}"
    body = json.dumps({"notebook": TEXT, "labels": {"from": "curl"}})
    shown = subprocess.run(
        ["curl", "-sS", "-H", header, "-d", body, address], capture_output=True, check=True, timeout=30
    )
    assert submitted(live, Answer(201, HTTPMessage(), shown.stdout))["labels"] == {"from": "curl"}
