"""A bell for a run at a server: a thread of its own follows it, so that whoever asks a question hears that it is settled."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable

from jupyter_runt.client.remote.follow import Patience, follow
from jupyter_runt.client.remote.sockets import RunSocket
from jupyter_runt.errors import RuntError

MERE_OUTPUT = frozenset({
    "comm.closed", "comm.opened", "comm.updated", "display.updated", "output.added", "outputs.cleared", "result.recorded",
    "stream.appended",
})  # fmt: skip
"""What changes nothing about a question."""


class RemoteListener:
    """A Listener that rings at events that are no mere output, and once when following them has failed for good."""

    def __init__(self, connect: Callable[[int], RunSocket], after: int, patience: float) -> None:
        """`patience`: seconds for which a server that has gone is waited for."""
        self._connect, self._patience = connect, patience
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        self._lock, self._closed = threading.Lock(), False
        self._socket: RunSocket | None = None
        self._thread = threading.Thread(target=self._run, args=(after,), name="jupyter-runt listener", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        return self._reading

    def drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reading, 4096):
                pass

    def wait(self, timeout: float) -> bool:
        rang = bool(select.select([self._reading], [], [], timeout)[0])
        self.drain()
        return rang

    def close(self) -> None:
        with self._lock:
            self._closed = True
            os.close(self._reading)
            os.close(self._writing)
            if self._socket is not None:
                self._socket.interrupt()

    # -- in the thread -----------------------------------------------------------------------------------------------

    def _run(self, after: int) -> None:
        # Whoever is woken by a failure asks the server, and hears of it there.
        with contextlib.suppress(RuntError, ConnectionAbortedError):
            patience = Patience(self._patience, None)
            for event in follow(self._opened, lambda event: event, lambda after: True, after, patience):
                if event.type not in MERE_OUTPUT:
                    self._ring()
        self._ring()

    def _opened(self, after: int) -> RunSocket:
        socket = None if self._closed else self._connect(after)
        with self._lock:
            if not self._closed:
                self._socket = socket
        if socket is None or self._closed:
            if socket is not None:
                socket.close()
            raise ConnectionAbortedError("nobody listens any more")
        return socket

    def _ring(self) -> None:
        with self._lock:
            if not self._closed:
                with contextlib.suppress(BlockingIOError):  # it rings already
                    os.write(self._writing, b".")
