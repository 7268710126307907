"""Whether the kernel of a folder lives, as somebody sees it who neither started nor adopted it; and how its process is ended."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from jupyter_runt.kernel import agent
from jupyter_runt.kernel.ending import TERMINATE_SECONDS, Ending
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.identity import Identity, session_of
from jupyter_runt.kernel.place import here
from jupyter_runt.kernel.process import FOLDER_VARIABLE
from jupyter_runt.kernel.processes import command_of, environment_of, pids
from jupyter_runt.kernel.strays import RUN_VARIABLE


def process_of(folder: KernelFolder) -> Identity | None:
    """The kernel's living process at this place; None when there is none to be seen.

    A worker that was killed while it started the kernel has noted no process: then it is the leader of a session that bears the
    marks of this folder. A run's other processes, daemons that its code meant to stay, are never taken for the kernel.
    """
    noted = folder.noted_process()
    if noted is not None:
        return noted if noted.alive else None
    return None if folder.process.exists() else next(_marked(folder), None)


def is_gone(folder: KernelFolder) -> bool:
    """Whether no process of this kernel can live any more, here or at another place of this machine."""
    if process_of(folder) is not None or agent.is_held(str(folder.life)) is not False:
        return False
    if folder.life.exists() or not folder.process.exists():
        return True
    # Without the agent nothing shows from another PID namespace that it lives.
    return folder.noted_process() is not None or _boot(folder.noted_place()) not in ("", _boot(here()))


def is_driven(folder: KernelFolder) -> bool:
    """Whether the worker that the kernel was told to watch lives; True where that cannot be known."""
    return agent.is_held(agent.read_driver(str(folder.path))["lock"]) is not False


def patience(folder: KernelFolder) -> float:
    """Seconds without a worker after which the kernel ends itself."""
    return float(agent.read_driver(str(folder.path))["orphan_timeout"])


def homeless(runtime: Path) -> Iterator[int]:
    """Kernels whose folder below `runtime` was removed while they lived. Each ends itself when it finds no driver noted."""
    begin = f"{FOLDER_VARIABLE}={runtime / 'k'}/".encode()
    for pid, variables, _ in _processes():
        for variable in variables:
            if (
                variable.startswith(begin)
                and not os.path.exists(variable.partition(b"=")[2])
                and session_of(pid) == pid
            ):
                yield pid


def end(kernel: Identity) -> bool:
    """Ends the kernel with its process group, politely at first; whether it is gone then."""
    try:
        ending = Ending(kernel)
    except ProcessLookupError:
        return True
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not kernel.alive:
                return True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(kernel.pid, number)
            ending.comes_within(TERMINATE_SECONDS)
        return not kernel.alive
    finally:
        ending.close()


def _marked(folder: KernelFolder) -> Iterator[Identity]:
    run, path = f"{RUN_VARIABLE}={folder.run_id}".encode(), f"{FOLDER_VARIABLE}={folder.path}".encode()
    connection = os.fsencode(folder.connection)
    for pid, variables, words in _processes():
        ours = run in variables and (path in variables or any(connection in word for word in words))
        if ours and session_of(pid) == pid and (found := Identity.of(pid)) is not None:
            yield found


def _processes() -> Iterator[tuple[int, list[bytes], list[bytes]]]:
    """Every process that this user may look into: its environment when it began, and its command line."""
    for pid in pids():
        with contextlib.suppress(OSError):  # it has ended meanwhile, or is somebody else's
            yield pid, environment_of(pid), command_of(pid)


def _boot(place: str) -> str:
    return place.partition("/")[2].partition("/")[0]
