"""Events as the bytes that followers receive: WebSocket frames and server-sent events. Pure."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from jupyter_runt.events import Event, codec

FRAME_BYTES = 1 << 19
"""About how many bytes of events one frame holds at most; a follower's unsent bytes are never more than a frame."""


class Wire(Enum):
    """How a follower is spoken to. `INLINE` variants have large values put back from their blobs."""

    SOCKET = "socket"
    SOCKET_INLINE = "socket, inline"
    SSE = "sse"
    SSE_INLINE = "sse, inline"

    @classmethod
    def of(cls, *, sse: bool, inline: bool) -> Wire:
        """The one for these wishes."""
        if sse:
            return cls.SSE_INLINE if inline else cls.SSE
        return cls.SOCKET_INLINE if inline else cls.SOCKET

    @property
    def inline(self) -> bool:
        return self in (Wire.SOCKET_INLINE, Wire.SSE_INLINE)

    @property
    def sse(self) -> bool:
        return self in (Wire.SSE, Wire.SSE_INLINE)


@dataclass(frozen=True, slots=True)
class Frame:
    """The events behind `after`, up to `seq`, as bytes that every follower at `after` may share. `at`: when the first one happened."""

    after: int
    seq: int
    at: float
    payload: bytes


def frame(wire: Wire, run_id: str, after: int, events: Sequence[Event]) -> Frame:
    """Encodes events, at least one, all of them behind `after`."""
    payload = _server_sent(events) if wire.sse else socket_text(_message(run_id, after, events))
    return Frame(after, events[-1].seq, events[0].at, payload)


def socket_text(text: str) -> bytes:
    """One whole text message from a server (RFC 6455, section 5.2): without a mask the bytes are the same for every receiver."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x81, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x81, 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, 127, size)
    return head + payload


def last_words(status: str, reason: str | None, seq: int) -> bytes:
    """What a server-sent stream says when its run has ended."""
    return f"event: end\ndata: {codec.encode({'seq': seq, 'status': status, 'reason': reason})}\n\n".encode()


def _message(run_id: str, after: int, events: Sequence[Event]) -> str:
    shown: dict[str, Any] = {"type": "events", "run_id": run_id, "after": after, "seq": events[-1].seq}
    return codec.encode({**shown, "events": [codec.to_json(event) for event in events]})


def _server_sent(events: Sequence[Event]) -> bytes:
    return "".join(f"id: {event.seq}\ndata: {codec.encode(codec.to_json(event))}\n\n" for event in events).encode()
