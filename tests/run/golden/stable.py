"""A log without what differs from one recording to the next: times, ids, paths and addresses."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from jupyter_runt.events import Event, codec, schema
from tests.cli.runt import ROOT

BEGIN = 1_795_000_000.0
BEAT = 0.25
"""Seconds between two events, and on the monotonic clock."""
CLOCK = 1000.0
DURATION = 0.5

ADDRESS = re.compile(r"\b0x[0-9a-f]{6,16}\b")
CELL_FILE = re.compile(r"/tmp/ipykernel_\d+/\d+\.py")
LONG_ID = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
KERNEL = {"status": "ok", "protocol_version": "5.4", "implementation": "ipython", "pid": 4242}


def stable(name: str, events: Sequence[Event], folder: str) -> list[dict[str, Any]]:
    """The events as JSON, of a run that is called after its log. `folder` is where the recording took place."""
    run_id = f"golden-{name}"
    texts = _Texts(
        [(folder, "/srv/golden"), (str(ROOT), "/srv/product"), (sys.prefix, "/usr"), (events[0].run_id, run_id)]
    )
    made = []
    for event in events:
        data = _timed(event, CLOCK + BEAT * event.seq)
        if event.type in ("run.claimed", "run.adopted", "run.released"):
            texts.name(data.get("worker"), "worker")
            texts.name(data.get("boot"), "boot")
        if event.type == "run.submitted":
            data["requested_by"] = "ada"
            data["runtime"] = {**data["runtime"], "env": {"PATH": "/usr/bin"}}
            data["version"] = "1"
        elif event.type == "kernel.ready":
            data = {**KERNEL, "language_info": {"name": data.get("language_info", {}).get("name", "")}}
        fact = Event(run_id, event.seq, BEGIN + BEAT * event.seq, event.type, data, event.cell_id, event.attempt)
        shown = texts.walk(codec.to_json(fact))
        faults = schema.validate(shown)
        assert not faults, f"{shown}: {faults}"
        made.append(shown)
    return made


def _timed(event: Event, clock: float) -> dict[str, Any]:
    data = dict(event.data)
    fixed: dict[str, Callable[[], float]] = {
        "clock": lambda: clock,
        "duration": lambda: DURATION,
        "not_before": lambda: clock + data["delay"],
        "deadline_clock": lambda: clock + data["deadline_in"],
    }
    return data | {key: value() for key, value in fixed.items() if data.get(key) is not None}


class _Texts:
    """Replaces the same text by the same other one, wherever it stands."""

    def __init__(self, known: Sequence[tuple[str, str]]) -> None:
        self._known = dict(known)
        self._ids: dict[str, str] = {}

    def name(self, text: str | None, kind: str) -> None:
        if text and text not in self._known:
            count = sum(new.startswith(f"{kind}-") for new in self._known.values())
            self._known[text] = f"{kind}-{count + 1}"

    def walk(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._text(key): self.walk(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.walk(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        for old, new in self._known.items():
            text = text.replace(old, new)
        text = CELL_FILE.sub("/tmp/ipykernel/1.py", ADDRESS.sub("0x7f0000000000", text))
        return LONG_ID.sub(lambda found: self._ids.setdefault(found[0], f"id-{len(self._ids) + 1}"), text)
