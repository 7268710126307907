"""A tiny process beside each kernel without the agent, which cannot end itself: it ends one that no worker drives.

It looks every few seconds whether somebody holds the lock that the folder's `driver` file names, calls for a worker when nobody
does, and after `orphan_timeout` ends the kernel with all that it started: as the agent does it from within. It bears no mark
of the run, so that who ends the run's processes does not end it with them, and nothing ties it to the worker that started it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from jupyter_runt.kernel import agent
from jupyter_runt.kernel.ending import TERMINATE_SECONDS, Ending
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.identity import Identity
from jupyter_runt.kernel.strays import RUN_VARIABLE, end_strays

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[2]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from jupyter_runt.kernel.watchdog import main; main(sys.argv[1])"
)


def start(folder: KernelFolder) -> None:
    """Starts one for the kernel in `folder`; it ends at once where one watches already."""
    command = [sys.executable, "-P", "-c", _PROGRAM, str(_ROOT), str(folder.path)]
    environ = {name: text for name, text in os.environ.items() if name != RUN_VARIABLE}
    nothing = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in range(3)]
    try:
        pid = os.posix_spawn(sys.executable, command, environ, file_actions=nothing, setsid=True)
        ending = Ending(Identity(pid, Identity.start_of(pid) or 0), child=True)
    except OSError as error:  # no process or descriptor is left: the kernel has work to do all the same
        log.warning("the kernel in %s has no watchdog: %s", folder.path, error)
        return

    def reap() -> None:
        ending.reap()
        ending.close()

    ending.tell(reap)


def main(path: str) -> None:
    """Watches until the kernel is gone."""
    os.chdir("/")
    guard = agent.hold(os.path.join(path, "watchdog"))
    folder = KernelFolder.at(Path(path))
    kernel = folder.noted_process()
    if guard < 0 or kernel is None:
        return
    try:
        ending = Ending(kernel)
    except ProcessLookupError:
        return

    def end() -> None:
        end_strays(folder.run_id, signal.SIGTERM, kernel=kernel)
        ending.comes_within(TERMINATE_SECONDS)
        end_strays(folder.run_id, signal.SIGKILL, kernel=kernel)

    if kernel.alive:
        agent.watch_driver(path, dict(os.environ), end, ending.comes_within)
