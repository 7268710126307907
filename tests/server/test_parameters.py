"""What forms are made from: the parameters of a notebook, a template or an earlier run, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from tests.server.live import LiveServer

SERVER = {"start_worker": False}
NOTEBOOK = """\
metadata:
  title: Daily report
  description: What was sold
  runtime: python3
  timeout: 10m
  stop_on_error: false
  input: {policy: wait}
parameters:
  size: 10
  day: 2026-11-20
  share: 0.5
  regions: [north]
  anything: null
  api_token: ${API_TOKEN}
  password: hunter2
parameter_schema:
  size: {type: integer, minimum: 1, description: Rows to make}
  region: {enum: [north, south], x-required: true, x-hint: ours}
cells:
- source: print(size)
"""


def form(live: LiveServer, **body: Any) -> Any:
    answer = live.post("runt/api/parameters", json=body)
    assert answer.status == 200, answer.text
    return answer.json()


def test_a_file_tells_what_it_can_be_given_and_what_holds_when_nothing_is(live):
    live.write("reports/daily.yml", NOTEBOOK)
    told = form(live, path="reports/daily.yml")
    assert (told["name"], told["title"], told["description"]) == ("daily.yml", "Daily report", "What was sold")
    assert told["runtime"] == "python3"
    assert told["policy"] == {"timeout": 600.0, "cell_timeout": None, "keep_going": True, "input": "wait"}
    assert (told["problems"], told["labels"], told["starts_worker"]) == ([], {}, False)
    assert told["parameters"] == {
        "size": 10, "day": {"$date": "2026-11-20"}, "share": 0.5, "regions": ["north"], "anything": None,
        "api_token": "${API_TOKEN}", "password": "********", "region": None,
    }  # fmt: skip
    assert told["secrets"] == ["api_token", "password"]
    assert told["needs"] == ["password", "region"]


def test_the_schema_is_the_notebook_s_own_or_that_of_the_default(live):
    schema = form(live, notebook=NOTEBOOK)["schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"] == {
        "size": {"type": "integer", "minimum": 1, "description": "Rows to make"},
        "region": {"enum": ["north", "south"]},
        "day": {"type": "string", "format": "date"},
        "share": {"type": "number"},
        "regions": {"type": "array"},
        "anything": {},
        "api_token": {"type": "string"},
        "password": {"type": "string"},
    }
    assert (schema["required"], schema["additionalProperties"]) == (["region"], False)


def test_a_cell_of_parameters_is_read_without_being_run(live):
    source = "rows = 10\ntoken = 'a'\nnames = {'a', 'b'}\nraw = b'x'\nstarted = now()\nwhere: str = 'here'"
    cell = {"cell_type": "code", "id": "p", "source": source, "metadata": {"tags": ["parameters"]}, "outputs": []}
    told = form(live, notebook={"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    assert told["parameters"] == {
        "rows": 10,
        "token": "********",
        "names": None,
        "raw": None,
        "started": None,
        "where": "here",
    }
    assert told["schema"]["properties"]["rows"] == {"type": "integer"}
    assert (told["schema"]["additionalProperties"], told["needs"]) == (False, [])
    broken = {**cell, "source": "rows <- 10"}
    told = form(
        live,
        notebook={"nbformat": 4, "nbformat_minor": 5, "metadata": {"language_info": {"name": "R"}}, "cells": [broken]},
    )
    assert (told["parameters"], told["schema"]["additionalProperties"]) == ({}, True)


def test_a_template_tells_the_same_and_the_list_says_what_each_needs(live):
    live.runt.write("data/jupyter_runt/templates/daily.yml", NOTEBOOK + "  tags: [a]\n")
    live.runt.write("data/jupyter_runt/templates/tagged.yml", "metadata: {tags: [x, y]}\ncells: [{source: '1'}]\n")
    told = form(live, template="daily")
    assert (told["name"], told["title"], next(iter(told["parameters"]))) == ("daily.yml", "Daily report", "size")
    listed = {each["name"]: each for each in live.get("runt/api/templates").json()["templates"]}
    assert listed["daily"]["needs"] == ["password", "region"]
    assert listed["daily"]["parameters"] == list(told["parameters"])
    assert (listed["tagged"]["needs"], listed["tagged"]["tags"]) == ([], ["x", "y"])


def test_a_run_tells_what_it_was_given(live):
    asked = {
        "notebook": NOTEBOOK, "parameters": {"size": 3, "region": "south", "password": "${PASSWORD}"},
        "labels": {"team": "ops"}, "policy": {"timeout": 30, "keep_going": False},
    }  # fmt: skip
    run_id = live.post("runt/api/runs", json=asked).json()["run_id"]
    told = form(live, run_id=run_id)
    assert (told["parameters"]["size"], told["parameters"]["region"]) == (3, "south")
    assert told["parameters"]["day"] == {"$date": "2026-11-20"}
    assert (told["parameters"]["password"], told["parameters"]["api_token"]) == ("${PASSWORD}", "${API_TOKEN}")
    assert told["policy"] == {"timeout": 30.0, "cell_timeout": None, "keep_going": False, "input": "wait"}
    assert (told["labels"], told["runtime"]) == ({"team": "ops"}, "python3")
    assert told["schema"] == form(live, notebook=NOTEBOOK)["schema"]
    assert told["needs"] == []
    # What is sent back unchanged is taken, and what is false is said, not left out.
    again = live.post(f"runt/api/runs/{run_id}/rerun", json={"parameters": {"size": 4}, "policy": {"keep_going": True}})
    told = form(live, run_id=again.json()["run_id"])
    assert (told["parameters"]["size"], told["policy"]["keep_going"]) == (4, True)
    third = live.post(f"runt/api/runs/{again.json()['run_id']}/rerun", json={"policy": {"keep_going": False}}).json()
    assert form(live, run_id=third["run_id"])["policy"]["keep_going"] is False


def test_what_cannot_run_yet_is_a_problem_and_no_refusal(live):
    told = form(live, notebook="cells:\n- {source: '1', when: 'x > 1'}\n", name="n.yml")
    (problem,) = told["problems"]
    assert (problem["line"], "`when` is not supported yet" in problem["message"]) == (2, True)
    told = form(live, notebook="parameter_schema: {size: {type: sometimes}}\ncells: []\n")
    assert "parameter_schema.size" in told["problems"][0]["message"]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "bad_request"),
        ({"path": "a.yml", "template": "b"}, 400, "bad_request"),
        ({"path": "no-such.yml"}, 404, "not_found"),
        ({"template": "nope"}, 404, "not_found"),
        ({"run_id": "nosuchrun"}, 404, "run_not_found"),
        ({"notebook": "cells: 7"}, 422, "notebook_error"),
        ({"notebook": {"nbformat": 4, "cells": 7}}, 422, "notebook_error"),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_reason(live, body, status, error):
    answer = live.post("runt/api/parameters", json=body)
    assert (answer.status, answer.json()["error"]) == (status, error)


def test_a_refused_value_is_told_at_its_own_parameter(live):
    asked = {"size": 0, "share": "much", "sice": 1, "region": None}
    told = live.post("runt/api/runs", json={"notebook": NOTEBOOK, "parameters": asked}).json()
    assert [fault["path"] for fault in told["details"]] == [
        "$.parameters.sice", "$.parameters.size", "$.parameters.share", "$.parameters.region", "$.parameters.region",
    ]  # fmt: skip
    literal = {"size": 1, "region": "north", "api_token": "abc", "password": "def"}
    answer = live.post("runt/api/runs", json={"notebook": NOTEBOOK, "parameters": literal})
    assert [fault["path"] for fault in answer.json()["details"]] == ["$.parameters.api_token", "$.parameters.password"]
    assert "abc" not in json.dumps(answer.json())
