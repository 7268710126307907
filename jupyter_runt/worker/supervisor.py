"""The supervisor: the tiny process above a worker. It forks the worker, and another one at once when that one is killed.

It is warm (everything that a worker needs is imported here already), so that a new worker adopts the kernels of a killed one within
a few hundredths of a second. As a child subreaper it becomes the parent of kernels whose worker died, and keeps how they
ended for whoever adopts them. It has no threads, no open store and no event loop: there is little that could fail here.

    worker ends with 0          there was nothing more to do: the supervisor ends, too
    ... with HANDED_OVER        its runs wait for the next one: the supervisor starts itself anew, which may be a newer release
    ... with another status     it could not start or go on; the reason was told: the supervisor ends with that status
    ... by a signal or a defect another one is forked
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import importlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Set
from pathlib import Path

from jupyter_runt.errors import RuntError
from jupyter_runt.kernel.exits import record_exit
from jupyter_runt.kernel.identity import Identity
from jupyter_runt.store.life import SUPERVISOR_LOCK, SUPERVISOR_LOCK_VARIABLE

log = logging.getLogger(__name__)

HANDED_OVER = 75
"""A worker's exit status (EX_TEMPFAIL): it has let go of runs that have not ended."""
DEFECT = RuntError.exit_code

BURST, RATE = 20, 4.0
"""So many workers may be replaced at once, and so many a second in the long run: whatever kills them, the machine is not
kept busy with it."""
SETTLED_SECONDS = 10.0
CRASHES = 8
"""After so many crashes in a row (not kills from outside), each within that time, the supervisor gives up."""
WARM_AFTER = 2.0
"""Seconds after the first fork: imports must not compete with the first kernel's start for a processor."""

_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
TIMED = hasattr(signal, "sigtimedwait")
_NEEDED = ("jupyter_runt.worker.loop", "jupyter_runt.kernel.channels", "jupyter_runt.store.sqlite", "asyncio", "json")


