"""Following one run in the background: its state, and the last lines of what it prints, for whoever shows or awaits it."""

from __future__ import annotations

import threading
import weakref

from jupyter_runt.cli.render.ansi import still
from jupyter_runt.cli.render.bundle import output_text
from jupyter_runt.client.base import RECONNECTED, Client
from jupyter_runt.events import Event
from jupyter_runt.magics.changing import Changing
from jupyter_runt.run.state import RunState, apply

TAIL_CHARACTERS = 4000
TAIL_LINES = 12
TAILS = 12

_known: weakref.WeakValueDictionary[tuple[int, str], Feed] = weakref.WeakValueDictionary()
"""Those of clients that live, which a session's do to its end; one that follows is kept by its thread."""
_lock = threading.Lock()


class Feed(Changing):
    """One run, followed by a thread of its own from its first event on."""

    def __init__(self, client: Client, run_id: str) -> None:
        super().__init__(f"Following run {run_id}")
        self._client, self._run_id = client, run_id
        self.state = RunState(run_id)
        self.tails: dict[str, str] = {}
        """By cell, the end of what it has shown; of the last cells that have shown something."""
        self.heard: float | None = None
        """When the last event was written."""
        self.begin(f"jupyter-runt {run_id}")

    @classmethod
    def of(cls, client: Client, run_id: str) -> Feed:
        """The one that follows this run already, or a new one."""
        key = (id(client), run_id)
        with _lock:
            known = _known.get(key)
            if known is None or known.error is not None:
                known = _known[key] = cls(client, run_id)
            return known

    @property
    def is_queued(self) -> bool:
        return self.state.status == "queued"

    @property
    def is_over(self) -> bool:
        return self.done or self.state.ended

    def settled(self, timeout: float | None) -> bool:
        """Until the run has ended or waits for an input; False when time was up before."""
        with self.changed:
            return self.changed.wait_for(lambda: self.done or self.state.status == "waiting", timeout)

    def asks(self, input_id: str) -> bool:
        """Whether the run still waits for this answer, as far as is known here. Called with the lock."""
        asked = self.state.question
        return not self.done and asked is not None and asked.id == input_id and not asked.answered

    # -- in the thread -----------------------------------------------------------------------------------------------

    def follow(self) -> None:
        for event in self._client.follow(self._run_id, tell=self._told):
            with self.changed:
                self._take(event)
                self.tell()

    def _take(self, event: Event) -> None:
        self.message, self.heard = "", event.at
        apply(self.state, event)
        if event.type == "run.retrying":
            self.tails.clear()
        elif event.type in ("cell.started", "outputs.cleared"):
            self.tails.pop(event.cell_id or "", None)
        elif event.type == "stream.appended":
            self._add(event.cell_id or "", str(event.data["text"]))
        elif event.type == "output.added":
            self._add(event.cell_id or "", output_text(event.data["output"]))

    def _add(self, cell_id: str, text: str) -> None:
        self.tails[cell_id] = (self.tails.pop(cell_id, "") + text[-TAIL_CHARACTERS:])[-TAIL_CHARACTERS:]
        if len(self.tails) > TAILS:
            del self.tails[next(iter(self.tails))]

    def _told(self, text: str) -> None:
        self.say("" if text == RECONNECTED else text)  # a picture tells what is, no log


def lines(tail: str) -> list[str]:
    """The last lines of a text as a terminal would show them: what a carriage return wrote over is gone."""
    shown = [line.rstrip() for line in still(tail).rstrip("\n").split("\n")]
    return shown[-TAIL_LINES:] if any(shown) else []
