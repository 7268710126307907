"""What is followed in the background, as those see it who show it or wait for its end."""

from __future__ import annotations

import threading
from time import monotonic

from jupyter_runt.errors import RuntError


class Changing:
    """Changes until it is `done`. The lock of `changed` guards everything that is read of it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.version = 0
        self.done = False
        self.error: RuntError | None = None
        """Why it cannot be followed any more."""
        self.message = ""
        """What holds following up: a server that does not answer, say."""

    @property
    def is_queued(self) -> bool:
        """Whether nothing tells of what keeps it waiting."""
        return False

    def wait(self, version: int, timeout: float | None = None) -> bool:
        """Until something has changed since `version`, or there is nothing more to come; False when time was up before."""
        with self.changed:
            return self.changed.wait_for(lambda: self.version != version or self.done, timeout)

    def ended(self, timeout: float | None = None) -> bool:
        """Until it has ended, or cannot be followed; False when time was up before."""
        with self.changed:
            return self.changed.wait_for(lambda: self.done, timeout)

    def tell(self) -> None:
        """Wakes who waits. Called with the lock."""
        self.version += 1
        self.changed.notify_all()

    def finish(self, error: RuntError | None) -> None:
        """There is nothing more to come."""
        with self.changed:
            self.error, self.done = error, True
            self.tell()


def left(until: float | None) -> float | None:
    """Seconds up to a time on the monotonic clock; None for ever."""
    return None if until is None else max(0.0, until - monotonic())
