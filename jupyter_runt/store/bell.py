"""The bell: after a commit, everybody who listens is woken. A ring carries no data and may be lost with no harm but latency.

Each listener has a datagram socket of its own, a file in the bell's folder, so a ring takes the same way to the own process
as to another, and a killed listener is known by its refusal. (One socket per process would need a thread or an event loop to
hand the rings on.) A process that has many followers listens once and hands on by itself.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import os
import select
import socket
from collections.abc import Callable
from pathlib import Path

from jupyter_runt.errors import StoreError

RING = b"!"
QUEUE = ".queue"
"""Ends the name of a listener that hears of queue and signals only, not of every append: workers listen so."""

# Never reused within the process, so a stale file's name can only come back with a reused pid.
_numbers = itertools.count()


class SocketListener:
    """A listener on one datagram socket; `on_close` removes what leads to it."""

    def __init__(self, receiver: socket.socket, on_close: Callable[[], None]) -> None:
        receiver.setblocking(False)
        self._receiver = receiver
        self._on_close = on_close

    def fileno(self) -> int:
        return self._receiver.fileno()

    def drain(self) -> None:
        try:
            while True:
                self._receiver.recv(16)
        except BlockingIOError:
            return

    def wait(self, timeout: float) -> bool:
        poll = select.poll()
        poll.register(self._receiver, select.POLLIN)
        if not poll.poll(max(0.0, timeout) * 1000):
            return False
        self.drain()
        return True

    def close(self) -> None:
        if self._receiver.fileno() >= 0:
            self._receiver.close()
            self._on_close()


class FolderBell:
    """Rings every process whose socket lies in `folder` (0700, made by the first listener)."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)

    def listen(self, *, queue_only: bool = False) -> SocketListener:
        """A new listener; rings from now on reach it, unless they tell of appends and it wants to hear of the queue only."""
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            Path(self._folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self._bind(receiver, QUEUE if queue_only else ".sock")
        except OSError as error:
            receiver.close()
            raise StoreError(
                f"Nobody can listen in the folder {self._folder}: {error.strerror}.",
                remedy="Free some space there, or make it writable for you.",
            ) from error
        return SocketListener(receiver, functools.partial(_unlink, path))

    def _bind(self, receiver: socket.socket, ending: str) -> str:
        while True:
            path = f"{self._folder}/{os.getpid()}-{next(_numbers)}{ending}"
            try:
                receiver.bind(path)
            except OSError as error:
                # The name may be left by an earlier process of this pid, or belong to one of another PID namespace.
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return path

    def ring(self, *, appended: bool = False) -> None:
        """Wakes the listeners (after a mere append not those that hear of the queue only); never blocks and never raises:
        what was committed stays committed."""
        # Listing the folder costs 4 µs when nobody listens; a cache by mtime would miss changes within one clock tick.
        try:
            names = os.listdir(self._folder)
        except OSError:
            return
        for name in names:
            if appended and name.endswith(QUEUE):
                continue
            path = f"{self._folder}/{name}"
            try:
                self._sender.sendto(RING, path)
            except BlockingIOError:
                continue  # its queue is full of rings
            except ConnectionRefusedError:
                _unlink(path)  # its process was killed
            except OSError:
                continue  # closed since the listing, or this bell is closed

    def close(self) -> None:
        self._sender.close()


class LocalBell:
    """Rings the listeners of one object in one process."""

    def __init__(self) -> None:
        self._senders: dict[socket.socket, bool] = {}

    def listen(self, *, queue_only: bool = False) -> SocketListener:
        """See FolderBell."""
        receiver, sender = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        sender.setblocking(False)
        self._senders[sender] = queue_only

        def forget() -> None:
            self._senders.pop(sender, None)
            sender.close()

        return SocketListener(receiver, forget)

    def ring(self, *, appended: bool = False) -> None:
        """See FolderBell."""
        for sender, queue_only in tuple(self._senders.items()):
            if appended and queue_only:
                continue
            try:
                sender.send(RING)
            except OSError:
                continue  # full of rings, or closed by another thread just now


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):  # somebody else was quicker, or the folder is gone
        Path(path).unlink()
