"""Waiting for a process's end: by a pidfd where the system has them, else by looking again and again."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_runt.kernel.identity import Identity

if TYPE_CHECKING:
    import asyncio

TERMINATE_SECONDS = 2.0
"""What a process gets between being asked to end and being killed, where no policy says otherwise."""
PAUSE = 0.2
"""Seconds between two looks at a process that no descriptor tells about."""


class Ending:
    """The end of one process, which has come once it is a zombie. `child`: it is one of ours, that nobody else waits for.

    ProcessLookupError when nothing is left of it; any other OSError when it is there, and no descriptor is left to watch it by.
    """

    def __init__(self, process: Identity, *, child: bool = False) -> None:
        self._process, self._child, self._pidfd = process, child, -1
        self._code: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._next: asyncio.TimerHandle | None = None
        self._check()
        if hasattr(os, "pidfd_open"):
            self._pidfd = os.pidfd_open(process.pid)
            try:
                self._check()  # it was reaped and its pid given to another one in between
            except OSError:
                os.close(self._pidfd)
                raise

    def _check(self) -> None:
        if self._process.pid < 0 or Identity.start_of(self._process.pid) != self._process.born:
            raise ProcessLookupError(self._process.pid)

    def comes_within(self, seconds: float) -> bool:
        """Waits for it, at most so long; whether it has come."""
        if self._pidfd >= 0:
            return bool(select.select([self._pidfd], [], [], seconds)[0])
        give_up = time.monotonic() + seconds
        while not self._has_come():
            left = give_up - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(PAUSE, left))
        return True

    def tell(self, act: Callable[[], None]) -> None:
        """Calls `act` in the running event loop when it comes, again and again until `close`."""
        import asyncio  # a watchdog, which only waits, is to stay small

        self._loop = asyncio.get_running_loop()
        if self._pidfd >= 0:
            self._loop.add_reader(self._pidfd, act)
        else:
            self._look(act)

    def _look(self, act: Callable[[], None]) -> None:
        assert self._loop is not None
        # First of all: a look may fail, and the next one not.
        self._next = self._loop.call_later(PAUSE, self._look, act)
        if self._has_come():
            act()

    def _has_come(self) -> bool:
        if self._child and self._code is None:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self._process.pid, os.WNOHANG)
                self._code = os.waitstatus_to_exitcode(status) if pid else None
                return bool(pid)
        return self._code is not None or not self._process.alive

    def reap(self) -> int | None:
        """The exit code of a child of ours that has ended, which is forgotten by that; None of any other process."""
        if self._pidfd < 0:
            return self._code
        try:
            found = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG)
        except ChildProcessError:
            return None
        if found is None:
            return None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status

    def close(self) -> None:
        """Watches no more; the process itself is left alone."""
        if self._next is not None:
            self._next.cancel()
        if self._pidfd >= 0:
            if self._loop is not None:
                self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
