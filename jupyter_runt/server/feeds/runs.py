"""The fan-out: one listener, one look at the store for everybody, one encoding for all who stand at the same place.

A pass looks at every followed run (in a thread), makes the frames that are wanted, and hands them to the followers that are ready. A
follower with unsent bytes is skipped: it holds one frame at most, and catches up later with larger ones. Passes follow each other
no faster than the frames of the last one allow, so that a thousand followers get fewer and larger frames instead of all of the processor.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from time import time

from jupyter_runt.errors import RunNotFound, RuntError, StoreCorrupt
from jupyter_runt.events import Event, codec
from jupyter_runt.server.feeds.bell import SWEEP_SECONDS, Call, cancelled, happens, listening
from jupyter_runt.server.feeds.follower import Follower
from jupyter_runt.server.feeds.frames import FRAME_BYTES, Frame, Wire, frame
from jupyter_runt.store.base import RunRow, Store

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.005
"""Between two passes. A worker rings some fifty times a second for a run that prints all the time."""
FRAMES_PER_SECOND = 8000.0
"""In all, in the long run. A frame costs some 30 µs of the event loop, which serves others too."""
ROWS_PER_SECOND = 10_000.0
"""Runs that are looked at, likewise: a ring does not say whose it is."""
LATE_PER_PASS = 2
"""Frames that one look at the store makes for those who are far behind, in turn: they must not keep waiting who is up to date."""
NEAR = 64
"""Events that somebody may lack who counts as up to date."""
KEPT_BYTES = 8 << 20
"""Frames of all runs that are kept for followers that will stand at the same place."""

Place = tuple[str, Wire, int]
"""Run, encoding and cursor: what makes a frame the same for two followers."""


@dataclass(slots=True)
class Feed:
    """One followed run: who follows it, and its row when it was last looked at."""

    followers: set[Follower] = field(default_factory=set)
    row: RunRow | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the store has found: rows (None: the run is gone), frames for the places that were asked for, and why
    there is none where the store is damaged."""

    rows: dict[str, RunRow | None]
    frames: dict[Place, Frame]
    broken: dict[Place, str]


