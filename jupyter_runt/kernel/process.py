"""A kernel's process: started in a session of its own, watched, ended with everything it left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from jupyter_runt.errors import KernelError
from jupyter_runt.kernel import oom
from jupyter_runt.kernel.base import Exit
from jupyter_runt.kernel.ending import Ending
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.identity import GONE, Identity
from jupyter_runt.kernel.strays import RUN_VARIABLE, end_strays

FOLDER_VARIABLE = "JUPYTER_RUNT_FOLDER"
OUTER = (RUN_VARIABLE, FOLDER_VARIABLE, "JPY_PARENT_PID", "JPY_SESSION_NAME")
"""The last two tell a kernel of a Jupyter server who its launcher is, with whom it ends, and which notebook it belongs to."""
SIGNALS = {"interrupt": signal.SIGINT, "terminate": signal.SIGTERM, "kill": signal.SIGKILL}


class KernelProcess:
    """One kernel's process, a child of ours or an adopted one. `exited` is done when it is gone."""

    def __init__(
        self, folder: KernelFolder, identity: Identity, run_id: str, victims: oom.Victims, *, child: bool = False
    ) -> None:
        self._folder, self.identity, self._run_id = folder, identity, run_id
        self._before = self._lately = victims
        self._killed_by_us = False
        self.exited: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._ending: Ending | None = None
        try:
            self._ending = Ending(identity, child=child)
        except ProcessLookupError:
            self._gone()
        else:
            self._ending.tell(self._gone)

    @classmethod
    def start(
        cls,
        argv: Sequence[str],
        cwd: str,
        env: Mapping[str, str],
        run_id: str,
        folder: KernelFolder,
        stdin: int = subprocess.DEVNULL,
    ) -> KernelProcess:
        """Starts the program and notes its process in the folder, for a later worker. Its stdin and stdout are /dev/null, its
        stderr a file: never something of ours that can break.

        Raises KernelError when it cannot be started at all; OSError when the folder cannot be written.
        """
        victims = oom.victims_here()
        log = os.open(folder.stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            child = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env={**env, RUN_VARIABLE: run_id},
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        except OSError as error:
            raise KernelError(f"The kernel's program {argv[0]} cannot be started in {cwd}: {error.strerror}") from error
        finally:
            os.close(log)
        try:
            # A zombie keeps its pid until somebody waits for it, so this is the child, whatever became of it.
            identity = Identity(child.pid, Identity.start_of(child.pid) or 0)
            folder.note_process(identity, victims)
            process = cls(folder, identity, run_id, victims, child=True)
        except OSError:  # a full disk, or no descriptor is left: no kernel may live that nobody knows of
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
        child.returncode = 0  # it is waited for by its ending; else Popen's destructor would warn of a running child
        oom.give_precedence(child.pid)
        return process

    @classmethod
    def saved(cls, folder: KernelFolder, run_id: str) -> KernelProcess:
        """The process noted in the folder; when it does not live any more, `exited` is done or about to be."""
        return cls(folder, folder.noted_process() or GONE, run_id, folder.noted_victims())

    def stop(self, stage: str) -> None:
        """Signals the kernel's process group; beyond an interrupt also the run's processes that left it."""
        number = SIGNALS[stage]
        self._killed_by_us = self._killed_by_us or number == signal.SIGKILL
        if not self.exited.done():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.identity.pid, number)
        if stage != "interrupt":
            end_strays(self._run_id, number, kernel=self.identity)

    def end_strays(self, number: signal.Signals) -> None:
        """Signals what the kernel's code started and left behind, but not the kernel itself."""
        end_strays(self._run_id, number, kernel=self.identity, spared=self.identity.pid)

    def look(self) -> None:
        """Counts the out-of-memory killer's victims anew, every few seconds: one long ago has nothing to do with this kernel's
        end. What is compared with is older than the last count, which may have been taken while the kernel was dying."""
        self._before, self._lately = self._lately, self._lately.now()

    def _gone(self) -> None:
        # Who is no child of ours leaves a note before anything else is gone (see `exits`), or a zombie that tells it itself.
        code = self._ending.reap() if self._ending is not None else None
        if code is None:
            code = self.identity.exit_code()
        self.close()
        if self.exited.done():
            return
        ended = self._folder.noted_exit() or Exit()
        if code is not None:
            ended = Exit(signal=-code) if code < 0 else Exit(status=code)
        self.exited.set_result(self._judged(ended))

    def _judged(self, ended: Exit) -> Exit:
        """With a word on the out-of-memory killer, which ends a process by a SIGKILL that nobody here sent."""
        unexplained = ended.signal == signal.SIGKILL or ended == Exit()
        if self._killed_by_us or not unexplained:
            return ended
        killed = ended.signal is not None
        verdict = oom.verdict(self._before, self._before.now(), killed=killed)
        return Exit(ended.status, ended.signal, verdict)

    def close(self) -> None:
        """Stops watching; the process lives on."""
        if self._ending is not None:
            self._ending.close()
            self._ending = None


def environment() -> dict[str, str]:
    """This process's environment without what belongs to an outer run or kernel: for a kernel, or a worker, of its own."""
    return {name: value for name, value in os.environ.items() if name not in OUTER}
