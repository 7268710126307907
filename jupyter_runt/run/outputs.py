"""OutputStage: from what a kernel says to the facts that followers see.

It joins small writes (the first line of a quiet stream goes out at once, then at most every `INTERVAL` seconds), keeps
nbformat's rules (neighbouring text of one stream is one output, `clear_output(wait=True)` clears at the next output, an
Output widget takes what is shown while it captures), redacts, and counts the quota. Pure: time is an argument.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_runt.events import Draft, Event
from jupyter_runt.run import health, results
from jupyter_runt.run.redaction import Redactor

INTERVAL = 0.02
CHUNK = 256 * 1024
"""Characters of text in one event at most; a follower's memory and the store's page stay bounded by it."""
DEFAULT_QUOTA = 4 << 30
_COUNTED = frozenset(
    {"output.added", "stream.appended", "display.updated", "result.recorded", "comm.opened", "comm.updated"}
)
OUTPUT_WIDGET = "OutputModel"


@dataclass(slots=True)
class _Screen:
    """What the stage must know of the outputs of a cell, or of those that a widget captured, to name the next one: never
    their content."""

    cell_id: str
    widget: str | None = None
    outputs: int = 0
    open_stream: str | None = None
    clear_next: bool = False
    pending: list[tuple[str, list[str]]] = field(default_factory=list)


class OutputStage:
    """The outputs of one run. `apply` restores it from the log; `text`, `message` and `flush` return the facts to append."""

    def __init__(self, redactor: Redactor | None = None, quota: int = DEFAULT_QUOTA) -> None:
        self.redactor = redactor or Redactor()
        self.quota = quota
        self._forget_cells()
        self._used = self._dropped = 0
        self._truncated = False
        self._size = 0
        self._emitted = self._since = float("-inf")
        self._updates: dict[str, Draft] = {}
        self._comms: dict[str, Draft] = {}

    def _forget_cells(self) -> None:
        self._screens: dict[str, _Screen] = {}
        self._finished: set[str] = set()
        self._of_request: dict[str, str] = {}
        self._latest: str | None = None
        self._touched: dict[str, _Screen] = {}
        self._output_widgets: set[str] = set()
        self._capturing: dict[str, list[str]] = {}

    @property
    def due(self) -> float | None:
        """When `flush` wants to be called; None while nothing waits."""
        if not (self._size or self._updates or self._comms):
            return None
        quiet_before = self._size and self._since - self._emitted >= INTERVAL
        return (self._since if quiet_before else self._emitted) + INTERVAL

    # -- the log ---------------------------------------------------------------------------------------------------

    def apply(self, fact: Event | Draft) -> None:
        """Takes a fact of the log, one of its own or a cell's, into account."""
        kind, data, cell_id = fact.type, fact.data, fact.cell_id
        if kind in _COUNTED and isinstance(fact, Event):
            self._used += _cost(data)  # its own drafts were counted when they were made
        if kind == "cell.started" and cell_id:
            self._screens[cell_id] = _Screen(cell_id)
            self._finished.discard(cell_id)
            self._of_request[data["msg_id"]] = self._latest = cell_id
        elif kind == "cell.finished" and cell_id:
            self._finished.add(cell_id)
        elif kind == "output.added" and cell_id in self._screens:
            screen, output = self._screen(cell_id, data.get("widget")), data["output"]
            screen.outputs = data["index"] + 1
            screen.open_stream = output.get("name") if output.get("output_type") == "stream" else None
        elif kind == "outputs.cleared" and cell_id in self._screens:
            screen = self._screen(cell_id, data.get("widget"))
            screen.clear_next = data.get("wait", False)
            if not screen.clear_next:
                screen.outputs, screen.open_stream = 0, None
        elif kind in ("comm.opened", "comm.updated"):
            self._note_capture(data)
        elif kind == "run.retrying":
            self._forget_cells()
        elif kind == "truncated":
            self._truncated = "dropped" not in data

    def _screen(self, cell_id: str, widget: str | None) -> _Screen:
        key = cell_id if widget is None else f"widget {widget}"
        if key not in self._screens:
            self._screens[key] = _Screen(cell_id, widget)
        return self._screens[key]

    def _note_capture(self, message: Mapping[str, Any]) -> None:
        """An Output widget says by its state's msg_id whose output it captures; an empty one ends that."""
        comm_id, state = message.get("comm_id", ""), (message.get("data") or {}).get("state") or {}
        if state.get("_model_name") == OUTPUT_WIDGET:
            self._output_widgets.add(comm_id)
        if comm_id not in self._output_widgets or not isinstance(state.get("msg_id"), str):
            return
        for captors in self._capturing.values():
            if comm_id in captors:
                captors.remove(comm_id)
        cell_id = self._of_request.get(state["msg_id"])
        if cell_id is not None:
            self._capturing.setdefault(cell_id, []).append(comm_id)

    # -- the kernel ------------------------------------------------------------------------------------------------

    def text(self, name: str, text: str, parent: str, now: float) -> list[Draft]:
        """Text that user code wrote to stream `name` for the request `parent`."""
        screen = self._screen_of(parent)
        if screen is None or not text:
            return []
        text = self.redactor.chunk((self._key(screen), name), text)
        self._touched[self._key(screen)] = screen
        if screen.pending and screen.pending[-1][0] == name:
            screen.pending[-1][1].append(text)
        else:
            screen.pending.append((name, [text]))
        if not self._size:
            self._since = now
        self._size += len(text)
        quiet = now - self._emitted >= INTERVAL
        # `print` writes its newline apart: a line that has begun is given the time to end, not an event of its own.
        if self._size >= CHUNK or (quiet and (text.endswith("\n") or now - self._since >= INTERVAL)):
            return self.flush(now)
        return []

    def message(
        self, kind: str, parent: str, content: Mapping[str, Any], buffers: Sequence[bytes], now: float
    ) -> list[Draft]:
        """Any other message of the kernel; those that show nothing give no facts."""
        handler, screen = _MESSAGES.get(kind), self._screen_of(parent)
        if handler is None or screen is None:
            return []
        shown = self.redactor.value(dict(content))
        return handler(self, screen, shown, self.redactor.buffers(buffers), now)

    def flush(self, now: float, *, release: bool = False) -> list[Draft]:
        """Everything that waits. `release` also gives out what the redactor holds back: nothing will follow it."""
        drafts: list[Draft] = []
        for screen in self._touched.values():
            if release and self.redactor:
                self._release(screen)
            for name, parts in screen.pending:
                drafts += self._stream(screen, name, "".join(parts))
            screen.pending.clear()
        if release or not self.redactor:
            self._touched.clear()
        for draft in (*self._updates.values(), *self._comms.values()):
            drafts += self._counted(draft)
        self._updates, self._comms, self._size = {}, {}, 0
        if drafts:
            self._emitted = now
        return drafts

    def close(self, now: float) -> list[Draft]:
        """The last facts of a run's outputs, the account of what the quota dropped among them."""
        drafts = self.flush(now, release=True)
        if self._truncated:
            drafts.append(Draft("truncated", {"reason": "quota", "limit": self.quota, "dropped": self._dropped}))
            self._dropped, self._truncated = 0, False
        return drafts

    # -- inside ----------------------------------------------------------------------------------------------------

    def _screen_of(self, parent: str) -> _Screen | None:
        """Where the output of a request is shown. What belongs to no request (an exit handler's print) goes to the last
        cell; what belongs to somebody else's request (a console of the user's) is not this run's output."""
        cell_id = self._of_request.get(parent) if parent else self._latest
        if cell_id is None:
            return None
        captors = self._capturing.get(cell_id)
        return self._screen(cell_id, captors[-1]) if captors else self._screens[cell_id]

    @staticmethod
    def _key(screen: _Screen) -> str:
        return screen.cell_id if screen.widget is None else f"widget {screen.widget}"

    def _release(self, screen: _Screen) -> None:
        for name in ("stdout", "stderr"):
            held = self.redactor.release((self._key(screen), name))
            if held:
                screen.pending.append((name, [held]))

    def _stream(self, screen: _Screen, name: str, text: str) -> list[Draft]:
        drafts: list[Draft] = []
        for start in range(0, len(text), CHUNK):
            piece = text[start : start + CHUNK]
            if not self._affordable(len(piece), drafts):
                continue
            if screen.clear_next:
                drafts += self._clear(screen)
            if screen.open_stream == name and screen.outputs:
                drafts.append(self._draft("stream.appended", screen, {"index": screen.outputs - 1, "text": piece}))
            else:
                output = {"output_type": "stream", "name": name, "text": piece}
                drafts.append(self._draft("output.added", screen, {"index": screen.outputs, "output": output}))
        return drafts

    def _affordable(self, size: int, drafts: list[Draft]) -> bool:
        if self._used + size <= self.quota:
            self._used += size
            return True
        if not self._truncated:
            drafts.append(Draft("truncated", {"reason": "quota", "limit": self.quota}))
            self._truncated = True
        self._dropped += size
        return False

    def _counted(self, draft: Draft) -> list[Draft]:
        drafts: list[Draft] = []
        return [draft] if self._affordable(_cost(draft.data), drafts) else drafts

    def _draft(self, kind: str, screen: _Screen, data: dict[str, Any]) -> Draft:
        if screen.widget is not None:
            data["widget"] = screen.widget
        if screen.cell_id in self._finished:
            data["late"] = True
        draft = Draft(kind, data, screen.cell_id)
        self.apply(draft)
        return draft

    def _clear(self, screen: _Screen, *, wait: bool = False) -> list[Draft]:
        return [self._draft("outputs.cleared", screen, {"wait": True} if wait else {})]

    def _output(self, screen: _Screen, output: dict[str, Any], content: Mapping[str, Any], now: float) -> list[Draft]:
        drafts = self.flush(now)
        if not self._affordable(size(output), drafts):
            return drafts
        if screen.clear_next:
            drafts += self._clear(screen)
        data: dict[str, Any] = {"index": screen.outputs, "output": output}
        display_id = (content.get("transient") or {}).get("display_id")
        if display_id is not None:
            data["display_id"] = display_id
        return [*drafts, self._draft("output.added", screen, data)]

    def _display(self, screen: _Screen, content: dict[str, Any], buffers: Sequence[bytes], now: float) -> list[Draft]:
        output = {
            "output_type": "display_data",
            "data": content.get("data", {}),
            "metadata": content.get("metadata", {}),
        }
        name = results.name_in(output["metadata"])
        drafts = self._output(screen, output, content, now)
        return drafts if name is None else drafts + self._counted(self._recorded(screen, name, output))

    def _recorded(self, screen: _Screen, name: str, output: Mapping[str, Any]) -> Draft:
        """The display as a named result, too: what is shown may be cleared later, this stays."""
        data: dict[str, Any] = {"name": name, "data": output["data"]}
        metadata = {key: value for key, value in output["metadata"].items() if key != results.OURS}
        if metadata:
            data["metadata"] = metadata
        if screen.cell_id in self._finished:
            data["late"] = True
        found = health.brief(output["data"])
        if found is not None:
            data["health"] = found
        return Draft("result.recorded", data, screen.cell_id)

    def _result(self, screen: _Screen, content: dict[str, Any], buffers: Sequence[bytes], now: float) -> list[Draft]:
        output = {
            "output_type": "execute_result",
            "data": content.get("data", {}),
            "metadata": content.get("metadata", {}),
            "execution_count": content.get("execution_count"),
        }
        return self._output(screen, output, content, now)

    def _error(self, screen: _Screen, content: dict[str, Any], buffers: Sequence[bytes], now: float) -> list[Draft]:
        output = {
            "output_type": "error",
            "ename": content.get("ename", ""),
            "evalue": content.get("evalue", ""),
            "traceback": list(content.get("traceback", [])),
        }
        return self._output(screen, output, content, now)

    def _update(self, screen: _Screen, content: dict[str, Any], buffers: Sequence[bytes], now: float) -> list[Draft]:
        """A display that changes often is one fact per interval: only the last picture counts."""
        display_id = (content.get("transient") or {}).get("display_id")
        if display_id is None:
            return []
        data = {"display_id": display_id, "data": content.get("data", {}), "metadata": content.get("metadata", {})}
        self._updates[display_id] = Draft("display.updated", data, screen.cell_id)
        return self.flush(now) if now - self._emitted >= INTERVAL else []

    def _clear_output(
        self, screen: _Screen, content: dict[str, Any], buffers: Sequence[bytes], now: float
    ) -> list[Draft]:
        drafts = self.flush(now)
        if content.get("wait") and screen.clear_next:
            return drafts
        return drafts + self._clear(screen, wait=bool(content.get("wait")))

    def _comm_open(self, screen: _Screen, content: dict[str, Any], buffers: Sequence[bytes], now: float) -> list[Draft]:
        opened = Draft("comm.opened", _with_buffers(content, buffers), screen.cell_id)
        self.apply(opened)
        return [*self.flush(now), *self._counted(opened)]

    def _comm_close(
        self, screen: _Screen, content: dict[str, Any], buffers: Sequence[bytes], now: float
    ) -> list[Draft]:
        return [*self.flush(now), Draft("comm.closed", _with_buffers(content, buffers), screen.cell_id)]

    def _comm_message(
        self, screen: _Screen, content: dict[str, Any], buffers: Sequence[bytes], now: float
    ) -> list[Draft]:
        """State updates of one widget within an interval are one fact, its newest values winning."""
        draft = Draft("comm.updated", _with_buffers(content, buffers), screen.cell_id)
        self.apply(draft)
        data = content.get("data") or {}
        if buffers or data.get("method") != "update":
            return [*self.flush(now), *self._counted(draft)]
        before = self._comms.get(content.get("comm_id", ""))
        if before is not None:
            draft.data["data"] = {**data, "state": {**before.data["data"].get("state", {}), **data.get("state", {})}}
        self._comms[content.get("comm_id", "")] = draft
        return self.flush(now) if now - self._emitted >= INTERVAL else []

    def _lost(self, screen: _Screen, content: dict[str, Any], buffers: Sequence[bytes], now: float) -> list[Draft]:
        return [*self.flush(now), Draft("gap", dict(content), screen.cell_id)]


