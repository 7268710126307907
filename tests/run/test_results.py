"""Named results: how a display becomes one, and what stays of it."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_runt.events import Draft, Event, codec, schema
from jupyter_runt.run.document import Document
from jupyter_runt.run.outputs import OutputStage, size
from jupyter_runt.run.redaction import MASK, Redactor
from jupyter_runt.run.results import LONGEST_NAME


class Recording:
    """A stage, the log of what comes of it, and the log's fold."""

    def __init__(self, *, secrets: tuple[str, ...] = (), **settings: Any) -> None:
        self.stage, self.document = OutputStage(Redactor(secrets), **settings), Document()
        self.events: list[Event] = []
        self.blobs: dict[str, bytes] = {}
        self.now = 0.0
        self.take(Draft("cell.started", {"msg_id": "m", "clock": 0.0}, "a", 1))

    def take(self, *facts: Draft) -> None:
        for fact in facts:
            if fact.type.startswith(("cell.", "run.")):
                self.stage.apply(fact)
            light = codec.externalise(fact, self.blobs)
            event = Event("r", len(self.events) + 1, 1.0, light.type, light.data, light.cell_id, light.attempt)
            self.document.apply(event)
            self.events.append(event)

    def display(self, text: str, metadata: Any, *, kind: str = "display_data", **data: Any) -> None:
        self.now += 1
        content = {"data": {"text/plain": text, **data}, "metadata": metadata}
        self.take(*self.stage.message(kind, "m", content, [], self.now))

    def record(self, name: Any, text: str, **data: Any) -> None:
        self.display(text, {"jupyter_runt": {"result": name}}, **data)

    @property
    def recorded(self) -> list[Event]:
        return [event for event in self.events if event.type == "result.recorded"]

    @property
    def texts(self) -> dict[str, Any]:
        return {name: each.to_json()["text"] for name, each in self.document.results.items()}


def test_a_display_with_a_name_is_shown_and_recorded():
    made = Recording()
    made.display(
        "three", {"jupyter_runt": {"result": "n"}, "text/html": {"isolated": True}}, **{"text/html": "<b>3</b>"}
    )
    shown, recorded = made.events[-2:]
    bundle = {"text/plain": "three", "text/html": "<b>3</b>"}
    assert (shown.type, shown.data["output"]["data"]) == ("output.added", bundle)
    assert recorded.data == {"name": "n", "data": bundle, "metadata": {"text/html": {"isolated": True}}}
    assert recorded.cell_id == "a"
    assert made.document.results["n"].to_json() == {
        "name": "n", "cell_id": "a", "seq": 3, "mime": ["text/plain", "text/html"], "text": "three",
    }  # fmt: skip
    for event in made.events[1:]:
        assert schema.validate(codec.to_json(event)) == []


def test_the_last_value_of_a_name_is_the_result_and_the_newest_stands_last():
    made = Recording()
    for name, text in (("a", "1"), ("b", "2"), ("a", "3")):
        made.record(name, text)
    assert list(made.texts.items()) == [("b", "2"), ("a", "3")]
    assert len(made.recorded) == 3


def test_clearing_the_cells_outputs_leaves_its_results():
    made = Recording()
    made.record("a", "1")
    made.take(*made.stage.message("clear_output", "m", {}, [], 9.0))
    assert made.document.cells["a"] == []
    assert made.texts == {"a": "1"}


def test_another_attempt_begins_without_the_results_of_the_one_before():
    made = Recording()
    made.record("a", "1")
    made.take(Draft("run.retrying", {"attempt": 2, "reason": "kernel_died", "delay": 0.0, "not_before": 0.0}))
    assert made.texts == {}
    made.take(Draft("cell.started", {"msg_id": "m", "clock": 0.0}, "a", 2))
    made.record("b", "2")
    assert made.texts == {"b": "2"}


@pytest.mark.parametrize(
    "metadata",
    [
        {}, {"jupyter_runt": 7}, {"jupyter_runt": {}}, {"jupyter_runt": {"result": None}}, {"jupyter_runt": {"result": ["a"]}},
        *({"jupyter_runt": {"result": name}} for name in ("", " ", "a\nb", "..", "\ud800", "x" * (LONGEST_NAME + 1))),
    ],
)  # fmt: skip
def test_metadata_without_a_name_that_a_result_can_have_record_nothing(metadata):
    made = Recording()
    made.display("1", metadata)
    assert [event.type for event in made.events[1:]] == ["output.added"]


def test_only_displays_are_recorded():
    made = Recording()
    made.display("1", {"jupyter_runt": {"result": "a"}}, kind="execute_result")
    assert made.recorded == []


def test_secrets_are_in_no_result_and_no_name():
    made = Recording(secrets=("tr0ub4dor",))
    made.record("of tr0ub4dor", "is tr0ub4dor", **{"application/json": {"k": ["tr0ub4dor"]}})
    assert "tr0ub4dor" not in str(made.events)
    assert made.texts == {f"of {MASK}": f"is {MASK}"}


def test_a_large_value_is_one_blob_for_the_output_and_the_result():
    made = Recording()
    made.record("long", "y" * 100_000)
    (sha256,) = codec.references(made.recorded[0].data)
    assert codec.references(made.events[-2].data) == [sha256]
    assert made.texts == {"long": None}
    assert codec.resolve(dict(made.document.results["long"].data), made.blobs.__getitem__) == {
        "text/plain": "y" * 100_000
    }


def test_a_result_costs_of_the_quota_and_beyond_it_is_dropped():
    made = Recording(quota=250)
    made.record("a", "z" * 50)
    made.record("b", "z" * 50)
    assert list(made.texts) == ["a"]
    assert [event.type for event in made.events[-1:]] == ["truncated"]
    restored = OutputStage(quota=250)
    for event in made.events:
        restored.apply(event)
    assert restored._used == made.stage._used


def test_a_result_of_a_thread_that_outlived_its_cell_is_marked_late():
    made = Recording()
    made.take(Draft("cell.finished", {"status": "succeeded"}, "a", 1))
    made.record("a", "1")
    assert made.recorded[0].data["late"] is True
    assert schema.validate(codec.to_json(made.recorded[0])) == []


def test_what_user_code_displays_like_a_reference_has_the_size_that_it_has():
    assert size({"$blob": "no"}) == len("$blob") + len("no")
    assert size({"$blob": "no", "size": -9}) > 0
    assert size({"$blob": "no", "size": "9"}) > 0
    assert size({"$blob": "0" * 64, "size": 70_000}) == 70_000
