"""Document: what each cell shows, as nbformat has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest

from jupyter_runt.events import Draft, Event, codec
from jupyter_runt.run.document import WIDGET_STATE, Document
from jupyter_runt.run.outputs import OutputStage

PNG = {"image/png": "iVBORw0KGgo="}


class Shown:
    """A stage and its document, with a kernel that speaks a second after the other."""

    def __init__(self) -> None:
        self.stage, self.document = OutputStage(), Document()
        self.blobs: dict[str, bytes] = {}
        self.now = 0.0

    def take(self, *drafts: Draft) -> None:
        for draft in drafts:
            light = codec.externalise(draft, self.blobs)
            event = Event("r", 1, 0.0, light.type, light.data, light.cell_id, light.attempt)
            self.document.apply(event)

    def start(self, cell_id: str) -> None:
        fact = Draft("cell.started", {"msg_id": cell_id, "clock": 0.0}, cell_id, 1)
        self.stage.apply(fact)
        self.take(fact)

    def finish(self, cell_id: str, count: int) -> None:
        fact = Draft("cell.finished", {"status": "succeeded", "execution_count": count}, cell_id, 1)
        self.stage.apply(fact)
        self.take(fact)

    def text(self, text: str, cell_id: str = "a", name: str = "stdout") -> None:
        self.now += 1
        self.take(*(self.stage.text(name, text, cell_id, self.now) or self.stage.flush(self.now)))

    def message(self, kind: str, cell_id: str = "a", *buffers: bytes, **content: Any) -> None:
        self.now += 1
        self.take(*self.stage.message(kind, cell_id, content, buffers, self.now), *self.stage.flush(self.now))

    def display(
        self, text: str, cell_id: str = "a", display_id: str | None = None, *, kind: str = "display_data"
    ) -> None:
        transient = {"display_id": display_id} if display_id else {}
        self.message(kind, cell_id, data={"text/plain": text}, metadata={}, transient=transient)

    def widget(self, kind: str, comm_id: str = "w1", *buffers: bytes, paths: Any = (), **state: Any) -> None:
        data = {"state": state, "buffer_paths": list(paths)} | ({"method": "update"} if kind == "comm_msg" else {})
        self.message(kind, "a", *buffers, comm_id=comm_id, target_name="jupyter.widget", data=data)

    def outputs(self, cell_id: str = "a") -> list[dict[str, Any]]:
        return self.document.outputs(cell_id, self.blobs.__getitem__)

    def widgets(self) -> dict[str, Any]:
        state = self.document.widget_state(self.blobs.__getitem__)
        assert state is not None
        models: dict[str, Any] = state[WIDGET_STATE]["state"]
        return models


@pytest.fixture
def shown() -> Iterator[Shown]:
    shown = Shown()
    shown.start("a")
    yield shown
    notebook = nbformat.v4.new_notebook()
    for cell_id in shown.document.cells:
        outputs = [nbformat.from_dict(output) for output in shown.outputs(cell_id)]
        notebook.cells.append(nbformat.v4.new_code_cell(outputs=outputs))
    nbformat.validate(notebook)


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def picture(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}


def test_neighbouring_text_of_one_stream_is_one_output(shown):
    for text, name in (("a", "stdout"), ("b\n", "stdout"), ("!", "stderr"), ("c", "stdout")):
        shown.text(text, name=name)
    assert shown.outputs() == [stream("ab\n"), stream("!", "stderr"), stream("c")]


def test_every_kind_of_output_stands_in_its_order(shown):
    shown.text("a")
    shown.message("display_data", data=PNG, metadata={"image/png": {"width": 3}}, transient={})
    shown.message("execute_result", data={"text/plain": "4"}, metadata={}, execution_count=2, transient={})
    shown.message("error", ename="E", evalue="v", traceback=["l"])
    shown.finish("a", 2)
    assert shown.outputs() == [
        stream("a"),
        {"output_type": "display_data", "data": PNG, "metadata": {"image/png": {"width": 3}}},
        {"output_type": "execute_result", "data": {"text/plain": "4"}, "metadata": {}, "execution_count": 2},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["l"]},
    ]
    assert shown.document.execution_counts == {"a": 2}


def test_clear_output_empties_the_cell_at_once(shown):
    shown.text("a")
    shown.message("clear_output", wait=False)
    assert shown.outputs() == []
    shown.text("b")
    assert shown.outputs() == [stream("b")]


def test_clear_output_that_waits_keeps_the_old_until_the_new_comes(shown):
    shown.text("a")
    shown.message("clear_output", wait=True)
    assert shown.outputs() == [stream("a")]
    shown.display("new")
    shown.text("b")
    assert shown.outputs() == [picture("new"), stream("b")]


def test_an_update_changes_every_cell_that_shows_the_display_and_adds_nothing(shown):
    shown.display("old", display_id="d")
    shown.display("other", display_id="e")
    shown.start("b")
    shown.display("old", "b", "d", kind="execute_result")
    shown.display("new", "b", "d", kind="update_display_data")
    shown.display("nobody shows me", "b", "f", kind="update_display_data")
    assert shown.outputs() == [picture("new"), picture("other")]
    (result,) = shown.outputs("b")
    assert (result["output_type"], result["data"]) == ("execute_result", {"text/plain": "new"})


def test_a_display_may_have_a_name_that_is_too_long_for_its_event(shown):
    shown.display("old", display_id="d" * 20_000)
    shown.display("new", display_id="d" * 20_000, kind="update_display_data")
    assert shown.outputs() == [picture("new")]


def test_an_update_does_not_bring_back_what_was_cleared(shown):
    shown.display("old", display_id="d")
    shown.message("clear_output", wait=False)
    shown.display("new", display_id="d", kind="update_display_data")
    assert shown.outputs() == []


def test_text_that_comes_late_goes_to_its_own_cell(shown):
    shown.text("1")
    shown.finish("a", 1)
    shown.start("b")
    shown.text("2", "a")
    shown.text("3", "b")
    assert (shown.outputs("a"), shown.outputs("b")) == ([stream("12")], [stream("3")])


def test_a_new_attempt_shows_nothing_of_the_one_before(shown):
    shown.text("a")
    shown.widget("comm_open", value=1)
    shown.finish("a", 1)
    retrying = Draft("run.retrying", {"attempt": 2, "reason": "kernel_died", "delay": 0, "not_before": 0})
    shown.stage.apply(retrying)
    shown.take(retrying)
    assert shown.outputs() == []
    assert shown.document.execution_counts == {}
    assert shown.document.widget_state(shown.blobs.__getitem__) is None
    shown.start("a")
    shown.text("b")
    assert shown.outputs() == [stream("b")]


def test_large_values_live_in_blobs_until_they_are_asked_for(shown):
    text, picture_data = "x" * 50_000, "y" * 50_000
    rows = [{"row": number} for number in range(5_000)]
    shown.text("before ")
    shown.text(text)
    shown.message("display_data", data={"image/png": picture_data, "application/json": rows}, metadata={}, transient={})
    shown.message("error", ename="E", evalue="v", traceback=["l" * 20_000, "m"])
    assert len(shown.blobs) == 4
    assert "xxxx" not in repr(shown.document.cells)
    assert shown.outputs() == [
        stream("before " + text),
        {"output_type": "display_data", "data": {"image/png": picture_data, "application/json": rows}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["l" * 20_000, "m"]},
    ]


def test_an_output_that_looks_like_a_blob_reference_is_shown_as_it_is(shown):
    looks = {"$blob": "0" * 64, "size": 1, "$$blob": 2, "$ref": 3}
    shown.message("display_data", data={"application/json": looks}, metadata={}, transient={})
    assert shown.outputs()[0]["data"] == {"application/json": looks}


# -- widgets ---------------------------------------------------------------------------------------------------------

SLIDER = {
    "_model_name": "IntSliderModel",
    "_model_module": "@jupyter-widgets/controls",
    "_model_module_version": "2.0.0",
}


def test_a_widgets_state_is_what_it_was_opened_with_and_every_update_over_it(shown):
    shown.widget("comm_open", **SLIDER, value=1, max=9)
    shown.widget("comm_msg", value=2)
    shown.widget("comm_msg", value=3, min=0)
    assert shown.document.widget_state(shown.blobs.__getitem__) == {
        WIDGET_STATE: {
            "version_major": 2,
            "version_minor": 0,
            "state": {
                "w1": {
                    "model_name": "IntSliderModel",
                    "model_module": "@jupyter-widgets/controls",
                    "model_module_version": "2.0.0",
                    "state": {**SLIDER, "value": 3, "max": 9, "min": 0},
                }
            },
        }
    }


def test_a_state_that_is_a_blob_is_a_layer_between_the_others(shown):
    long = {f"key{number}": number for number in range(3_000)}
    shown.widget("comm_open", value=1, first=1)
    shown.widget("comm_msg", value=2, **long)
    shown.widget("comm_msg", value=3)
    assert len(shown.blobs) == 1
    assert shown.widgets()["w1"]["state"] == {"value": 3, "first": 1, **long}


def test_a_widgets_buffers_are_kept_by_path_and_the_newest_wins(shown):
    shown.widget("comm_open", "w1", b"\x00", b"\x01", paths=[["value"], ["deep", 0]])
    shown.widget("comm_msg", "w1", b"\x02", paths=[["value"]])
    buffers = {json.dumps(each["path"]): each for each in shown.widgets()["w1"]["buffers"]}
    assert buffers == {
        '["value"]': {"encoding": "base64", "path": ["value"], "data": "Ag=="},
        '["deep", 0]': {"encoding": "base64", "path": ["deep", 0], "data": "AQ=="},
    }


@pytest.mark.parametrize(("count", "size"), [(1, 60_000), (200, 100)])
def test_large_buffers_and_many_buffers_come_back_from_their_blobs(shown, count, size):
    paths = [["value", number] for number in range(count)]
    shown.widget("comm_open", "w1", *([b"\x00" * size] * count), paths=paths)
    assert shown.blobs
    buffers = shown.widgets()["w1"]["buffers"]
    assert [each["path"] for each in buffers] == paths
    assert {len(each["data"]) for each in buffers} == {(size + 2) // 3 * 4}


def test_a_closed_widget_a_custom_message_and_another_kind_of_comm_leave_no_state(shown):
    shown.widget("comm_open", "w1", value=1)
    shown.message("comm_msg", comm_id="w1", data={"method": "custom", "content": {"value": 9}})
    shown.message("comm_open", comm_id="other", target_name="my.target", data={"state": {"x": 1}})
    shown.message("comm_msg", comm_id="never-opened", data={"method": "update", "state": {"x": 1}})
    assert {name: model["state"] for name, model in shown.widgets().items()} == {"w1": {"value": 1}}
    shown.message("comm_close", comm_id="w1", data={})
    assert shown.document.widget_state(shown.blobs.__getitem__) is None