class Supervisor:
    """Runs `work`, which returns an exit status, in a child of its own, again and again. `runtime` is the store's folder."""

    def __init__(self, runtime: Path, work: Callable[[], int]) -> None:
        self._runtime, self._work = runtime, work
        self._lock = _take_lock(runtime / SUPERVISOR_LOCK)
        self._watched = {signal.SIGCHLD, *(each for each in _ENDING if signal.getsignal(each) != signal.SIG_IGN)}
        self._mask: set[signal.Signals | int] = set()
        self._worker, self._started = -1, 0.0
        self._credit, self._crashes = float(BURST), 0
        self.ended_by: signal.Signals | None = None
        """What asked the supervisor to end."""
        self.handed_over = False
        """Whether runs wait for the next worker, with nobody to start one."""

    def run(self) -> int:
        """Returns an exit status when there is nothing left to supervise, or it was asked to end."""
        # A parent may have had it ignored, and children would leave no status.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL if TIMED else _unheard)
        if not TIMED:
            signal.signal(signal.SIGALRM, _unheard)
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, {*self._watched, *(() if TIMED else (signal.SIGALRM,))})
        _become_subreaper()
        try:
            self._fork()
            status = self._watch()
            if status == HANDED_OVER and self.ended_by is None:
                self._start_anew()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
            if self._lock >= 0:
                os.close(self._lock)
        self.handed_over = status == HANDED_OVER
        return 0 if self.ended_by is not None or self.handed_over else status

    def _watch(self) -> int:
        """Until a worker ends otherwise than by being killed: its exit status."""
        warm = False
        while True:
            number = _next_signal(self._watched, 3600.0 if warm else WARM_AFTER)
            if number is None:
                warm = warm or _warm_up()
            elif number == signal.SIGCHLD:
                status = self._reap()
                if status is not None:
                    return status
            else:
                self._pass_on(signal.Signals(number))

    def _pass_on(self, number: signal.Signals) -> None:
        """A first request to end lets the worker hand its runs over; a second one does not wait for that."""
        kind = signal.SIGTERM if self.ended_by is None else signal.SIGKILL
        self.ended_by = self.ended_by or number
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._worker, kind)

    def _reap(self) -> int | None:
        """Takes leave of all children that have ended; the worker's status, unless another one was forked in its place."""
        while True:
            pid, code = _next_ended()
            if not pid:
                return None
            if pid != self._worker:
                # Before it is reaped: its adopter waits for that. A zombie of ours has a start, whatever happens.
                record_exit(self._runtime, pid, Identity.start_of(pid) or 0, code)
            with contextlib.suppress(ChildProcessError):  # reaped already, where that is the only way to ask
                os.waitpid(pid, 0)
            if pid != self._worker:
                continue
            if self.ended_by is not None or (code >= 0 and code != DEFECT):
                return max(code, 0)
            if not self._another(code):
                return DEFECT

    def _another(self, code: int) -> bool:
        """Replaces the worker, or gives up (False)."""
        lived = time.monotonic() - self._started
        cause = f"killed by {signal.Signals(-code).name}" if code < 0 else "ended by a defect of jupyter-runt"
        log.warning("the worker was %s", cause)
        crashed = -code not in _FROM_OUTSIDE
        self._crashes = self._crashes + 1 if crashed and lived < SETTLED_SECONDS else int(crashed)
        if self._crashes >= CRASHES:
            log.error("%d workers in a row ended so within %g s: giving up", CRASHES, SETTLED_SECONDS)
            return False
        self._credit = min(BURST, self._credit + lived * RATE) - 1
        time.sleep(max(0.0, -self._credit / RATE))
        self._fork()
        return True

    def _fork(self) -> None:
        self._started = time.monotonic()
        self._worker = os.fork()
        if self._worker:
            return
        status = DEFECT
        try:
            if self._lock >= 0:
                os.close(self._lock)
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
            status = self._work()
        except BaseException:  # the outermost frame of the worker's process
            log.exception("the worker ended by a defect of jupyter-runt")
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _start_anew(self) -> None:
        """Becomes the program that is installed now. Children, the kernels among them, stay its children."""
        if self._lock >= 0:
            os.set_inheritable(self._lock, True)
            os.environ[SUPERVISOR_LOCK_VARIABLE] = str(self._lock)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command line


def _take_lock(path: Path) -> int:
    """The lock's descriptor, handed down or taken now; -1 when another supervisor has it, which is no fault."""
    given = os.environ.pop(SUPERVISOR_LOCK_VARIABLE, "")
    with contextlib.suppress(ValueError, OSError):  # a starter in between may have closed it
        os.set_inheritable(int(given), False)
        return int(given)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return -1
    return descriptor


def _next_signal(watched: Set[signal.Signals], seconds: float) -> int | None:
    """Takes one of these blocked signals; None when none comes for so long."""
    if TIMED:
        found = signal.sigtimedwait(watched, seconds)
        return None if found is None else found.si_signo
    signal.setitimer(signal.ITIMER_REAL, seconds)
    number = signal.sigwait({*watched, signal.SIGALRM})
    signal.setitimer(signal.ITIMER_REAL, 0)
    return None if number == signal.SIGALRM else number


def _unheard(number: int, frame: object) -> None:
    """Some systems throw a signal away, also a blocked one, when nobody handles it and it would do nothing."""


def _next_ended() -> tuple[int, int]:
    """A child that has ended, and its exit code; 0 for the pid when there is none. It stays a zombie where the system can leave
    it one: elsewhere orphaned kernels are not ours, and a child is the worker."""
    with contextlib.suppress(ChildProcessError):
        if not hasattr(os, "waitid"):
            pid, status = os.waitpid(-1, os.WNOHANG)
            return pid, os.waitstatus_to_exitcode(status)
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is not None:
            return found.si_pid, found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
    return 0, 0


def _become_subreaper() -> None:
    """Where the system has no such thing, orphaned kernels are init's, and nobody knows how they ended."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _warm_up() -> bool:
    for name in _NEEDED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a forked worker would otherwise copy every page that it shares with us
    return True
