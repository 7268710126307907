"""The folder of one kernel: everything that must outlive the worker, and nothing that must outlive the kernel."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jupyter_runt.kernel.base import Exit
from jupyter_runt.kernel.identity import Identity
from jupyter_runt.kernel.oom import Victims
from jupyter_runt.kernel.place import here

CALL_AFTER = 10.0
"""Seconds without a worker after which a kernel calls for one: longer than a supervisor or a follower needs."""
GONE_SUFFIX = ".gone"
"""Ends the name of a folder that is being removed."""
STDERR_TAIL = 4000
"""Bytes of the kernel's own stderr that an error message may quote."""
STDERR_CAP = 1 << 20
"""Bytes of it that are kept at all: it is the kernel's own log, not what user code writes."""


class KernelFolder:
    """Names the files of the kernel of one attempt of a run: `<runtime folder>/k/<run>.<attempt>/` (0700)."""

    def __init__(self, runtime: Path, run_id: str, attempt: int) -> None:
        self.path, self.run_id = runtime / "k" / f"{run_id}.{attempt}", run_id
        self.identity = f"runt-{run_id}.{attempt}"
        """The ZeroMQ identity of whoever drives this kernel. Without the agent an adopting worker takes it over, with
        pending replies."""
        self.connection = self.path / "connection.json"
        self.process = self.path / "process.json"
        self.driver = self.path / "driver"
        self.exit = self.path / "exit"
        self.life = self.path / "alive"
        self.stderr = self.path / "stderr"

    @classmethod
    def at(cls, path: Path) -> KernelFolder:
        """The folder that has this path. ValueError when no kernel's has."""
        run_id, _, attempt = path.name.rpartition(".")
        return cls(path.parents[1], run_id, int(attempt))

    @classmethod
    def all(cls, runtime: Path) -> Iterator[KernelFolder]:
        """The folders of all kernels that are there, in no order."""
        with contextlib.suppress(FileNotFoundError):
            for path in (runtime / "k").iterdir():
                with contextlib.suppress(ValueError):
                    yield cls.at(path)

    def create(self) -> None:
        """Makes the folder afresh; what an earlier worker left of a start that never happened goes."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(mode=0o700)

    def note_driver(
        self, lock: str, orphan_timeout: float, call: Sequence[str] = (), call_after: float | None = CALL_AFTER
    ) -> None:
        """Tells the agent whose life to watch: the worker that holds `lock`. While nobody holds it, the agent runs `call`,
        which starts a worker, from `call_after` seconds on (None: it does not), and ends after `orphan_timeout`."""
        noted = {"lock": lock, "orphan_timeout": orphan_timeout, "call": list(call), "call_after": call_after}
        _write(self.driver, noted)

    def note_process(self, identity: Identity, victims: Victims) -> None:
        """Notes the kernel's process for a later worker, with the out-of-memory killer's victims before it started."""
        noted = {"pid": identity.pid, "born": identity.born, "place": here(), "victims": victims.to_json()}
        _write(self.process, noted)

    def noted_process(self) -> Identity | None:
        """Whom `note_process` noted; None when that was at another place (an earlier boot, another PID namespace): whoever
        has that pid here is somebody else."""
        noted = _read(self.process)
        pid, born = noted.get("pid"), noted.get("born")
        if not isinstance(pid, int) or not isinstance(born, int) or noted.get("place", here()) != here():
            return None
        return Identity(pid, born)

    def noted_place(self) -> str:
        """Where the process was that `note_process` noted; '' when that is not known."""
        return str(_read(self.process).get("place", ""))

    def noted_victims(self) -> Victims:
        """The out-of-memory killer's victims before the kernel started."""
        return Victims.from_json(_read(self.process).get("victims"))

    def note_exit(self, *, status: int | None, signal: int | None) -> None:
        """Notes how the kernel ended: by whoever was its parent, for the worker that adopted it or will."""
        _write(self.exit, {"status": status, "signal": signal})

    def noted_exit(self) -> Exit | None:
        """How the kernel ended; None when nobody has noted it."""
        noted = _read(self.exit)
        return Exit(noted.get("status"), noted.get("signal")) if noted else None

    def last_words(self, redacted: Callable[[str], str] = str) -> str:
        """The end of what the kernel itself wrote to stderr; redacted before it is cut, for a cut may go through a secret."""
        try:
            with open(self.stderr, "rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - STDERR_CAP))
                return redacted(file.read().decode(errors="replace"))[-STDERR_TAIL:].strip()
        except OSError:
            return ""

    def redact_stderr(self, redacted: Callable[[str], str]) -> None:
        """Takes the secrets out of a living kernel's file: what was said before the agent stood in the way."""
        with contextlib.suppress(OSError), open(self.stderr, "r+b") as file:
            said = file.read().decode(errors="replace")
            clean = redacted(said)
            if clean != said:
                file.seek(0)
                file.truncate()
                file.write(clean.encode())

    def cap_stderr(self) -> None:
        """Empties the kernel's stderr when it has grown too large. The kernel appends, so it goes on at the beginning."""
        with contextlib.suppress(OSError):
            if self.stderr.stat().st_size > STDERR_CAP:
                os.truncate(self.stderr, 0)

    def remove(self) -> None:
        """The kernel is gone and everything it said is in the store."""
        # A supervisor may be writing the kernel's exit in here: it must not find the way any more.
        gone = self.path.with_name(f"{self.path.name}{GONE_SUFFIX}")
        with contextlib.suppress(OSError):
            self.process.unlink(missing_ok=True)
            os.rename(self.path, gone)
        for path in (self.path, gone):
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, noted: dict[str, Any]) -> None:
    """All of it or nothing: whoever reads the file may come at any moment."""
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(noted))
    os.replace(scratch, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        noted = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}
