"""Followers as tornado connections: what they share about being ready for more."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable

from tornado.iostream import IOStream, StreamClosedError


class Outlet:
    """A connection's stream, one payload at a time: payloads are written as they are, without a copy for each receiver."""

    def __init__(self, stream: IOStream, on_drained: Callable[[], None]) -> None:
        """`on_drained` is called when bytes that had to wait have left."""
        self._stream, self._on_drained = stream, on_drained

    @property
    def closed(self) -> bool:
        return self._stream.closed()

    @property
    def ready(self) -> bool:
        """Nothing waits to be written, and nobody has hung up."""
        return not self._stream.closed() and not self._stream.writing()

    def write(self, payload: bytes) -> None:
        """Writes what the system takes at once; the rest follows by itself. A closed stream takes nothing."""
        try:
            written = self._stream.write(payload)
        except StreamClosedError:
            return
        self.follow_up(written)

    def follow_up(self, written: Future[None]) -> None:
        """Tells when these bytes have left, if they have to wait."""
        if self._stream.writing():
            written.add_done_callback(self._drained)

    def _drained(self, written: Future[None]) -> None:
        if written.exception() is None:
            self._on_drained()
