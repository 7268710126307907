"""Logs to show: recorded ones, and ones made by hand."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from jupyter_runt.events import Event
from jupyter_runt.run import health
from tests.run.driving import WALL, submitted

DATA = Path(__file__).parent / "data"


def recorded(name: str) -> list[Event]:
    """A run that a real kernel made, from data/NAME.json."""
    return [Event(**fact) for fact in json.loads((DATA / f"{name}.json").read_text("utf-8"))]


class Log:
    """A run written by hand: every method appends events and returns the newest."""

    def __init__(self, *cells: str, title: str = "Report", **policy: Any) -> None:
        self.events: list[Event] = []
        draft = submitted(*({"id": cell, "type": "code", "line": 10 * at} for at, cell in enumerate(cells, 1)))
        self.add("run.submitted", {**draft.data, "title": title, "policy": {**draft.data["policy"], **policy}})

    def add(
        self, kind: str, data: dict[str, Any] | None = None, cell: str | None = None, attempt: int | None = None
    ) -> Event:
        seq = len(self.events) + 1
        event = Event("run-1", seq, WALL + seq, kind, data or {}, cell, attempt)
        self.events.append(event)
        return event

    def begin(self) -> Event:
        self.add("run.claimed", {"worker": "w", "epoch": 1})
        self.add("kernel.starting", {"clock": 1.0, "attempt": 1, "display_name": "Python 3"})
        self.add("kernel.ready", {"pid": 7})
        return self.add("run.started", {"attempt": 1})

    def start(self, cell: str) -> Event:
        self.index = -1
        return self.add("cell.started", {"msg_id": f"m-{cell}", "clock": 2.0}, cell, 1)

    def out(self, cell: str, text: str, name: str = "stdout", **data: Any) -> Event:
        self.index += 1
        output = {"output_type": "stream", "name": name, "text": text}
        return self.add("output.added", {"index": self.index, "output": output, **data}, cell)

    def more(self, cell: str, text: str) -> Event:
        return self.add("stream.appended", {"index": self.index, "text": text}, cell)

    def show(self, cell: str, bundle: dict[str, Any], **data: Any) -> Event:
        self.index += 1
        output = {"output_type": "display_data", "data": bundle, "metadata": {}}
        return self.add("output.added", {"index": self.index, "output": output, **data}, cell)

    def record(self, cell: str, report: dict[str, Any], name: str = "health") -> Event:
        bundle = {health.MIME: {"version": 1, "monitor": "disk-check", "subject": "here", **report}}
        return self.add("result.recorded", {"name": name, "data": bundle, "health": health.brief(bundle)}, cell)

    def finish(self, cell: str, status: str = "succeeded", **data: Any) -> Event:
        return self.add("cell.finished", {"status": status, "duration": 0.5, **data}, cell, 1)

    def end(self, status: str = "succeeded", **data: Any) -> Event:
        return self.add("run.finished", {"status": status, "attempts": 1, "counts": {}, "duration": 1.4, **data})


class Stream(io.StringIO):
    """A text stream that is, or is no, terminal."""

    def __init__(self, *, terminal: bool = False) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal
