"""What stands in an event for a blob that was lost."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_runt.events import codec, schema
from jupyter_runt.events.lost import references, without_lost
from jupyter_runt.events.types import Draft, Event

LARGE = "x" * 20_000
SAYS = "[20,000 bytes were lost when the store was damaged]"


def light(data: dict[str, Any]) -> dict[str, Any]:
    """As a store has it: large values as references."""
    return codec.externalise(Draft("t", data), {}).data


def lost(data: dict[str, Any]) -> dict[str, Any]:
    """… when all its blobs are lost."""
    mended = without_lost(light(data), lambda reference: False)
    assert references(mended) == []
    return mended


def test_data_whose_blobs_are_there_is_the_very_same():
    data = light({"index": 0, "text": LARGE})
    assert without_lost(data, lambda reference: True) is data


@pytest.mark.parametrize(
    ("kind", "data", "mended"),
    [
        ("stream.appended", {"index": 0, "text": LARGE}, {"index": 0, "text": SAYS}),
        (
            "output.added",
            {"index": 0, "output": {"output_type": "stream", "name": "stdout", "text": LARGE}},
            {"index": 0, "output": {"output_type": "stream", "name": "stdout", "text": SAYS}},
        ),
        (
            "output.added",
            {"index": 0, "output": {"output_type": "display_data", "data": {"image/png": LARGE}, "metadata": {}}},
            {"index": 0, "output": {"output_type": "display_data", "data": {"text/plain": SAYS}, "metadata": {}}},
        ),
        (
            "display.updated",
            {"display_id": "d", "data": {"text/html": LARGE, "text/plain": "kept"}, "metadata": {}},
            {"display_id": "d", "data": {"text/plain": "kept"}, "metadata": {}},
        ),
    ],
)
def test_a_text_says_so_where_a_text_can_stand(kind, data, mended):
    found = lost(data)
    assert found == mended
    assert schema.validate(codec.to_json(Event("r", 1, 1.0, kind, found, "c1"))) == []


def test_a_whole_bundle_or_traceback_becomes_one_that_says_so():
    output = {"output_type": "display_data", "data": {"application/json": list(range(20_000))}, "metadata": {}}
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["line"] * 9_000}
    for each in (output, error):
        found = lost({"index": 0, "output": each})
        assert "were lost when the store was damaged" in str(found)
        assert schema.validate(codec.to_json(Event("r", 1, 1.0, "output.added", found, "c1"))) == []


def test_a_users_own_key_that_looks_like_a_reference_is_none():
    data = light(
        {"index": 0, "output": {"output_type": "display_data", "data": {"a/b": {"$blob": "mine"}}, "metadata": {}}}
    )
    assert references(data) == []
    assert without_lost(data, lambda reference: False) is data
