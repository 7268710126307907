"""Starting a kernel, and taking over one that an earlier worker started."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_runt.errors import KernelError
from jupyter_runt.kernel.base import Driver, Launch
from jupyter_runt.kernel.connection import write_connection_file
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.journal import JournalReader
from jupyter_runt.kernel.process import FOLDER_VARIABLE, GONE, KernelProcess
from jupyter_runt.kernel.with_agent import AgentDriver


def start(
    folder: KernelFolder, launch: Launch, env: Mapping[str, str], run_id: str, wake: Callable[[], None]
) -> Driver:
    """Starts a kernel in a fresh folder. KernelError when its program cannot be started."""
    connection = write_connection_file(folder.path, ipc=launch.agent)
    argv = [part.replace("{connection_file}", str(connection)) for part in launch.argv]
    if not launch.agent:
        process = KernelProcess.start(argv, launch.cwd, env, run_id, folder.stderr)
        process.save(folder.process)
        return _by_wire(folder, process, wake, launch)
    (folder.path / "journal").mkdir(mode=0o700)
    reader = JournalReader(folder.path)
    bell = reader.bind_bell()  # before the kernel starts, so that its first ring is heard
    try:
        env = {**env, FOLDER_VARIABLE: str(folder.path)}
        process = KernelProcess.start(argv, launch.cwd, env, run_id, folder.stderr)
    except KernelError:
        reader.close()
        raise
    process.save(folder.process)
    # ZeroMQ and jupyter_client are needed when the kernel is ready; now it is loading on another processor.
    importlib.import_module("jupyter_runt.kernel.channels")
    return AgentDriver(folder, reader, bell, process, wake, launch)


def adopt(
    folder: KernelFolder, launch: Launch, run_id: str, cursor: Mapping[str, Any] | None, wake: Callable[[], None]
) -> Driver | None:
    """Takes over the kernel that an earlier worker left in `folder`; None when it does not live any more and left no journal."""
    process = KernelProcess.saved(folder.process, run_id)
    if launch.agent and (folder.path / "journal").is_dir():
        reader = JournalReader(folder.path, cursor)
        watched = process or KernelProcess(GONE, run_id)
        driver = AgentDriver(folder, reader, reader.bind_bell(), watched, wake, launch)
        if process is not None:
            driver.connect()
        return driver
    if process is None or launch.agent:
        return None
    return _by_wire(folder, process, wake, launch)


def _by_wire(folder: KernelFolder, process: KernelProcess, wake: Callable[[], None], launch: Launch) -> Driver:
    from jupyter_runt.kernel.without_agent import (
        WireDriver,  # late: it brings ZeroMQ, which a kernel's start need not wait for
    )

    return WireDriver(folder, process, wake, launch)
