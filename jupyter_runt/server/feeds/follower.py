"""Who follows: a connection with a cursor, as the feeds see it."""

from __future__ import annotations

from typing import Protocol

from jupyter_runt.server.feeds.frames import Wire


class Follower(Protocol):
    """One connection that follows one run. The feeds move its cursor; what it could not take, it gets later from there."""

    wire: Wire
    after: int
    """The last event that was handed over."""

    @property
    def ready(self) -> bool:
        """Whether everything handed over so far is on its way. False also when the connection is closed."""
        ...

    def send(self, payload: bytes) -> None:
        """Hands bytes over; never blocks. When it was not `ready` and is so again, it wakes the feeds."""
        ...

    def end(self, status: str, reason: str | None) -> None:
        """The run has ended, and everything was handed over."""
        ...

    def lose(self) -> None:
        """The run was removed."""
        ...

    def fail(self) -> None:
        """What comes next cannot be read: the store is damaged there."""
        ...

    def go_away(self) -> None:
        """The server stops; the run goes on."""
        ...
