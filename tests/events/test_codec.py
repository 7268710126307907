from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_runt.events import Draft, Event, codec
from jupyter_runt.events.codec import INLINE_LIMIT

# A high surrogate right before a low one is one character in JSON: two lone ones cannot be told from it.
strings = st.text(st.characters(exclude_categories=[]), max_size=20).filter(
    lambda text: text == text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)
keys = strings | st.sampled_from(["$blob", "$$blob", "$$", "$ref", "size", "json"])
large = st.builds(
    lambda text, extra: (text or "x") * (INLINE_LIMIT + extra), st.text("xé\ud800", max_size=1), st.integers(0, 2)
)
many = st.builds(lambda item: [item] * 4000, st.integers() | st.text("ab", max_size=3))
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | strings
values = st.recursive(
    leaves | large | many,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
data = st.dictionaries(st.sampled_from(["text", "output", "data", "error"]), values, max_size=3)


def event_of(draft: Draft) -> Event:
    return Event("r", 1, 0.0, draft.type, json.loads(codec.encode(draft.data)), draft.cell_id, draft.attempt)


@given(value=st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=10))
def test_json_of_a_value_is_ascii_and_gives_the_value_back(value):
    text = codec.encode(value)
    assert text.isascii()
    assert json.loads(text) == value


def test_what_json_lacks_becomes_null_wherever_it_stands():
    value = {"a": math.nan, "b": [1.5, -math.inf, {"c": (math.inf, "x")}], "d": None}
    assert json.loads(codec.encode(value)) == {"a": None, "b": [1.5, None, {"c": [None, "x"]}], "d": None}


def test_a_lone_surrogate_survives():
    assert codec.encode("a\ud800") == '"a\\ud800"'
    assert json.loads(codec.encode("a\ud800")) == "a\ud800"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=60)
@given(data=data)
def test_what_was_moved_to_blobs_comes_back_as_it_was(data):
    blobs: dict[str, bytes] = {}
    light = codec.externalise(Draft("output.added", data, "a"), blobs)
    event = event_of(light)
    assert all(hashlib.sha256(content).hexdigest() == name for name, content in blobs.items())
    assert set(codec.references(event.data)) <= set(blobs)
    assert codec.inline(event, blobs.__getitem__).data == data


@settings(deadline=None)
@given(
    data=st.dictionaries(st.sampled_from(["text", "output"]), st.recursive(leaves, st.lists, max_leaves=5), max_size=2)
)
def test_a_small_event_is_not_touched(data):
    draft = Draft("output.added", data)
    blobs: dict[str, bytes] = {}
    assert codec.externalise(draft, blobs) is draft
    assert blobs == {}


def test_text_longer_than_the_limit_is_a_blob_and_text_as_long_is_not():
    for text, moved in (("x" * INLINE_LIMIT, False), ("é" * (INLINE_LIMIT + 1), True)):
        blobs: dict[str, bytes] = {}
        light = codec.externalise(Draft("stream.appended", {"index": 0, "text": text}), blobs)
        assert (list(blobs.values()) == [text.encode()]) is moved
        assert (light.data["text"] == text) is not moved
        assert light.data["index"] == 0
    assert light.data["text"] == {"$blob": next(iter(blobs)), "size": 2 * (INLINE_LIMIT + 1)}


def test_equal_values_share_one_blob():
    blobs: dict[str, bytes] = {}
    output = {"data": {"a": "x" * 20_000, "b": "x" * 20_000}}
    codec.externalise(Draft("output.added", {"output": output}), blobs)
    assert len(blobs) == 1


def test_an_output_that_is_large_by_many_small_parts_keeps_its_type_and_moves_the_part():
    blobs: dict[str, bytes] = {}
    output: dict[str, Any] = {
        "output_type": "display_data",
        "data": {"application/json": list(range(9000))},
        "metadata": {},
    }
    light = codec.externalise(Draft("output.added", {"index": 0, "output": output}), blobs)
    assert light.data["output"]["output_type"] == "display_data"
    assert light.data["output"]["data"]["json"] is True
    assert codec.references(light.data) == list(blobs)
    assert len(codec.encode(light.data)) < 300


def test_a_users_value_that_looks_like_a_reference_is_none():
    value = {"$blob": "f" * 64, "size": 1, "json": True, "$$blob": {"$blob": 1}, "$ref": "#"}
    light = codec.externalise(Draft("output.added", {"output": {"data": value}}), {})
    assert codec.references(light.data) == []

    def no_blob(name: str) -> bytes:
        pytest.fail(f"asked for {name}")

    assert codec.inline(event_of(light), no_blob).data == {"output": {"data": value}}


def test_an_event_is_shown_with_the_keys_that_it_has():
    event = Event("r1", 3, 1_795_000_000.1239, "gap", {"reason": "x"})
    assert codec.to_json(event) == {
        "run_id": "r1", "seq": 3, "at": "2026-11-18T11:06:40.123Z", "type": "gap", "data": {"reason": "x"},
    }  # fmt: skip
    shown = codec.to_json(Event("r1", 3, 0.0, "cell.started", {}, "a", 1))
    assert (shown["cell_id"], shown["attempt"]) == ("a", 1)


@pytest.mark.parametrize(("at", "shown"), [(0.0, "1970-01-01T00:00:00.000Z"), (1.5, "1970-01-01T00:00:01.500Z")])
def test_a_time_is_iso_8601_in_utc_with_milliseconds(at, shown):
    assert codec.iso(at) == shown


@given(at=st.floats(-6e10, 2.5e11))
def test_a_time_is_what_datetime_says(at):
    assert codec.iso(at) == datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
