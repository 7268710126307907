"""A follower in the test's own process: it hears the store's bell and notes when each event came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from jupyter_runt.events import Event, codec
from jupyter_runt.run.state import RunState, apply
from jupyter_runt.store.base import Store

PRINTED = ("output.added", "stream.appended")


class Stuck(AssertionError):
    """What a round waited for did not come in time."""


class Watch:
    """One run's events as they come. `on_quiet` is called ten times a second while nothing comes."""

    def __init__(self, store: Store, run_id: str, deadline: float, on_quiet: Callable[[], None] = lambda: None) -> None:
        self._store, self.run_id, self._deadline, self._on_quiet = store, run_id, deadline, on_quiet
        self.blob = store.blob
        self._listener = store.listen()
        self.state = RunState(run_id)
        self.events: list[Event] = []
        self.came: list[float] = []
        """When each event was seen, on the monotonic clock."""

    def fresh(self) -> list[Event]:
        """What came since the last look."""
        self._listener.drain()
        before = len(self.events)
        while page := self._store.read(self.run_id, len(self.events)):
            for event in page:
                apply(self.state, codec.inline(event, self._store.blob) if event.seq == 1 else event)
                self.events.append(event)
                self.came.append(time.monotonic())
        return self.events[before:]

    def each(self) -> Iterator[Event]:
        """Events from here on, up to the run's end. Stuck when the round's time is over."""
        while True:
            yield from self.fresh()
            if self.state.ended:
                return
            if time.monotonic() > self._deadline:
                raise Stuck("the round took too long")
            if not self._listener.wait(0.1):
                self._on_quiet()

    def until(self, holds: Callable[[Event], bool], what: str) -> Event:
        """The first event from here on of which that holds."""
        for event in self.each():
            if holds(event):
                return event
        raise Stuck(f"the run ended before {what}")

    def pause(self, seconds: float) -> None:
        """Lets time pass; not one that anything is waited for with, but the random part of a moment."""
        time.sleep(seconds)

    def leave_alone(self) -> None:
        """From now on nothing is done while nothing comes."""
        self._on_quiet = lambda: None

    def allow(self, seconds: float) -> None:
        """From now on it may take that long."""
        self._deadline = time.monotonic() + seconds

    def of(self, *kinds: str) -> list[Event]:
        return [event for event in self.events if event.type in kinds]

    def live_again(self, killed: float) -> float | None:
        """Seconds from a worker's death to the first output that the next one committed, as this follower saw it."""
        adopted = False
        for event, came in zip(self.events, self.came, strict=True):
            if came <= killed:
                continue
            adopted = adopted or event.type == "run.adopted"
            if adopted and event.type in PRINTED:
                return came - killed
        return None

    def close(self) -> None:
        self._listener.close()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
