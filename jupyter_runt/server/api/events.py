"""`GET runt/api/runs/{run_id}/events`: a page of a run's events as JSON, or all of them and what comes as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from tornado.iostream import IOStream, StreamClosedError

from jupyter_runt.events import Event, codec
from jupyter_runt.server.access import may
from jupyter_runt.server.base import RuntHandler
from jupyter_runt.server.feeds.bell import happens
from jupyter_runt.server.feeds.connections import Outlet
from jupyter_runt.server.feeds.frames import Wire, last_words
from jupyter_runt.server.feeds.runs import with_values
from jupyter_runt.store.base import RunRow, Store

STREAM = "text/event-stream"
ALIVE_SECONDS = 15.0
"""Proxies end connections that are silent for a minute."""
ALIVE = b": alive\n\n"


class EventsHandler(RuntHandler):
    """A page, or, when `text/event-stream` is accepted, a stream that is one of the run's followers."""

    wire = Wire.SSE
    after = 0

    @may("read")
    async def get(self, run_id: str) -> None:
        query = self.query()
        self.after, inline = query["after"], query["inline"]
        if STREAM in self.request.headers.get("Accept", ""):
            self.wire = Wire.of(sse=True, inline=inline)
            await self._stream(run_id)
            return
        row, events = await self.call(_page, self.context.store, run_id, self.after, query["limit"], inline)
        shown = {
            "run_id": run_id,
            "after": self.after,
            "seq": events[-1].seq if events else min(self.after, row.seq),
            "head": row.seq,
            "ended": row.ended,
            "events": [codec.to_json(event) for event in events],
        }
        self.finish(await self.call(codec.encode, shown))

    # -- as a follower -----------------------------------------------------------------------------------------------

    async def _stream(self, run_id: str) -> None:
        row = await self.call(self.context.store.run, run_id)
        last = self.request.headers.get("Last-Event-ID")
        if last is not None and last.isascii() and last.isdigit():
            self.after = int(last[:16])
            if row.ended and self.after >= row.seq:
                # To a browser's EventSource this, and nothing else, says that it need not come back.
                self.set_status(204)
                self.finish()
                return
        self.set_header("Content-Type", STREAM)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")  # nginx would keep it back
        self._done = asyncio.Event()
        stream: IOStream = self.request.connection.stream  # type: ignore[union-attr]
        self._outlet = Outlet(stream, self.context.feeds.wake)
        try:
            await self.flush()
        except StreamClosedError:
            return
        self.context.feeds.add(run_id, self)
        try:
            await self._until_done()
        finally:
            self.context.feeds.remove(run_id, self)

    async def _until_done(self) -> None:
        while not self._done.is_set():
            await happens(self._done, ALIVE_SECONDS)
            if not self._done.is_set() and self.ready:
                self.send(ALIVE)

    def on_connection_close(self) -> None:
        """Nothing is kept for it: it has its last event's id."""
        if hasattr(self, "_done"):
            self._done.set()
        super().on_connection_close()

    @property
    def ready(self) -> bool:
        return self._outlet.ready

    def send(self, payload: bytes) -> None:
        self.write(payload)
        with suppress(StreamClosedError):
            self._outlet.follow_up(self.flush())

    def end(self, status: str, reason: str | None) -> None:
        self.send(last_words(status, reason, self.after))
        self._done.set()

    def lose(self) -> None:
        self._done.set()

    fail = go_away = lose


def _page(store: Store, run_id: str, after: int, limit: int, inline: bool) -> tuple[RunRow, Sequence[Event]]:
    events: Sequence[Event] = store.read(run_id, after, limit)
    row = store.run(run_id)  # asked last: it may be ahead of the page, never behind it
    if inline:
        events = with_values(store, events)
    return row, events
