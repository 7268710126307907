from __future__ import annotations

import ast
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jupyter_runt.events import Draft, Event, codec, schema
from tests.guards.source import PACKAGE, modules
from tests.run.driving import submitted

BLOB = {"$blob": "0" * 64, "size": 20_000}
CLAIM = {"worker": "w1", "epoch": 2, "previous": None, "clock": 1.0, "boot": "b1"}
EXIT = {"status": None, "signal": 9}

EXAMPLES: dict[str, dict[str, Any]] = {
    "run.submitted": submitted({"id": "a", "type": "code", "line": 3, "timeout": 5, "skip": False}).data,
    "run.claimed": CLAIM,
    "run.adopted": CLAIM,
    "run.released": {"worker": "w1", "epoch": 2},
    "kernel.starting": {"clock": 1.0, "attempt": 1, "runtime": "python3", "agent": True},
    "kernel.ready": {"pid": 7, "protocol_version": "5.4", "language_info": {"name": "python"}},
    "kernel.failed": {"reason": "kernel_start_failed", "message": "no python", **EXIT},
    "kernel.interrupted": {"reason": "cell_timeout", "stage": "kill", "clock": 1.0, "message": "why"},
    "kernel.stopping": {"clock": 1.0},
    "kernel.stopped": {"status": 0, "signal": None},
    "kernel.died": {"reason": "kernel_died", "message": "killed by signal 9", "oom": "probably", **EXIT},
    "run.started": {"attempt": 1},
    "cell.started": {"msg_id": "r.1.1", "clock": 1.0},
    "output.added": {"index": 0, "output": {"output_type": "display_data", "data": {}, "metadata": {}}, "display_id": "d"},
    "stream.appended": {"index": 0, "text": "x", "late": True},
    "display.updated": {"display_id": "d", "data": {"text/plain": "x"}, "metadata": {}},
    "outputs.cleared": {"wait": True},
    "comm.opened": {"comm_id": "c", "target_name": "jupyter.widget", "data": {"state": {}}, "buffers": ["AA=="]},
    "comm.updated": {"comm_id": "c", "data": BLOB, "buffers": BLOB},
    "comm.closed": {"comm_id": "c", "data": {}},
    "result.recorded": {"name": "total", "data": {"text/plain": "3"}},
    "gap": {"reason": "journal_full", "bytes": 10, "message": "open: each kernel says what it can"},
    "truncated": {"reason": "quota", "limit": 10, "dropped": 3},
    "input.requested": {"input_id": "1.1", "prompt": "? ", "password": True, "deadline_in": 5.0, "deadline_clock": 9.0},
    "input.answered": {"input_id": "1.1", "by": "jo"},
    "input.taken": {"input_id": "1.1"},
    "cell.finished": {"status": "failed", "reason": "cell_error", "duration": 1.0, "execution_count": 1, "error": {}},
    "run.retrying": {"attempt": 2, "reason": "kernel_died", "delay": 0.0, "not_before": 1.0},
    "signal.handled": {"kind": "cancel", "by": "jo", "reason": "cancelled_by_user"},
    "run.finished": {"status": "succeeded", "attempts": 1, "counts": {"succeeded": 2}, "duration": 3.0},
}  # fmt: skip
OF_A_CELL = ("cell.", "output", "stream.", "display.", "comm.", "input.")
OPEN = {"kernel.ready", "gap"}


def example(kind: str) -> dict[str, Any]:
    of_a_cell = kind.startswith(OF_A_CELL)
    return codec.to_json(
        Event("r", 1, 1.0, kind, deepcopy(EXAMPLES[kind]), "a" if of_a_cell else None, 1 if of_a_cell else None)
    )


def every(kind: str, keyword: str) -> list[str]:
    found: list[str] = schema.schema()["$defs"][kind]["properties"]["data"].get(keyword, [])
    return found


def test_the_schema_is_a_schema_and_knows_the_types_in_the_examples():
    Draft202012Validator.check_schema(schema.schema())
    assert schema.types() == list(EXAMPLES)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_each_type_is_described_and_its_example_valid_for_us_and_for_any_other_validator(kind):
    assert schema.schema()["$defs"][kind]["description"]
    assert schema.validate(example(kind)) == []
    assert list(Draft202012Validator(schema.schema()).iter_errors(example(kind))) == []


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_missing_key_is_named(kind):
    for key in every(kind, "required"):
        event = example(kind)
        del event["data"][key]
        assert any(f"'{key}' is a required property" in fault for fault in schema.validate(event))


@pytest.mark.parametrize("kind", sorted(set(EXAMPLES) - OPEN))
def test_a_key_that_nobody_writes_is_refused(kind):
    event = example(kind)
    event["data"]["surprise"] = 1
    assert schema.validate(event)


def test_a_fault_is_told_with_its_place():
    event = example("output.added")
    event["data"]["index"] = -1
    assert schema.validate(event) == ["data.index: -1 is less than the minimum of 0"]
    assert schema.validate({**example("gap"), "type": "cell.exploded"}) == [
        "type: 'cell.exploded' is no event of version 1"
    ]
    assert schema.validate({**example("gap"), "extra": 1}) != []
    assert schema.validate({**example("gap"), "seq": 0}) == ["seq: 0 is less than the minimum of 1"]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("cell.started", {"cell_id": None}),
        ("cell.finished", {"data": {"status": "failed"}}),
        ("run.finished", {"data": {"status": "cancelled", "attempts": 1, "counts": {}, "duration": 1.0}}),
        ("input.requested", {"data": {"input_id": "1", "prompt": "", "password": False, "deadline_in": 1.0}}),
        ("signal.handled", {"data": {"kind": "pause", "by": "jo"}}),
        ("output.added", {"data": {"index": 0, "output": {"output_type": "stream", "name": "stdout"}}}),
    ],
)
def test_what_belongs_together_is_asked_for_together(kind, change):
    event = {key: value for key, value in {**example(kind), **change}.items() if value is not None}
    assert schema.validate(event)


def test_large_values_may_be_blob_references():
    blobs: dict[str, bytes] = {}
    outputs: list[dict[str, Any]] = [
        {"output_type": "stream", "name": "stdout", "text": "x" * 20_000},
        {"output_type": "error", "ename": "E", "evalue": "v" * 20_000, "traceback": ["l"] * 9_000},
        {"output_type": "display_data", "data": {"application/json": list(range(9_000))}, "metadata": {}},
    ]
    for output in outputs:
        light = codec.externalise(Draft("output.added", {"index": 0, "output": output}, "a"), blobs)
        event = codec.to_json(Event("r", 1, 1.0, light.type, light.data, "a"))
        assert "$blob" in str(event)
        assert schema.validate(event) == []
    assert schema.validate({**example("stream.appended"), "data": {"index": 0, "text": {"$blob": "short", "size": 1}}})


def test_every_type_that_the_code_writes_is_in_the_schema():
    written = set()
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Draft" and node.args:
                kind = node.args[0]
                if isinstance(kind, ast.Constant):
                    written.add(kind.value)
    assert written, f"no Draft in {PACKAGE.name}"
    assert written <= set(EXAMPLES)
