"""`WS runt/api/runs/{run_id}/follow`: a run from a cursor on, live, and what its followers ask of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.iostream import IOStream
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from jupyter_runt.errors import RuntError, UsageError
from jupyter_runt.events.codec import encode
from jupyter_runt.server.access import is_allowed, may_open
from jupyter_runt.server.base import RuntFace, error_json
from jupyter_runt.server.feeds.connections import Outlet
from jupyter_runt.server.feeds.frames import Wire
from jupyter_runt.server.identity import requested_by

ENDED, GOES_AWAY, REMOVED, UNREADABLE = 1000, 1001, 4404, 4500
"""Close codes: the run has ended and everything was sent; come back with your cursor; there is no such run any more; what comes next
in its log is damaged."""
PING_SECONDS = 30.0
"""A connection whose other end is silent for longer than this after a ping is closed."""
MESSAGE_BYTES = 1 << 20
"""Replies are texts that people write."""


class RuntSocket(WebSocketMixin, WebSocketHandler, RuntFace):
    """What our WebSockets share. Their payloads are text, written unmasked and uncompressed, so that followers share them."""

    _outlet: Outlet | None = None

    @property
    def ping_interval(self) -> float:
        """Seconds, as tornado has it: it pings, and the mixin, whose setting of the same name counts milliseconds, does not."""
        return PING_SECONDS

    @property
    def ping_timeout(self) -> float:
        return PING_SECONDS

    @property
    def max_message_size(self) -> int:
        return MESSAGE_BYTES

    def open(self, *args: str) -> None:
        """See `ping_interval`: the mixin would ping for itself here."""

    def get_compression_options(self) -> None:
        """None: a compressor for each connection would cost more memory than everything else of it."""

    def take_stream(self, wake: Callable[[], None]) -> bool:
        """Makes the opened connection able to `send`; `wake` is called when it is `ready` for more after having been kept waiting.

        False when it is closed already: tornado opens also what was closed while `get` waited, and closes it no second time.
        """
        stream: IOStream = self.ws_connection.stream  # type: ignore[union-attr, assignment]
        self._outlet = Outlet(stream, wake)
        return not self._outlet.closed

    @property
    def ready(self) -> bool:
        return self._outlet is not None and self._outlet.ready

    def send(self, payload: bytes) -> None:
        assert self._outlet is not None
        self._outlet.write(payload)

    def go_away(self) -> None:
        self.close(GOES_AWAY, "the server stops")


class FollowSocket(RuntSocket):
    """One follower of one run."""

    wire = Wire.SOCKET
    after = 0

    @may_open("read")
    async def get(self, run_id: str) -> None:
        query = self.query()
        self.after, self.wire = query["after"], Wire.of(sse=False, inline=query["inline"])
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise UsageError("This is a WebSocket.", remedy="Programs without one read …/events as text/event-stream.")
        await self.call(self.context.store.run, run_id)
        await super().get(run_id)

    def open(self, run_id: str) -> None:  # type: ignore[override]
        """Begins behind the cursor."""
        self._run_id = run_id
        feeds = self.context.feeds
        if self.take_stream(feeds.wake):
            self.set_nodelay(True)
            feeds.add(run_id, self)

    def on_close(self) -> None:
        """Nothing is kept for it: it has its cursor."""
        if self._outlet is not None:
            self.context.feeds.remove(self._run_id, self)
        super().on_close()

    # -- as a follower -----------------------------------------------------------------------------------------------

    def end(self, status: str, reason: str | None) -> None:
        self.close(ENDED, "ended")

    def lose(self) -> None:
        self.close(REMOVED, "removed")

    def fail(self) -> None:
        self.close(UNREADABLE, "the log cannot be read on")

    # -- what it asks ------------------------------------------------------------------------------------------------

    async def on_message(self, message: str | bytes) -> None:
        """A signal or a reply; each is authorised by itself, and answered under its own `id`."""
        answer: dict[str, Any] = {"type": "answer", "id": None, "ok": True}
        try:
            asked = _parsed(message)
            answer["id"] = asked.get("id")
            _check(asked)
            await self._ask(asked)
        except RuntError as error:
            answer |= {"ok": False, "error": error_json(error, error.http_status)}
        except web.HTTPError as error:
            answer |= {"ok": False, "error": error_json(error, error.status_code)}
        try:
            await self.write_message(encode(answer))
        except WebSocketClosedError:
            return

    async def _ask(self, asked: dict[str, Any]) -> None:
        if not await is_allowed(self, "execute"):
            raise web.HTTPError(403, "You may look at this run, not steer it.")
        by, _ = requested_by(self)
        if asked["type"] == "signal":
            await self.call(self.client.signal, self._run_id, asked["kind"], by)
        else:
            await self.call(self.client.reply, self._run_id, asked["text"], asked.get("input_id"), by)


class ListSocket(RuntSocket):
    """`WS runt/api/follow`: one that watches the list of runs, the workers and the queue. It says nothing."""

    version = 0

    @may_open("read")
    async def get(self) -> None:
        await super().get()

    def open(self, *args: str) -> None:
        """Begins with the whole list."""
        if self.take_stream(self.context.listing.wake):
            self.context.listing.add(self)

    def on_close(self) -> None:
        self.context.listing.remove(self)
        super().on_close()

    def on_message(self, message: str | bytes) -> None:
        """Ignored."""


_WANTED = {"signal": ("kind",), "reply": ("text",)}
_USAGE = (
    'Send {"type": "signal", "id": 1, "kind": "cancel"} or {"type": "reply", "id": 2, "input_id": "…", "text": "…"}.'
)


def _parsed(message: str | bytes) -> dict[str, Any]:
    """A message as a JSON object; UsageError when it is none."""
    try:
        asked = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The message is no JSON: {error}", remedy=_USAGE) from error
    if not isinstance(asked, dict):
        raise UsageError("The message is neither a signal nor a reply.", remedy=_USAGE)
    return asked


def _check(asked: dict[str, Any]) -> None:
    """UsageError says what a message lacks of what its type needs."""
    if not isinstance(asked.get("type"), str) or asked["type"] not in _WANTED:
        raise UsageError("The message is neither a signal nor a reply.", remedy=_USAGE)
    for name in (*_WANTED[asked["type"]], *({"input_id"} & asked.keys())):
        if not isinstance(asked.get(name), str):
            raise UsageError(f"A {asked['type']} needs a text as its {name!r}.", remedy=_USAGE)
