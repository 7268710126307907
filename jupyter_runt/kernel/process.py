"""A kernel's process: started in a session of its own, watched by a pidfd, ended with everything it left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_runt.errors import KernelError
from jupyter_runt.kernel.base import Exit

RUN_VARIABLE = "JUPYTER_RUNT_RUN_ID"
FOLDER_VARIABLE = "JUPYTER_RUNT_FOLDER"
SIGNALS = {"interrupt": signal.SIGINT, "terminate": signal.SIGTERM, "kill": signal.SIGKILL}


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for a later one of the same pid: `born` is its start in clock ticks after boot."""

    pid: int
    born: int

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The identity of a living process; None when there is none of that pid, or only a zombie."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else cls(pid, int(fields[19]))

    @property
    def alive(self) -> bool:
        return Identity.of(self.pid) == self


GONE = Identity(-1, 0)
"""Nobody: what an adopting worker watches when the kernel died before it came."""


class KernelProcess:
    """One kernel's process, a child of ours or an adopted one. `exited` is done when it is gone."""

    def __init__(self, identity: Identity, run_id: str, child: subprocess.Popen[bytes] | None = None) -> None:
        self.identity = identity
        self._run_id = run_id
        self._child = child
        self._loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[Exit] = self._loop.create_future()
        self._pidfd = -1
        try:
            self._pidfd = os.pidfd_open(identity.pid)
        except OSError:
            if child is not None and child.poll() is None:
                raise  # it lives, and there is no descriptor left to watch it by
            self._gone()
        else:
            self._loop.add_reader(self._pidfd, self._gone)

    @classmethod
    def start(cls, argv: Sequence[str], cwd: str, env: Mapping[str, str], run_id: str, stderr: Path) -> KernelProcess:
        """Starts the program. Its stdin and stdout are /dev/null, its stderr a file: never something of ours that can break.

        Raises KernelError when it cannot be started at all.
        """
        log = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            child = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env={**env, RUN_VARIABLE: run_id},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        except OSError as error:
            raise KernelError(f"The kernel's program {argv[0]} cannot be started in {cwd}: {error.strerror}") from error
        finally:
            os.close(log)
        try:
            return cls(Identity.of(child.pid) or Identity(child.pid, 0), run_id, child)
        except OSError as error:
            child.kill()
            child.wait()
            raise KernelError(f"The kernel's process cannot be watched: {error.strerror}") from error

    def save(self, path: Path) -> None:
        """Notes the process for a later worker."""
        scratch = path.with_suffix(".new")
        scratch.write_text(json.dumps({"pid": self.identity.pid, "born": self.identity.born}))
        os.replace(scratch, path)

    @classmethod
    def saved(cls, path: Path, run_id: str) -> KernelProcess | None:
        """The process noted in `path`, if it still lives."""
        try:
            identity = Identity(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return cls(identity, run_id) if identity.alive else None

    def stop(self, stage: str) -> None:
        """Signals the kernel's process group; beyond an interrupt also the run's processes that left it."""
        number = SIGNALS[stage]
        if not self.exited.done():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.identity.pid, number)
        if stage != "interrupt":
            end_strays(self._run_id, number)

    def _gone(self) -> None:
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
        code = self._child.wait() if self._child is not None else None
        if self.exited.done():
            return
        if code is None:
            self.exited.set_result(Exit())
        else:
            self.exited.set_result(Exit(signal=-code) if code < 0 else Exit(status=code))

    def close(self) -> None:
        """Stops watching; the process lives on."""
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
        if self._child is not None:
            self._child.returncode = self._child.returncode or 0  # else Popen's destructor warns of a running child


def end_strays(run_id: str, number: signal.Signals, spared: int = -1) -> None:
    """Signals every process that carries the run's id in its environment, wherever it went, but for `spared`."""
    mark = f"{RUN_VARIABLE}={run_id}".encode()
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        if pid not in (os.getpid(), spared):
            with contextlib.suppress(OSError):  # it has ended meanwhile, or is somebody else's
                if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    os.kill(pid, number)


def environment() -> dict[str, str]:
    """This process's environment without what belongs to an outer run: for a kernel, or a worker, of its own."""
    return {name: value for name, value in os.environ.items() if name not in (RUN_VARIABLE, FOLDER_VARIABLE)}
