"""A run's picture in a cell's output, kept up to date while other cells run."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

from jupyter_runt.client.base import PATIENCE_SECONDS, Client
from jupyter_runt.errors import RunNotFound, RuntError
from jupyter_runt.kernel import recording
from jupyter_runt.magics import shell
from jupyter_runt.magics.changing import Changing
from jupyter_runt.magics.picture import remarked

PAUSE_SECONDS = 0.125
"""Between two updates, however much the run says: with the last one, which may come at once, fewer than ten a second."""
MOST = 50
"""Displays that are kept up to date at once: each of them is a thread, and each run that is followed two files."""
QUEUED_SECONDS = 3.0
"""Between two looks at why a run waits, or whether a server is back that went as the run ended: nothing tells of that."""
UNWATCHED_SECONDS = 1.0
"""The same where nobody looks on: each update becomes an event of the run that executes this notebook."""

Draw = Callable[[bool], dict[str, Any]]
"""The MIME bundle of now; True: of the end, with everything."""


class Shown(ABC):
    """What a cell shows of itself, once however often it is named in it."""

    def __init__(self, client: Client) -> None:
        self._opened, self._process = client, os.getpid()
        self._lives: list[Live] = []
        self._shown_in: int | None = None

    @property
    def _client(self) -> Client:
        """RuntError in a forked process: connections and the threads that follow do not come along."""
        if self._process != os.getpid():
            raise RuntError(
                "This object belongs to the process that this one was forked from.",
                remedy="Use it there, or look at its runs by their ids: %runt show ID.",
            )
        return self._opened

    def show(self) -> None:
        """Its picture as it is now, which stays up to date until the end, also while other cells run."""
        self.hide()
        over = self._is_over()
        if over or not shell.is_notebook():
            publish(self._draw(over))
        elif Live.count >= MOST:
            publish(self._draw(False))
            print(
                f"{MOST} pictures are kept up to date already, and this is not; `%runt sweep` shows many runs in one."
            )
        else:
            self._lives.append(Live(self._draw, self._source()))

    def hide(self) -> None:
        """As the value of the cell that runs it shows nothing."""
        self._shown_in = getattr(shell.shell(), "execution_count", None)

    def _ipython_display_(self) -> None:
        if not shell.is_notebook():  # IPython has written `Out[3]: `
            text = self._line() if self._is_shown() else repr(self)
            print(f"\n{text}" if "\n" in text else text)
        elif not self._is_shown():
            try:
                self.show()
            except RuntError:  # it was removed, say, which is no fault of the cell that names it
                print(repr(self))

    def _is_shown(self) -> bool:
        """Whether this very cell has shown it."""
        return self._shown_in is not None and self._shown_in == getattr(shell.shell(), "execution_count", None)

    @abstractmethod
    def _line(self) -> str:
        """What it is, in one line."""

    @abstractmethod
    def _source(self) -> Changing:
        """What tells of changes."""

    @abstractmethod
    def _is_over(self) -> bool:
        """Whether nothing more will change."""

    @abstractmethod
    def _draw(self, end: bool) -> dict[str, Any]:
        """The MIME bundle of now; with `end` everything. Any thread may call it."""

    def _finish(self, source: Changing) -> None:
        """Shows the end in all displays, and raises what kept it from being followed."""
        for live in self._lives:
            live.finish(source)
            self.hide()  # it stands there, a few cells above
        if source.error is not None:
            raise source.error


class Live:
    """One display, one of `count` that are kept up to date. `feed` tells that something has changed and when there is nothing more
    to come; `draw` may be called by any thread."""

    count = 0

    def __init__(self, draw: Draw, feed: Changing) -> None:
        from IPython.display import display

        self._draw, self._feed = draw, feed
        self._lock = threading.Lock()
        self._last: Changing | None = None
        """Whose end is shown."""
        version = feed.version
        self._drawn = self._shown = draw(False)
        begin: Any = display
        self._handle = begin(self._shown, raw=True, display_id=True)
        Live.count += 1
        threading.Thread(target=self._update, args=(version,), name="jupyter-runt display", daemon=True).start()

    def finish(self, feed: Changing) -> None:
        """Shows the end that `feed` has come to, if that has not been done: what is shown by the thread that executes a cell
        belongs to that cell for every front end, also for those that take no late updates."""
        with self._lock:
            if self._last is not feed and self._show(end=True):
                self._last = feed  # not before it is shown: an interrupt leaves it to the other thread

    def _update(self, version: int) -> None:
        try:
            self._follow(version)
        finally:
            Live.count -= 1

    def _follow(self, version: int) -> None:
        pause = UNWATCHED_SECONDS if shell.is_part_of_a_run() else PAUSE_SECONDS
        feed, shown_at = self._feed, monotonic()
        while not feed.done:
            feed.wait(version, QUEUED_SECONDS if feed.is_queued else None)
            self._breathe(shown_at + pause)
            version, shown_at = feed.version, monotonic()
            with self._lock:
                if self._last is None and not feed.is_over:  # the end is shown once, and whole
                    self._show(end=False)
        self._breathe(shown_at + pause)
        give_up = monotonic() + PATIENCE_SECONDS
        while self._last is None and monotonic() < give_up:
            self.finish(feed)
            self._breathe(monotonic() + QUEUED_SECONDS)

    def _breathe(self, until: float) -> None:
        """Up to the time of the next update; not where the end has been shown meanwhile."""
        if self._last is None and (seconds := until - monotonic()) > 0:
            sleep(seconds)

    def _show(self, *, end: bool) -> bool:
        """Whether it could be drawn. Where the server is away, say, the picture stays, and says so."""
        try:
            bundle = self._drawn = self._draw(end)
            drawn = True
        except Exception as error:  # noqa: BLE001 - whatever it is, the cell that runs now has nothing to do with it
            bundle = remarked(self._drawn, str(error))
            drawn = isinstance(error, RunNotFound)  # nobody can draw what was removed
        if bundle != self._shown:
            self._handle.update(bundle, raw=True)
            self._shown = bundle
        return drawn


def publish(bundle: dict[str, Any]) -> None:
    """Shows a MIME bundle in the cell's output; at a terminal its text."""
    if not shell.is_notebook():
        print(bundle["text/plain"])
        return
    recording.publish(bundle, {})
