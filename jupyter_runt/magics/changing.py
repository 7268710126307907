"""What is followed in the background, as those see it who show it or wait for its end."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from time import monotonic

from jupyter_runt.errors import RuntError

LOOK_SECONDS = 0.05
"""Between two looks of a coroutine."""


class Changing(ABC):
    """Changes until it is `done`. The lock of `changed` guards everything that is read of it."""

    def __init__(self, what: str) -> None:
        """`what` is done in the background, in words."""
        self._what = what
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

    @property
    def is_over(self) -> bool:
        """Whether it has ended, and will be done at once."""
        return self.done

    def wait(self, version: int, timeout: float | None = None) -> bool:
        """Until something has changed since `version`, or there is nothing more to come; False when time was up before."""
        with self.changed:
            return self.changed.wait_for(lambda: self.version != version or self.done, timeout)

    def ended(self, timeout: float | None = None) -> bool:
        """Until it has ended, or cannot be followed; False when time was up before."""
        with self.changed:
            return self.changed.wait_for(lambda: self.done, timeout)

    async def over(self) -> None:
        """As `ended`, for a coroutine. It looks again and again, since ipykernel's handler of an interrupt does not wake a loop
        that has nothing to do, and a thread that waits instead would keep the kernel from ending."""
        while not self.done:  # noqa: ASYNC110 - see above
            await asyncio.sleep(LOOK_SECONDS)

    # -- for those that follow ---------------------------------------------------------------------------------------

    @abstractmethod
    def follow(self) -> None:
        """Follows to the end, in a thread of its own."""

    def begin(self, name: str) -> None:
        """Starts the thread, which is called so."""
        threading.Thread(target=self._follow, name=name, daemon=True).start()

    def tell(self) -> None:
        """Wakes who waits. Called with the lock."""
        self.version += 1
        self.changed.notify_all()

    def say(self, message: str) -> None:
        """What holds following up; '' when nothing does any more."""
        with self.changed:
            if message != self.message:
                self.message = message
                self.tell()

    def _follow(self) -> None:
        error: RuntError | None = None
        try:
            self.follow()
        except RuntError as problem:
            error = problem
        except Exception as problem:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            error = RuntError(f"{self._what} failed: {type(problem).__name__}: {problem}")
        finally:
            with self.changed:
                self.error, self.done = error, True
                self.tell()


def left(until: float | None) -> float | None:
    """Seconds up to a time on the monotonic clock; None for ever."""
    return None if until is None else max(0.0, until - monotonic())
