"""A person's terminal: output scrolls, below it the cells change as the run goes on."""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event as Flag
from threading import RLock, Thread
from typing import TextIO

from jupyter_runt.cli.render import region
from jupyter_runt.cli.render.ansi import colours_only, printable, strip
from jupyter_runt.cli.render.base import Look
from jupyter_runt.cli.render.narrator import Kind, Narrator, Piece
from jupyter_runt.cli.render.screen import Screen, leaves_open
from jupyter_runt.cli.render.sinks import Line, Sink
from jupyter_runt.events import Event
from jupyter_runt.run import health

TICK = 0.25
"""Seconds between two looks at the clock while nothing happens; the region is written only when its text changes."""
BATCH = 0.04
"""Seconds in which output is gathered into one write: what is faster, nobody sees."""
BATCH_SIZE = 256 * 1024

_WORDS = {"succeeded": "32", "failed": "31", "cancelled": "33"}
_OF_HEALTH = {
    health.CRITICAL: "31", health.WARNING: "33", health.NO_DATA: "35", health.PARTIAL: "33", health.HEALTHY: "32",
}  # fmt: skip


class TerminalRenderer:
    """A live region on stderr. Output goes above it, or to stdout where that is no terminal."""

    def __init__(self, look: Look, stdout: TextIO, stderr: TextIO, *, colour: bool,
                 now: Callable[[], float] = time.time) -> None:  # fmt: skip
        self._narrator = Narrator(look)
        self._terminal = Sink(stderr, Line())
        self._elsewhere = None if stdout.isatty() else Sink(stdout, Line())
        self._style = region.Style(colour, unicode=(stderr.encoding or "").lower().replace("-", "") == "utf8")
        self._stderr, self._now = stderr, now
        self._screen = Screen()
        self._lock = RLock()
        self._queue: list[str] = []
        self._queued = 0
        self._open = False
        self._written_at = 0.0
        self._heard = 0.0
        self._summary = ""
        self._suspended = self._closed = False
        self._stirred, self._ended = Flag(), Flag()
        self._thread: Thread | None = None

    def event(self, event: Event, *, shown: bool = True) -> None:
        with self._lock:
            for piece in self._narrator.tell(event):
                if shown:
                    self._show(piece)
            self._heard = event.at
            if self._thread is None and not self._closed:
                self._begin()
            if self._queued > BATCH_SIZE or time.monotonic() - self._written_at >= BATCH:
                self._refresh()
            else:
                self._stirred.set()

    def say(self, text: str) -> None:
        with self._lock:
            self._lines(text)
            self._refresh()

    @contextmanager
    def suspend(self) -> Iterator[None]:
        with self._lock:
            self._refresh()
            self._suspended = True
            self._terminal.write(self._screen.release())
        try:
            yield
        finally:
            with self._lock:
                self._suspended = False
                self._screen.typed()
                self._open = bool(self._queue) and leaves_open("".join(self._queue), open_before=False)
                self._refresh()

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            atexit.unregister(self._leave)
            self._ended.set()
            self._stirred.set()
            for piece in self._narrator.owed():
                self._show(piece)
            if self._summary:
                self._lines("\n".join([*region.final(self._narrator.state, self._style, self._size()), self._summary]))
            self._terminal.write(self._screen.close(self._taken()))

    # -- inside ----------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        atexit.register(self._leave)
        self._thread = Thread(target=self._tick, name="runt-terminal", daemon=True)
        self._thread.start()

    def _leave(self) -> None:
        """At the process's end, if nobody closed the renderer."""
        with suppress(OSError, ValueError):  # the terminal may have gone before us
            self.close()

    def _tick(self) -> None:
        while not self._ended.is_set():
            if self._stirred.wait(TICK):
                self._ended.wait(BATCH)
            try:
                with self._lock:
                    self._stirred.clear()
                    if not self._closed:
                        self._refresh()
            except (OSError, ValueError):
                return  # the terminal has gone; whoever writes next from the run's side is told

    def _show(self, piece: Piece) -> None:
        colour = self._style.colour
        if piece.kind in (Kind.STARTED, Kind.FINISHED):
            return  # the region says so
        if piece.kind in (Kind.OUT, Kind.RESULT) and self._elsewhere is not None:
            (self._elsewhere.write if piece.kind is Kind.OUT else self._elsewhere.lines)(piece.text)
        elif piece.kind in (Kind.OUT, Kind.ERR):
            self._put(piece.text)
        elif piece.kind is Kind.TRACEBACK:
            self._lines(colours_only(piece.text) if colour else strip(piece.text))
        elif piece.kind is Kind.SUMMARY:
            word, _, rest = printable(piece.text).partition(":")
            status = health.worst(self._narrator.state.health.values())
            rest = rest.replace(f" is {status}", f" is {self._style.paint(_OF_HEALTH[status], status)}", 1)
            self._summary = f"{self._style.paint(_WORDS.get(word, '0'), word)}:{rest}"
        else:
            self._lines(self._style.paint("2", piece.text) if piece.kind is Kind.NOTE else piece.text)

    def _put(self, text: str) -> None:
        self._open = leaves_open(text, self._open)
        self._queue.append(text)
        self._queued += len(text)

    def _lines(self, text: str) -> None:
        self._put(("\n" if self._open else "") + text + "\n")

    def _taken(self) -> str:
        text = "".join(self._queue)
        self._queue.clear()
        self._queued = 0
        return text

    def _refresh(self) -> None:
        if self._suspended or self._closed:
            return
        size = self._size()
        self._screen.columns = size[0]
        lines = (
            region.live(self._narrator.state, self._style, size, self._now(), self._heard)
            if self._shows_cells()
            else []
        )
        self._terminal.write(self._screen.compose(self._taken(), lines))
        self._written_at = time.monotonic()

    def _shows_cells(self) -> bool:
        return bool(self._narrator.state.run_id) and not self._narrator.state.ended

    def _size(self) -> tuple[int, int]:
        try:
            columns, rows = os.get_terminal_size(self._stderr.fileno())
        except (OSError, ValueError):
            return 80, 24
        return columns or 80, rows or 24  # a terminal nobody has told its size says 0
