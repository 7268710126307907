"""What openapi.yaml lets in, and how what it does not is told."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tornado.web import HTTPError

from jupyter_runt.errors import BadRequest, Problem
from jupyter_runt.server.contract import DEEPEST, Contract, contract, parsed

RUNS = "/runt/api/runs"
LIST = contract().operation("get", RUNS)
SUBMIT = contract().operation("post", RUNS)


def query(text: str) -> dict[str, Any]:
    texts: dict[str, list[str]] = {}
    for pair in text.split("&") if text else []:
        name, _, value = pair.partition("=")
        texts.setdefault(name, []).append(value)
    return LIST.given("query", texts)


def body(value: Any, kind: str = "application/json") -> Any:
    return SUBMIT.body(value if isinstance(value, bytes) else json.dumps(value).encode(), kind)


def faults(value: Any) -> dict[str, str]:
    with pytest.raises(BadRequest) as raised:
        body(value)
    return {
        problem.path: problem.message + (f" ({problem.remedy})" if problem.remedy else "")
        for problem in raised.value.problems
    }


def test_parameters_that_are_missing_have_their_defaults():
    found = query("")
    assert (found["limit"], found["pinned"], found["status"], found["label"]) == (50, False, [], [])
    assert (found["text"], found["since"], found["before"]) == ("", None, None)


def test_parameters_have_the_types_of_the_document():
    found = query("limit=7&pinned=true&status=failed&status=queued&label=a=b=c&since=1970-01-01T00:00:10.5Z&text=%")
    assert (found["limit"], found["pinned"], found["status"]) == (7, True, ["failed", "queued"])
    assert (found["label"], found["since"], found["text"]) == (["a=b=c"], 10.5, "%")
    assert query("until=1970-01-01T02:00:00%2B02:00".replace("%2B", "+"))["until"] == 0.0


def test_what_jupyter_servers_know_anywhere_is_no_unknown_parameter():
    assert query("token=x&no_track_activity=1&_=123&limit=3")["limit"] == 3


def test_every_wrong_parameter_is_named_in_one_answer():
    with pytest.raises(BadRequest) as raised:
        query("limit=0&pinned=maybe&status=gone&since=yesterday&before=%&label=x&id=" + "1" * 33)
    told = {problem.path: problem.message for problem in raised.value.problems}
    assert sorted(told) == ["?before", "?id", "?label", "?limit", "?pinned", "?since", "?status"]
    assert told["?limit"] == "must be 1 or more, not 0"
    assert told["?pinned"] == "must be true or false, not 'maybe'"
    assert told["?since"] == "must be a time such as 2026-11-20T09:30:00Z, not 'yesterday'"
    assert told["?label"] == "'x' is not KEY=VALUE"
    assert raised.value.message.endswith("\n?limit: must be 1 or more, not 0")


@pytest.mark.parametrize(
    "text",
    [
        "limit=", "limit=1.0", "limit=1e3", "limit=-1", "limit=١", "limit=1001", "limit=" + "9" * 400, "limit=1&limit=2",
        "pinned=", "pinned=1", "since=2026-11-20", "since=2026-11-20T10:00:00", "since=2026-02-30T10:00:00Z",
        "since=0000-01-01T00:00:00Z", "before=", "before=-x", "before=a/b", "before=a\n", "status=", "label==x",
    ],
)  # fmt: skip
def test_a_parameter_of_another_type_is_refused(text: str):
    with pytest.raises(BadRequest):
        query(text)


def test_a_header_is_checked_too():
    assert SUBMIT.given("header", {}) == {"Idempotency-Key": None}
    assert SUBMIT.given("header", {"Idempotency-Key": ["k"]}) == {"Idempotency-Key": "k"}
    with pytest.raises(BadRequest, match="Idempotency-Key: must have at most 255 characters"):
        SUBMIT.given("header", {"Idempotency-Key": ["k" * 256]})


def test_a_body_is_given_as_it_was_sent():
    sent = {
        "notebook": "cells: []",
        "priority": -3,
        "labels": {"ä": "ö"},
        "policy": {"timeout": "10m", "answers": [""]},
    }
    assert body(sent) == sent
    assert body(b"\xef\xbb\xbf" + json.dumps(sent).encode()) == sent
    assert contract().operation("post", f"{RUNS}/x/rerun").body(b" \n", "text/plain") == {}


@pytest.mark.parametrize(
    "kind", ["", "application/json", "Application/JSON; charset=UTF-8", "text/json", "application/x+json"]
)
def test_json_is_taken_under_all_its_names_and_under_none(kind: str):
    assert body({"path": "a.yml"}, kind) == {"path": "a.yml"}


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "application/json; charset=latin-1", "x"]
)
def test_a_body_that_is_said_to_be_something_else_is_not_read(kind: str):
    with pytest.raises(HTTPError) as raised:
        body(b"{", kind)
    assert raised.value.status_code == 415


def test_every_fault_of_a_body_is_told_with_its_path_and_what_was_meant():
    assert faults(
        {"path": "x", "prioritty": 1, "labels": {"a": 1}, "policy": {"tiemout": 3, "input": "ask", "answers": ["a", 2]}}
    ) == {
        "$.labels.a": "must be a text, not the number 1",
        "$.policy.answers[1]": "must be a text, not the number 2",
        "$.policy.input": "must be one of fail, wait, not 'ask'",
        "$.policy.tiemout": "unknown key 'tiemout' (did you mean 'timeout'?)",
        "$.prioritty": "unknown key 'prioritty' (did you mean 'priority'?)",
    }


def test_an_unknown_key_that_resembles_none_brings_the_list_of_those_there_are():
    assert faults({"path": "x", "policy": {"zzz": 1}})["$.policy.zzz"] == (
        "unknown key 'zzz' (known are timeout, cell_timeout, keep_going, input, answers, skip_unsupported)"
    )


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ([], "$", "must be an object, not a list"),
        (None, "$", "must be an object, not nothing (null)"),
        ({}, "$", "needs one of the keys path, notebook and template, and no two of them"),
        ({"path": "a", "notebook": "b"}, "$", "needs one of the keys path, notebook and template, and no two of them"),
        ({"notebook": 3}, "$.notebook", "must be a text or an object, not the number 3"),
        ({"path": ""}, "$.path", "must have 1 characters or more"),
        ({"path": "a\0b"}, "$.path", "'a\\x00b' must not contain NUL characters"),
        ({"path": "a", "name": "a\nb"}, "$.name", "'a\\nb' must not contain control characters"),
        ({"path": "a", "priority": 1 << 80}, "$.priority", f"must be 1000000 or less, not {1 << 80}"),
        ({"path": "a", "priority": True}, "$.priority", "must be a whole number, not the boolean true"),
        ({"path": "a", "priority": 0.5}, "$.priority", "must be a whole number, not the number 0.5"),
        ({"path": "a", "labels": {"": "x"}}, "$.labels", "the key '' must have 1 characters or more"),
        ({"path": "a", "run_id": "a\n"}, "$.run_id", "'a\\n' does not have the form ^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"),
        (
            {"path": "a", "policy": {"timeout": "soon"}},
            "$.policy.timeout",
            "must be a duration of more than 0: seconds, or a text such as 90s, 10m or 1h",
        ),
        (b"", "body", "is no valid JSON: expecting value"),
        (b'{"path":', "body", "is no valid JSON: expecting value"),
        (b"\xff", "body", "is no UTF-8: byte 0 is 0xff"),
        ('{"path": "a"}'.encode("utf-16"), "body", "is no UTF-8: byte 0 is 0xff"),
        (b'{"path": NaN}', "body", "holds NaN, which is no JSON"),
        (b'{"priority": -1e999}', "body", "holds the number '-1e999', which is too large"),
        (b'{"priority": %s}' % (b"9" * 5000), "body", "holds a number of more than 1000 digits"),
        (b'{"path": "a", "path": "b"}', "body", "holds the key 'path' twice in one object"),
        (b'{"path": "\\udc80"}', "body", "holds half of a surrogate pair (\\ud800 to \\udfff), which is no character"),
        (b'{"labels": {"\\ud800": ""}}', "body", "holds half of a surrogate pair (\\ud800 to \\udfff), which is no character"),
        (b"[" * 100_000, "body", "is nested too deeply"),
        (b"[" * 101 + b"]" * 101, "body", f"is nested more than {DEEPEST} levels deep"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_told_in_words(value: Any, path: str, message: str):
    assert faults(value) == {path: message}


def test_the_place_of_a_slip_in_the_json_is_told():
    with pytest.raises(BadRequest) as raised:
        body(b'{"path": "a",\n  "name" "b"}')
    assert raised.value.problems == [Problem("is no valid JSON: expecting ':' delimiter", "body", 2, 10)]


def test_a_whole_character_written_as_a_pair_is_one():
    assert parsed(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


def test_an_answer_tells_no_more_faults_than_people_read():
    assert len(faults({"path": "a", "labels": {f"k{number}": number for number in range(90)}})) == 51


def test_a_long_wrong_value_is_cut():
    assert max(map(len, faults({"path": "a", "run_id": "x" * 100_000, "y" * 100_000: 1}).values())) < 300


def test_a_path_that_is_meant_literally_goes_before_one_with_a_part_of_any_name():
    item: dict[str, Any] = {"get": {"responses": {}}}
    found = Contract({"paths": {"/a/{b}": item, "/a/last": {"get": {"requestBody": {}}}}, "components": {}})
    assert found.operation("GET", "/a/last").takes_body
    assert not found.operation("GET", "/a/x").takes_body


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_json_comes_is_taken_or_refused_with_all_faults(value: Any):
    # Nothing that is made so is a whole request, so each one is refused.
    assert all(faults(value).values())


@settings(deadline=None)
@given(st.binary())
def test_whatever_bytes_come_are_taken_or_refused(content: bytes):
    with suppress(BadRequest):
        assert json.loads(json.dumps(parsed(content))) == json.loads(content.decode("utf-8-sig"))


def test_a_misspelt_filter_is_refused_instead_of_filtering_nothing():
    with pytest.raises(BadRequest) as raised:
        query("stauts=failed&cursor=x&token=t")
    told = {problem.path: (problem.message, problem.remedy) for problem in raised.value.problems}
    assert told == {
        "?stauts": ("is no parameter here", "did you mean 'status'?"),
        "?cursor": ("is no parameter here", ""),
    }
