"""Starting a kernel, and taking over one that an earlier worker started."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from jupyter_runt.errors import KernelError
from jupyter_runt.kernel import watchdog
from jupyter_runt.kernel.base import Driver, Exit, Launch
from jupyter_runt.kernel.connection import write_connection_file
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.journal import JournalReader
from jupyter_runt.kernel.process import FOLDER_VARIABLE, KernelProcess
from jupyter_runt.kernel.with_agent import AgentDriver


def start(
    folder: KernelFolder,
    launch: Launch,
    env: Mapping[str, str],
    run_id: str,
    wake: Callable[[], None],
    secrets: Sequence[str] = (),
) -> Driver:
    """Starts a kernel in a fresh folder; its agent is told the `secrets` before any code of the user's runs. KernelError
    when its program cannot be started, OSError when the folder cannot be written; no kernel lives then."""
    connection = write_connection_file(folder.path, ipc=launch.agent)
    argv = [part.replace("{connection_file}", str(connection)) for part in launch.argv]
    if not launch.agent:
        return _by_wire(folder, KernelProcess.start(argv, launch.cwd, env, run_id, folder), wake, launch)
    (folder.path / "journal").mkdir(mode=0o700)
    reader = JournalReader(folder.path)
    try:
        bell = reader.bind_bell()  # before the kernel starts, so that its first ring is heard
        env = {**env, FOLDER_VARIABLE: str(folder.path)}
        with _nameless(json.dumps(list(secrets)).encode()) as told:
            process = KernelProcess.start(argv, launch.cwd, env, run_id, folder, stdin=told.fileno())
    except (KernelError, OSError):
        reader.close()
        raise
    # ZeroMQ and jupyter_client are needed when the kernel is ready; now it is loading on another processor.
    importlib.import_module("jupyter_runt.kernel.channels")
    return AgentDriver(folder, reader, bell, process, wake, launch)


def adopt(
    folder: KernelFolder, launch: Launch, run_id: str, cursor: Mapping[str, Any] | None, wake: Callable[[], None]
) -> Driver | Exit:
    """Takes over the kernel that an earlier worker left in `folder`; how it ended, when it does not live any more and left no
    journal."""
    process = KernelProcess.saved(folder, run_id)
    if launch.agent and (folder.path / "journal").is_dir():
        reader = JournalReader(folder.path, cursor)
        driver = AgentDriver(folder, reader, reader.bind_bell(), process, wake, launch)
        if not process.exited.done():
            driver.connect()
        return driver
    if launch.agent:
        process.stop("kill")  # somebody removed its journal: nobody will know what it says
        process.close()
        return Exit()
    if process.exited.done():
        return process.exited.result()
    return _by_wire(folder, process, wake, launch)


def _nameless(content: bytes) -> IO[bytes]:
    """A file without a name, gone with whoever reads it: one of memory that no disk ever holds, where the system has such."""
    if hasattr(os, "memfd_create"):
        file: IO[bytes] = os.fdopen(os.memfd_create("jupyter-runt"), "w+b")
    else:
        import tempfile

        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(content)
    file.seek(0)
    return file


def _by_wire(folder: KernelFolder, process: KernelProcess, wake: Callable[[], None], launch: Launch) -> Driver:
    from jupyter_runt.kernel.without_agent import (
        WireDriver,  # late: it brings ZeroMQ, which a kernel's start need not wait for
    )

    watchdog.start(folder)
    return WireDriver(folder, process, wake, launch)