class RunFeeds:
    """All followed runs of one server. Its methods belong to the event loop's thread."""

    def __init__(self, store: Store, call: Call, observe_lag: Callable[[float], None] = lambda seconds: None) -> None:
        """`call` runs a blocking function in a thread; `observe_lag` is told the age of what is handed over."""
        self._store, self._call, self._observe_lag = store, call, observe_lag
        self._feeds: dict[str, Feed] = {}
        self._kept: OrderedDict[Place, Frame] = OrderedDict()
        self.kept_bytes = 0
        """Of the frames that are kept."""
        self._turn = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def followers(self) -> int:
        return sum(len(feed.followers) for feed in self._feeds.values())

    def add(self, run_id: str, follower: Follower) -> None:
        """Begins to hand over what is behind the follower's cursor."""
        self._feeds.setdefault(run_id, Feed()).followers.add(follower)
        if self._task is None:
            self._begin()
        self.wake()

    def remove(self, run_id: str, follower: Follower) -> None:
        """The connection is closed. Unknown ones are ignored."""
        feed = self._feeds.get(run_id)
        if feed is None:
            return
        feed.followers.discard(follower)
        if not feed.followers:
            del self._feeds[run_id]
            for place in [place for place in self._kept if place[0] == run_id]:
                self._forget(place)

    def wake(self) -> None:
        """Something may have changed: the store, or a follower that can take more."""
        self._wake.set()

    async def close(self) -> None:
        """Lets all followers go; they come back with their cursors."""
        await cancelled(self._task)
        self._dismiss()

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._run(), name="jupyter-runt feeds")
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody is left waiting for a loop that has failed: they come back, and begin another one."""
        self._task = None
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.error("following runs failed; the followers will connect again", exc_info=failure)
            self._dismiss()
        elif self._feeds and not task.cancelled():
            self._begin()

    def _dismiss(self) -> None:
        for feed in list(self._feeds.values()):
            for follower in tuple(feed.followers):
                follower.go_away()
        self._feeds.clear()

    # -- the loop ----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        with listening(self._store, self.wake):
            while self._feeds:
                self._wake.clear()
                sent = await self._pass()
                await asyncio.sleep(max(PAUSE_SECONDS, sent / FRAMES_PER_SECOND, len(self._feeds) / ROWS_PER_SECOND))
                await happens(self._wake, SWEEP_SECONDS)

    async def _pass(self) -> int:
        """One look, and what comes of it; returns how many frames were handed over."""
        wanted = self._wanted()
        try:
            look: Look = await self._call(look_at, self._store, tuple(self._feeds), wanted)
        except RuntError:  # busy, or its disk is full: the cursors stay where they are
            return 0
        for place, made in look.frames.items():
            self._keep(place, made)
        sent = 0
        for run_id, row in look.rows.items():
            feed = self._feeds.get(run_id)
            if feed is None:
                continue
            feed.row = row
            for follower in tuple(feed.followers):
                sent += self._serve(run_id, row, follower, look)
        return sent

    def _wanted(self) -> list[Place]:
        """Where ready followers stand for whom no good frame is kept: all who are about up to date (nobody knows yet what there is
        for them), and some of the others, in turn."""
        near: dict[Place, None] = {}
        late: dict[Place, None] = {}
        for run_id, feed in self._feeds.items():
            for follower in feed.followers:
                place = (run_id, follower.wire, follower.after)
                if follower.ready and not self._is_good(place, feed.row):
                    lacks = NEAR + 1 if feed.row is None else feed.row.seq - follower.after
                    (near if lacks <= NEAR else late)[place] = None
        begin = self._turn % max(1, len(late))
        self._turn = begin + LATE_PER_PASS
        return [*near, *[*late, *late][begin : begin + min(LATE_PER_PASS, len(late))]]

    def _is_good(self, place: Place, row: RunRow | None) -> bool:
        """Whether the frame kept for a place is full, or leads as far as is known. Small ones were made for those who
        were up to date; who comes later would get a whole log of them."""
        kept = self._kept.get(place)
        return kept is not None and (len(kept.payload) >= FRAME_BYTES or row is None or kept.seq >= row.seq)

    def _serve(self, run_id: str, row: RunRow | None, follower: Follower, look: Look) -> int:
        if row is None:
            self.remove(run_id, follower)
            follower.lose()
            return 0
        place = (run_id, follower.wire, follower.after)
        if place in look.broken:
            log.warning("following run %s ends behind event %d: %s", run_id, follower.after, look.broken[place])
            self.remove(run_id, follower)
            follower.fail()
            return 0
        if not follower.ready:
            return 0
        found = look.frames.get(place) or self._kept.get(place)
        if found is not None:
            follower.after = found.seq
            follower.send(found.payload)
            if place in look.frames:
                self._observe_lag(max(0.0, time() - found.at))
            if follower.after < row.seq or row.ended:
                self.wake()
            return 1
        if row.ended and follower.after >= row.seq:
            self.remove(run_id, follower)
            follower.end(row.status, row.reason)
        elif follower.after < row.seq:
            self.wake()  # more was wanted than one look makes
        return 0

    # -- frames that others may want, too ----------------------------------------------------------------------------

    def _keep(self, place: Place, made: Frame) -> None:
        if place[0] not in self._feeds:
            return
        self._forget(place)
        self._kept[place] = made
        self.kept_bytes += len(made.payload)
        while self.kept_bytes > KEPT_BYTES:
            self._forget(next(iter(self._kept)))

    def _forget(self, place: Place) -> None:
        gone = self._kept.pop(place, None)
        if gone is not None:
            self.kept_bytes -= len(gone.payload)


def look_at(store: Store, run_ids: Collection[str], wanted: Collection[Place]) -> Look:
    """Reads the rows of the runs, and then the frames for the wanted places."""
    rows = {run_id: _row(store, run_id) for run_id in run_ids}
    frames: dict[Place, Frame] = {}
    broken: dict[Place, str] = {}
    for place in wanted:
        run_id, wire, after = place
        row = rows.get(run_id)
        if row is None or after >= row.seq:
            continue
        try:
            events = store.read(run_id, after, max_bytes=FRAME_BYTES)
            if wire.inline:
                events = with_values(store, events)
            if events:
                frames[place] = frame(wire, run_id, after, events)
        except (StoreCorrupt, RunNotFound, ValueError, KeyError, TypeError) as error:
            # Removed just now, or damaged: of this run nobody can follow on; the others' followers know nothing of it.
            rows[run_id] = _row(store, run_id)
            if rows[run_id] is not None:
                broken[place] = str(error)
    return Look(rows, frames, broken)


def with_values(store: Store, events: Iterable[Event]) -> list[Event]:
    """The events with their values put back from blobs, as many (at least one) as about fill a frame."""
    found: list[Event] = []
    room = FRAME_BYTES
    for event in events:
        sizes = codec.sizes(event.data)
        if found and sizes > room:
            break
        room -= sizes
        found.append(codec.inline(event, store.blob))
    return found


def _row(store: Store, run_id: str) -> RunRow | None:
    try:
        return store.run(run_id)
    except RunNotFound:
        return None
