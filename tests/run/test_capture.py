"""Output widgets: `with out:` takes what a cell shows, as it does in JupyterLab and nbclient."""

from __future__ import annotations

from typing import Any

from jupyter_runt.events import Draft, Event
from jupyter_runt.run.document import WIDGET_STATE, Document
from jupyter_runt.run.outputs import OutputStage


class Shown:
    """A stage with one running cell `a`, and the document of its facts."""

    def __init__(self) -> None:
        self.stage, self.document, self.facts, self.now = OutputStage(), Document(), list[Draft](), 0.0
        self._take([Draft("cell.started", {"msg_id": "m", "clock": 0.0}, "a", 1)], own=False)

    def _take(self, drafts: list[Draft], *, own: bool = True) -> None:
        for draft in drafts:
            if not own:
                self.stage.apply(draft)
            self.document.apply(draft)
            self.facts.append(draft)

    def text(self, text: str) -> None:
        self.now += 1
        self._take(self.stage.text("stdout", text, "m", self.now))

    def message(self, kind: str, **content: Any) -> None:
        self.now += 1
        self._take(self.stage.message(kind, "m", content, [], self.now))

    def widget(self, comm_id: str = "w") -> None:
        state = {"_model_name": "OutputModel", "msg_id": "", "outputs": []}
        self.message("comm_open", comm_id=comm_id, target_name="jupyter.widget", data={"state": state})

    def capture(self, msg_id: str, comm_id: str = "w") -> None:
        self.message("comm_msg", comm_id=comm_id, data={"method": "update", "state": {"msg_id": msg_id}})

    def captured(self, comm_id: str = "w") -> Any:
        state = self.document.widget_state(lambda name: b"")
        assert state is not None
        return state[WIDGET_STATE]["state"][comm_id]["state"]["outputs"]

    def cell(self) -> Any:
        return self.document.outputs("a", lambda name: b"")


def stream(text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def test_what_is_shown_while_a_widget_captures_is_the_widgets_and_not_the_cells():
    shown = Shown()
    shown.widget()
    shown.text("before\n")
    shown.capture("m")
    shown.text("inside\n")
    shown.message("display_data", data={"text/plain": "picture"}, metadata={})
    shown.capture("")
    shown.text("after\n")
    picture = {"output_type": "display_data", "data": {"text/plain": "picture"}, "metadata": {}}
    assert shown.captured() == [stream("inside\n"), picture]
    assert shown.cell() == [stream("before\nafter\n")]


def test_clear_output_inside_clears_the_widget_alone():
    shown = Shown()
    shown.widget()
    shown.text("cell\n")
    shown.capture("m")
    shown.text("old\n")
    shown.message("clear_output", wait=True)
    shown.text("new\n")
    assert shown.captured() == [stream("new\n")]
    assert shown.cell() == [stream("cell\n")]


def test_of_nested_widgets_the_inner_one_captures():
    shown = Shown()
    shown.widget("outer")
    shown.widget("inner")
    shown.capture("m", "outer")
    shown.capture("m", "inner")
    shown.text("1\n")
    shown.capture("", "inner")
    shown.text("2\n")
    assert shown.captured("inner") == [stream("1\n")]
    assert shown.captured("outer") == [stream("2\n")]


def test_a_widget_of_another_kind_captures_nothing():
    shown = Shown()
    shown.message("comm_open", comm_id="w", target_name="jupyter.widget", data={"state": {"_model_name": "IntSlider"}})
    shown.capture("m")
    shown.text("text\n")
    assert shown.cell() == [stream("text\n")]


def test_a_restored_stage_goes_on_capturing():
    shown = Shown()
    shown.widget()
    shown.capture("m")
    shown.text("1\n")
    restored = OutputStage()
    for number, fact in enumerate(shown.facts, start=1):
        restored.apply(Event("r", number, 0.0, fact.type, fact.data, fact.cell_id, fact.attempt))
    (fact,) = restored.text("stdout", "2\n", "m", 100.0)
    assert (fact.type, fact.data) == ("stream.appended", {"index": 0, "text": "2\n", "widget": "w"})


def test_a_display_of_a_known_id_also_changes_those_that_show_it():
    shown = Shown()
    for text in ("one", "two"):
        shown.message("display_data", data={"text/plain": text}, metadata={}, transient={"display_id": "d"})
    assert [output["data"] for output in shown.cell()] == [{"text/plain": "two"}] * 2
