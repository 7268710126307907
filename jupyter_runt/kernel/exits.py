"""How a kernel ended, noted by whoever was its parent for the worker that adopts it. Light to import."""

from __future__ import annotations

import contextlib
from pathlib import Path

from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.identity import Identity


def record_exit(runtime: Path, pid: int, born: int, code: int) -> None:
    """Notes in its folder below `runtime` that a kernel ended with `code` (as `os.waitstatus_to_exitcode` has it).

    A process that is no kernel of this store is passed over. Call it before the zombie is reaped: from then on its adopter
    looks for the note. Where it cannot be written (a full disk), nobody knows how the kernel ended.
    """
    with contextlib.suppress(OSError):
        for folder in KernelFolder.all(runtime):
            if folder.noted_process() == Identity(pid, born):
                folder.note_exit(status=code if code >= 0 else None, signal=-code if code < 0 else None)
                return
