"""The other fold: what each cell shows, as nbformat outputs, from the same events.

A Document keeps texts and blobs as they stand in the events: a value that lives in the blob table stays a reference
(`{"$blob": …}`) until `outputs` is asked with a reader. So a run with 200 MB of text costs its followers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from jupyter_runt.events import Draft, Event
from jupyter_runt.events.codec import encode, resolve
from jupyter_runt.run.outputs import size
from jupyter_runt.run.results import Result

Blob = Callable[[str], bytes]
WIDGET_TARGET = "jupyter.widget"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


@dataclass(slots=True)
class Output:
    """One output of a cell. `texts` holds a stream's pieces (strings or blob references); otherwise `value` is the output."""

    value: Any
    name: str | None = None
    texts: list[Any] = field(default_factory=list)
    display_id: str | None = None

    def resolved(self, blob: Blob) -> dict[str, Any]:
        """The output as nbformat has it."""
        if self.name is None:
            value: dict[str, Any] = resolve(self.value, blob)
            return value
        return {"output_type": "stream", "name": self.name, "text": "".join(self.pieces(blob))}

    def to_json(self) -> dict[str, Any]:
        """The output as it stands: blobs as references, a stream's text as a list of pieces."""
        if self.name is None:
            return dict(self.value)
        return {"output_type": "stream", "name": self.name, "text": list(self.texts)}

    def pieces(self, blob: Blob) -> Iterator[str]:
        """A stream's text, piece by piece."""
        for text in self.texts:
            yield resolve(text, blob)


