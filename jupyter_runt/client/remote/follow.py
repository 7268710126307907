"""Following through a server that may go and come back; of a run nothing is lost, and nothing comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import SystemRandom
from time import monotonic, sleep
from typing import TypeVar

from jupyter_runt.client.base import RECONNECTED, Tell
from jupyter_runt.client.remote.connection import Connection
from jupyter_runt.client.remote.sockets import RunSocket
from jupyter_runt.errors import AccessDenied, ServerError, ServerUnreachable
from jupyter_runt.events import Event

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
STEADY_SECONDS = 10.0
"""A connection that lasted so long, or brought something, is no part of the trouble before it."""

Socket = TypeVar("Socket", bound=Connection)
Found = TypeVar("Found")

_random = SystemRandom()


class Patience:
    """How long a server has been away, and when to try again: ever later, and never all clients at once."""

    def __init__(self, seconds: float, tell: Tell | None, pause: Callable[[float], object] = sleep) -> None:
        """`pause` waits for so many seconds; what it raises ends the waiting."""
        self._seconds, self._tell, self._wait = seconds, tell, pause
        self._since: float | None = None
        self._pause, self._told = FIRST_PAUSE, False

    def fails(self, error: ServerError) -> None:
        """Waits; raises the error when there is no patience left. The first failure is tried again without a word."""
        now = monotonic()
        if self._since is None:
            self._since = now
        elif not self._told:
            self._told = True
            self._say("connection lost, reconnecting…")
        if now - self._since >= self._seconds:
            raise ServerUnreachable(
                f"{error.message} Nothing was heard of it for {now - self._since:.0f} seconds.",
                remedy="The run goes on without it; `jupyter runt follow` comes back to it.",
            ) from error
        self._wait(min(self._pause * _random.uniform(0.5, 1.0), self._since + self._seconds - now))
        self._pause = min(self._pause * 1.7, LONGEST_PAUSE)

    def connected(self) -> None:
        """It answers, for now."""
        if self._told:
            self._told = False
            self._say(RECONNECTED)

    def recovered(self) -> None:
        """It is well again."""
        self._since, self._pause = None, FIRST_PAUSE

    def _say(self, text: str) -> None:
        if self._tell is not None:
            self._tell(text)


def follow(
    connect: Callable[[int], RunSocket],
    whole: Callable[[Event], Event],
    ended: Callable[[int], bool],
    after: int,
    patience: Patience,
) -> Iterator[Event]:
    """Yields events until the run's end. `connect` opens a socket behind a cursor, `whole` puts an event's blobs back, `ended` says
    whether nothing comes behind a cursor; all of them may find the server gone."""

    def read(socket: RunSocket) -> Iterator[Event]:
        nonlocal after
        for batch in socket.batches():
            for event in batch:
                found = whole(event)
                after = event.seq
                yield found
                if event.type == "run.finished":
                    return
        if not ended(after):
            raise ServerUnreachable("The connection was closed before the run had ended.")  # by a proxy, say

    return reconnecting(lambda: connect(after), read, patience)


def reconnecting(
    connect: Callable[[], Socket], read: Callable[[Socket], Iterator[Found]], patience: Patience
) -> Iterator[Found]:
    """Yields what is read from one connection after the other, until `read` ends by itself; it leaves one, and `connect` is called
    again, by ServerUnreachable."""
    connected_at: float | None = None
    while True:
        try:
            socket = connect()
        except ServerError as error:
            # What is just being started again may answer anything, or a proxy for it; a token that is refused stays refused.
            if not isinstance(error, ServerUnreachable) and (connected_at is None or isinstance(error, AccessDenied)):
                raise
            patience.fails(error)
            continue
        connected_at = monotonic()
        try:
            patience.connected()
            for found in read(socket):
                patience.recovered()
                yield found
            return
        except ServerUnreachable as error:
            socket.close()  # before the pause
            if monotonic() - connected_at >= STEADY_SECONDS:
                patience.recovered()
            patience.fails(error)
        finally:
            socket.close()