def _with_buffers(content: Mapping[str, Any], buffers: Sequence[bytes]) -> dict[str, Any]:
    data = {key: content[key] for key in ("comm_id", "target_name", "data") if key in content}
    if buffers:
        data["buffers"] = [base64.b64encode(buffer).decode("ascii") for buffer in buffers]
    return data


def _cost(data: Mapping[str, Any]) -> int:
    """What a fact costs of the quota."""
    shown = data.get("output", data)
    return size(shown.get("text", shown))


def size(value: Any) -> int:
    """A value's size in characters or, where it lives in a blob, bytes."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        known = value.get("size") if "$blob" in value else None
        # Otherwise it is user code's own mapping, which only looks like a reference.
        if isinstance(known, int) and known >= 0:
            return known
        return sum(len(key) + size(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(map(size, value))
    return 8


_MESSAGES: dict[str, Callable[..., list[Draft]]] = {
    "display_data": OutputStage._display,
    "execute_result": OutputStage._result,
    "error": OutputStage._error,
    "update_display_data": OutputStage._update,
    "clear_output": OutputStage._clear_output,
    "comm_open": OutputStage._comm_open,
    "comm_msg": OutputStage._comm_message,
    "comm_close": OutputStage._comm_close,
    "runt_lost": OutputStage._lost,
}