class Document:
    """What a run has shown so far."""

    def __init__(self) -> None:
        self.cells: dict[str, list[Output]] = {}
        self.execution_counts: dict[str, int | None] = {}
        self.results: dict[str, Result] = {}
        """By name, in the order in which they were recorded."""
        self._captured: dict[str, list[Output]] = {}
        """By Output widget, what it captured."""
        self._displays: dict[str, list[Output]] = {}
        self._comms: dict[str, dict[str, Any]] = {}

    def apply(self, event: Event | Draft) -> None:
        """Takes one event into the document."""
        handler = _HANDLERS.get(event.type)
        if handler is not None:
            handler(self, event)

    @property
    def size(self) -> int:
        """About how many bytes all outputs have, blobs included."""
        return sum(size(each.value if each.name is None else each.texts) for each in chain(*self.cells.values()))

    def outputs(self, cell_id: str, blob: Blob) -> list[dict[str, Any]]:
        """A cell's outputs as nbformat has them."""
        return [output.resolved(blob) for output in self.cells.get(cell_id, [])]

    def widget_state(self, blob: Blob) -> dict[str, Any] | None:
        """The notebook metadata `widgets` that lets a viewer show the run's widgets; None when there are none."""
        models = {}
        for comm_id, comm in self._comms.items():
            if resolve(comm["target_name"], blob) != WIDGET_TARGET:
                continue
            state: dict[str, Any] = {}
            for layer in comm["layers"]:
                state.update(resolve(layer, blob))
            if comm_id in self._captured:
                state["outputs"] = [output.resolved(blob) for output in self._captured[comm_id]]
            models[comm_id] = model = {
                "model_name": state.get("_model_name", ""),
                "model_module": state.get("_model_module", ""),
                "model_module_version": state.get("_model_module_version", ""),
                "state": state,
            }
            buffers = {}
            for paths, encoded in resolve(list(comm["buffers"].values()), blob):
                for path, data in zip(paths, encoded, strict=False):
                    buffers[tuple(path)] = {"encoding": "base64", "path": path, "data": data}
            if buffers:
                model["buffers"] = list(buffers.values())
        if not models:
            return None
        return {WIDGET_STATE: {"version_major": 2, "version_minor": 0, "state": models}}

    def fits(self, event: Event | Draft) -> bool:
        """Whether there is what the event builds upon: behind a hole in a damaged log it may be lost."""
        if event.type not in ("output.added", "stream.appended"):
            return True
        shown, index = self._shown(event), event.data["index"]
        if event.type == "output.added":
            return bool(index <= len(shown))
        return bool(index < len(shown) and shown[index].name is not None)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _started(self, event: Event | Draft) -> None:
        if event.cell_id:
            self.cells[event.cell_id] = []
            self.results = {name: each for name, each in self.results.items() if each.cell_id != event.cell_id}

    def _finished(self, event: Event | Draft) -> None:
        if event.cell_id:
            self.execution_counts[event.cell_id] = event.data.get("execution_count")

    def _retrying(self, event: Event | Draft) -> None:
        self.__init__()  # type: ignore[misc]  # a new attempt shows nothing of the one before; the log keeps it

    def _added(self, event: Event | Draft) -> None:
        value, index = event.data["output"], event.data["index"]
        output = Output(value)
        if value["output_type"] == "stream":
            output = Output(None, name=value["name"], texts=[value["text"]])
        output.display_id = _display_id(event)
        if output.display_id is not None:
            # As in JupyterLab: a display of a known id also changes those that show it already.
            for shown in self._displays.setdefault(output.display_id, []):
                if output.name is None:
                    shown.value = {**shown.value, "data": value["data"], "metadata": value["metadata"]}
            self._displays[output.display_id].append(output)
        self._shown(event)[index:] = [output]

    def _shown(self, event: Event | Draft) -> list[Output]:
        """The outputs that the event is about: a cell's, or those that a widget captured there."""
        widget = event.data.get("widget")
        return (
            self.cells.setdefault(event.cell_id or "", []) if widget is None else self._captured.setdefault(widget, [])
        )

    def _appended(self, event: Event | Draft) -> None:
        self._shown(event)[event.data["index"]].texts.append(event.data["text"])

    def _cleared(self, event: Event | Draft) -> None:
        if not event.data.get("wait"):
            self._shown(event).clear()

    def _updated(self, event: Event | Draft) -> None:
        for output in self._displays.get(_display_id(event) or "", []):
            output.value = {**output.value, "data": event.data["data"], "metadata": event.data["metadata"]}

    def _recorded(self, event: Event | Draft) -> None:
        name, seq = event.data["name"], event.seq if isinstance(event, Event) else 0
        self.results.pop(name, None)  # the newest come last
        found = event.data
        self.results[name] = Result(
            name, event.cell_id, seq, found["data"], found.get("metadata", {}), found.get("health")
        )

    def _opened(self, event: Event | Draft) -> None:
        comm = {"target_name": event.data.get("target_name", ""), "layers": [], "buffers": {}}
        self._comms[event.data["comm_id"]] = comm
        self._merge(comm, event.data)

    def _comm_updated(self, event: Event | Draft) -> None:
        comm = self._comms.get(event.data["comm_id"])
        if comm is not None:
            self._merge(comm, event.data)

    def _merge(self, comm: dict[str, Any], data: dict[str, Any]) -> None:
        """Lays the message's state over the earlier ones; a state that lives in a blob stays a layer of its own."""
        message, layers = data.get("data") or {}, comm["layers"]
        if message.get("method", "update") not in ("update", "echo_update"):
            return
        state = message.get("state") or {}
        if layers and "$blob" not in state and "$blob" not in layers[-1]:
            layers[-1].update(state)
        else:
            layers.append(dict(state))
        if data.get("buffers"):
            paths = message.get("buffer_paths") or []
            comm["buffers"].pop(key := encode(paths), None)  # the newest come last
            comm["buffers"][key] = (paths, data["buffers"])

    def _closed(self, event: Event | Draft) -> None:
        self._comms.pop(event.data["comm_id"], None)


def _display_id(event: Event | Draft) -> str | None:
    """A very long one is a blob reference, which is as good a name."""
    found = event.data.get("display_id")
    return found if found is None or isinstance(found, str) else encode(found)


_HANDLERS: dict[str, Callable[[Document, Event | Draft], None]] = {
    "cell.started": Document._started,
    "cell.finished": Document._finished,
    "run.retrying": Document._retrying,
    "output.added": Document._added,
    "stream.appended": Document._appended,
    "outputs.cleared": Document._cleared,
    "display.updated": Document._updated,
    "result.recorded": Document._recorded,
    "comm.opened": Document._opened,
    "comm.updated": Document._comm_updated,
    "comm.closed": Document._closed,
}
