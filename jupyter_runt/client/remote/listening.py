"""A bell for runs at a server: a thread of its own follows them, so that whoever waits hears that something has changed."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Iterator
from typing import Generic, Protocol

from jupyter_runt.client.remote.exchange import Exchange
from jupyter_runt.client.remote.follow import Patience, Socket, reconnecting
from jupyter_runt.client.remote.sockets import ListSocket, RunSocket
from jupyter_runt.errors import RuntError

MERE_OUTPUT = frozenset({
    "comm.closed", "comm.opened", "comm.updated", "display.updated", "output.added", "outputs.cleared", "result.recorded",
    "stream.appended",
})  # fmt: skip
"""What changes nothing about a question."""


class Source(Protocol[Socket]):
    """What a listener follows."""

    def connect(self) -> Socket:
        """Another connection, or the first one."""
        ...

    def rings(self, socket: Socket) -> Iterator[bool]:
        """Of each thing that comes, whether it is worth a ring."""
        ...


class OneRun:
    """A run from a cursor on: nothing is missed between two connections."""

    def __init__(self, exchange: Exchange, run_id: str, after: int) -> None:
        self._exchange, self._run_id, self._after = exchange, run_id, after

    def connect(self) -> RunSocket:
        return RunSocket(self._exchange, self._run_id, self._after)

    def rings(self, socket: RunSocket) -> Iterator[bool]:
        for batch in socket.batches():
            for event in batch:
                self._after = event.seq
                yield event.type not in MERE_OUTPUT


class AnyRun:
    """The list of runs, which each connection begins with: it rings, for what was missed before. Only the very first is awaited
    here instead, so that whoever listens by now hears of all that comes."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._first: ListSocket | None = ListSocket(exchange)
        try:
            next(self._first.changes())
        except BaseException:  # also Ctrl-C
            self._first.close()
            raise

    def connect(self) -> ListSocket:
        first, self._first = self._first, None
        return first or ListSocket(self._exchange)

    def rings(self, socket: ListSocket) -> Iterator[bool]:
        return socket.changes()


class RemoteListener(Generic[Socket]):
    """A Listener that rings as its source says, and once when following that has failed for good."""

    def __init__(self, source: Source[Socket], patience: float) -> None:
        """`patience`: seconds for which a server that has gone is waited for."""
        self._source, self._patience = source, patience
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._socket: Socket | None = None
        threading.Thread(target=self._run, name="jupyter-runt listener", daemon=True).start()

    def fileno(self) -> int:
        return self._reading

    def drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reading, 4096):
                pass

    def wait(self, timeout: float) -> bool:
        poll = select.poll()  # `select` takes no large descriptors, and a kernel may have many
        poll.register(self._reading, select.POLLIN)
        rang = bool(poll.poll(max(0.0, timeout) * 1000))
        self.drain()
        return rang

    def close(self) -> None:
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            os.close(self._reading)
            os.close(self._writing)
            if self._socket is not None:
                self._socket.interrupt()

    # -- in the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        # Whoever is woken by a failure asks the server, and hears of it there.
        with contextlib.suppress(RuntError, ConnectionAbortedError):
            patience = Patience(self._patience, None, self._pause)
            for rings in reconnecting(self._opened, self._source.rings, patience):
                if rings:
                    self._ring()
        self._ring()

    def _opened(self) -> Socket:
        socket = self._source.connect()
        with self._lock:
            if not self._closed.is_set():
                self._socket = socket
                return socket
        socket.close()
        raise _nobody()

    def _pause(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise _nobody()

    def _ring(self) -> None:
        with self._lock:
            if not self._closed.is_set():
                with contextlib.suppress(BlockingIOError):  # it rings already
                    os.write(self._writing, b".")


def _nobody() -> ConnectionAbortedError:
    return ConnectionAbortedError("nobody listens any more")
