"""The list of runs as it changes: open runs and the newest ones, the workers, and how many runs there are of each status."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from jupyter_runt.client.rows import row_json, workers_json
from jupyter_runt.errors import RunNotFound, RuntError
from jupyter_runt.events.codec import encode
from jupyter_runt.server.feeds.bell import SWEEP_SECONDS, Call, cancelled, happens, listening
from jupyter_runt.server.feeds.frames import socket_text
from jupyter_runt.store.base import DRIVEN, RunFilter, RunRow, Store

log = logging.getLogger(__name__)

NEWEST, OPEN = 100, 500
"""Rows that are watched: so many of the newest runs, and so many of those that are driven and of those that wait beside them."""
PAUSE_SECONDS = 0.2
"""Between two looks while somebody watches; a person sees no more than that."""
UNWATCHED_SECONDS = 1.0
"""Between two looks while nobody does: changes of status are told to others, too."""


class Watcher(Protocol):
    """One connection that watches the list. `version` is the state that it has seen; 0: none."""

    version: int

    @property
    def ready(self) -> bool: ...

    def send(self, payload: bytes) -> None: ...

    def go_away(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Listing:
    """What the list shows at one moment. Rows are without `seq`, workers without their lease: both change all the time."""

    rows: Mapping[str, RunRow] = field(default_factory=dict)
    workers: Sequence[Mapping[str, Any]] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    removed: Sequence[str] = ()
    """Runs of the listing before that are gone."""
    left: Sequence[RunRow] = ()
    """Runs of the listing before that are there, but are watched no more."""


class ListFeed:
    """Watches the list for everybody. Its methods belong to the event loop's thread."""

    def __init__(self, store: Store, call: Call, on_status: Callable[[RunRow, str | None], None]) -> None:
        """`on_status` hears of each run whose status has changed, with the status before (None: the run is new)."""
        self._store, self._call, self._on_status = store, call, on_status
        self._watchers: set[Watcher] = set()
        self._listing: Listing | None = None
        self._version = 0
        self._wake = asyncio.Event()
        self._joined = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._snapshot = (0, b"")
        """The whole list as it was at that version, for all who come while it is so."""

    @property
    def watchers(self) -> int:
        return len(self._watchers)

    def start(self) -> None:
        """Begins to look, unless it does already. After a failure it begins anew by itself."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="jupyter-runt list")
            self._task.add_done_callback(self._ended)

    def add(self, watcher: Watcher) -> None:
        """Shows it the whole list, then every change."""
        self._watchers.add(watcher)
        self.start()
        self._joined.set()
        self.wake()

    def remove(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)

    def wake(self) -> None:
        """Something may have changed: the store, or a watcher that can take more."""
        self._wake.set()

    async def close(self) -> None:
        self._closed = True
        await cancelled(self._task)
        self._dismiss()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.error("watching the list of runs failed; it begins anew", exc_info=failure)
            self._dismiss()
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._begin_anew)

    def _begin_anew(self) -> None:
        if not self._closed:
            self.start()

    def _dismiss(self) -> None:
        for watcher in tuple(self._watchers):
            watcher.go_away()
        self._watchers.clear()

    # -- the loop ----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        with listening(self._store, self.wake):
            while True:
                self._wake.clear()
                self._joined.clear()
                try:
                    self._turn_to(await self._call(look_at, self._store, self._listing))
                except RuntError as error:
                    log.info("the list of runs cannot be read now: %s", error.message)
                await happens(self._joined, PAUSE_SECONDS if self._watchers else UNWATCHED_SECONDS)
                await happens(self._wake, SWEEP_SECONDS)

    def _turn_to(self, listing: Listing) -> None:
        before, self._listing = self._listing, listing
        changes = None if before is None else _changes(before, listing)
        if before is not None:
            self._tell_statuses(before, listing)
        if changes or before is None:
            self._version += 1
        payload = socket_text(encode({"type": "changes", **changes})) if changes and self._watchers else None
        for watcher in tuple(self._watchers):
            if not watcher.ready or watcher.version == self._version:
                continue
            if payload is not None and watcher.version == self._version - 1:
                watcher.version = self._version
                watcher.send(payload)
            else:
                self._show(watcher, listing)

    def _show(self, watcher: Watcher, listing: Listing) -> None:
        if self._snapshot[0] != self._version:
            self._snapshot = (self._version, self._encoded(listing))
        watcher.version = self._version
        watcher.send(self._snapshot[1])

    @staticmethod
    def _encoded(listing: Listing) -> bytes:
        shown = {
            "type": "snapshot",
            "runs": [row_json(row) for row in listing.rows.values()],
            "workers": list(listing.workers),
            "counts": dict(listing.counts),
        }
        return socket_text(encode(shown))

    def _tell_statuses(self, before: Listing, after: Listing) -> None:
        for row in (*after.rows.values(), *after.left):
            known = before.rows.get(row.run_id)
            if known is None or known.status != row.status:
                self._on_status(row, None if known is None else known.status)


def look_at(store: Store, before: Listing | None) -> Listing:
    """Reads the list, and what became of the runs that it shows no more."""
    newest = store.runs(RunFilter(limit=NEWEST))
    # Workers take the oldest first, so what is driven would be the first to be cut off.
    driven = store.runs(RunFilter(status=DRIVEN, limit=OPEN))
    queued = store.runs(RunFilter(status=["queued"], limit=OPEN))
    rows = {row.run_id: replace(row, seq=0) for row in (*newest, *driven, *queued)}
    removed, left = _departed(store, () if before is None else before.rows.keys() - rows.keys())
    workers = [{key: each[key] for key in each if key != "lease_until"} for each in workers_json(store)]
    return Listing(rows, workers, dict(store.counts()), removed, left)


def _departed(store: Store, run_ids: Collection[str]) -> tuple[list[str], list[RunRow]]:
    removed, left = [], []
    for run_id in run_ids:
        try:
            left.append(replace(store.run(run_id), seq=0))
        except RunNotFound:
            removed.append(run_id)
    return removed, left


def _changes(before: Listing, after: Listing) -> dict[str, Any]:
    """What a watcher of the listing before must be told; {} when there is nothing."""
    rows = [row for row in (*after.rows.values(), *after.left) if before.rows.get(row.run_id) != row]
    found: dict[str, Any] = {}
    if rows or after.removed:
        found |= {"runs": [row_json(row) for row in rows], "removed": list(after.removed)}
    if list(before.workers) != list(after.workers):
        found["workers"] = list(after.workers)
    if before.counts != after.counts:
        found["counts"] = dict(after.counts)
    return {"runs": [], "removed": [], **found} if found else {}
