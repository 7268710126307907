"""Processes that a run's code started and that left its kernel's process group. Light to import.

They are found by the run's id in their environment, which children inherit, and by the kernel's session, which children
without that environment cannot leave but by `setsid`. A daemon that did both cannot be told from any other process.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

from jupyter_runt.kernel.identity import Identity, session_of
from jupyter_runt.kernel.processes import environment_of, pids

RUN_VARIABLE = "JUPYTER_RUNT_RUN_ID"
ROUNDS = 10
"""How often a kill looks again for processes that were started while it looked."""


def end_strays(run_id: str, number: signal.Signals, *, kernel: Identity | None = None, spared: int = -1) -> None:
    """Signals every process of the run, wherever it went, but for `spared`. With `kernel`, its session's processes, too."""
    session = kernel.pid if kernel is not None and _leads_its_session(kernel) else None
    signalled: set[int] = set()
    for _ in range(ROUNDS if number == signal.SIGKILL else 1):
        found = set(_belonging(run_id, session)) - signalled - {os.getpid(), spared}
        for pid in found:
            with contextlib.suppress(OSError):  # it has ended meanwhile
                os.kill(pid, number)
        if not found:
            return
        signalled |= found


def _leads_its_session(kernel: Identity) -> bool:
    """Whether the session of that number is the kernel's own: a pid is not given away while a session bears it, so only a
    process that bears it now could have made another one."""
    return kernel.pid > 0 and Identity.start_of(kernel.pid) in (None, kernel.born)


def _belonging(run_id: str, session: int | None) -> Iterator[int]:
    mark = f"{RUN_VARIABLE}={run_id}".encode()
    for pid in pids():
        with contextlib.suppress(OSError):  # it has ended meanwhile, or is somebody else's
            in_session = session is not None and session_of(pid) == session
            if in_session or mark in environment_of(pid):
                yield pid
