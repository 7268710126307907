"""Many WebSocket followers in one event loop, as cheap as can be: what is measured is the server, not its clients.

The protocol is spoken by hand (RFC 6455): equal payloads, which followers at one place share, are kept once.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(slots=True)
class Received:
    """What one follower got: payloads with their times, and how its connection ended."""

    payloads: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    close_code: int | None = None


class Follower(asyncio.Protocol):
    """One connection. `paused` ones read nothing from their socket."""

    def __init__(self, crowd: Crowd, request: bytes, *, paused: bool) -> None:
        self._crowd, self._request, self._paused = crowd, request, paused
        self._buffer = bytearray()
        self._upgraded = False
        self.received = Received()
        self._arrived = asyncio.Event()
        self.closed = asyncio.get_running_loop().create_future()
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end])
            del self._buffer[: end + 4]
            self._upgraded = True
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.opened.set_exception(AssertionError(f"no upgrade: {head.decode()}"))
                self.transport.close()
                return
            self.opened.set_result(None)
            if self._paused:
                self.transport.pause_reading()
        self._frames()

    def _frames(self) -> None:
        buffer, at, now = self._buffer, 0, time.time()
        while len(buffer) - at >= 2:
            opcode, size, head = buffer[at] & 0x0F, buffer[at + 1] & 0x7F, 2
            if size == 126:
                head, size = 4, struct.unpack_from("!H", buffer, at + 2)[0] if len(buffer) - at >= 4 else 1 << 40
            elif size == 127:
                head, size = 10, struct.unpack_from("!Q", buffer, at + 2)[0] if len(buffer) - at >= 10 else 1 << 40
            if len(buffer) - at < head + size:
                break
            payload = bytes(buffer[at + head : at + head + size])
            at += head + size
            if opcode == 1:
                self.received.payloads.append(self._crowd.kept.setdefault(payload, payload))
                self.received.times.append(now)
            elif opcode == 8:
                self.received.close_code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                self.transport.close()
        del buffer[:at]
        self._arrived.set()

    async def told(self, words: bytes = b"") -> None:
        """Until a payload has come that holds these words."""
        seen = 0
        while not any(words in payload for payload in self.received.payloads[seen:]):
            seen = len(self.received.payloads)
            self._arrived.clear()
            await self._arrived.wait()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed before it was opened"))
        if not self.closed.done():
            self.closed.set_result(None)


class Crowd:
    """Followers of one server. `kept` holds each payload once, for all of them."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = urlsplit(url), token
        self._address = (self._url.hostname or "", self._url.port or 80)
        self.kept: dict[bytes, bytes] = {}
        self.members: list[Follower] = []

    async def join(self, path: str, count: int = 1, *, paused: bool = False) -> list[Follower]:
        """Opens connections to a path below the server's URL, some at a time; returns when all are open."""
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET {self._url.path.rstrip('/')}{path} HTTP/1.1\r\nHost: {self._url.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: token {self._token}\r\n\r\n"
        ).encode()
        loop, joined = asyncio.get_running_loop(), []
        for begin in range(0, count, 50):
            batch = []
            for _ in range(min(50, count - begin)):
                _, follower = await loop.create_connection(
                    lambda: Follower(self, request, paused=paused), *self._address
                )
                batch.append(follower)
            await asyncio.gather(*(follower.opened for follower in batch))
            joined += batch
        self.members += joined
        return joined

    async def ended(self, followers: Sequence[Follower] | None = None) -> None:
        """Until all these connections are closed."""
        await asyncio.gather(*(follower.closed for follower in followers or self.members))

    def leave(self) -> None:
        for follower in self.members:
            follower.transport.abort()


def events(received: Received, decoded: dict[bytes, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """A follower's events, in the order of their arrival; `decoded` remembers payloads across followers."""
    found: list[dict[str, Any]] = []
    for payload in received.payloads:
        if payload not in decoded:
            decoded[payload] = json.loads(payload).get("events", [])
        found += decoded[payload]
    return found


def printed(shown: Sequence[dict[str, Any]]) -> str:
    """What these events say was printed."""
    texts = []
    for event in shown:
        if event["type"] == "output.added" and event["data"]["output"]["output_type"] == "stream":
            texts.append(event["data"]["output"]["text"])
        elif event["type"] == "stream.appended":
            texts.append(event["data"]["text"])
    return "".join(texts)
