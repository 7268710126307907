"""The folder of one kernel: everything that must outlive the worker, and nothing that must outlive the kernel."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

STDERR_TAIL = 4000
"""Bytes of the kernel's own stderr that an error message may quote."""
STDERR_CAP = 1 << 20
"""Bytes of it that are kept at all: it is the kernel's own log, not what user code writes."""


class KernelFolder:
    """Names the files of the kernel of one attempt of a run: `<runtime folder>/k/<run>.<attempt>/` (0700)."""

    def __init__(self, runtime: Path, run_id: str, attempt: int) -> None:
        self.path = runtime / "k" / f"{run_id}.{attempt}"
        self.identity = f"runt-{run_id}.{attempt}"
        """The ZeroMQ identity of whoever drives this kernel. Without the agent an adopting worker takes it over, with
        pending replies."""
        self.connection = self.path / "connection.json"
        self.process = self.path / "process.json"
        self.driver = self.path / "driver"
        self.stderr = self.path / "stderr"

    def create(self) -> None:
        """Makes the folder afresh; what an earlier worker left of a start that never happened goes."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(mode=0o700)

    def note_driver(self, lock: str, orphan_timeout: float) -> None:
        """Tells the agent whose life to watch: the worker that holds `lock`."""
        scratch = self.driver.with_suffix(".new")
        scratch.write_text(f"{lock}\n{orphan_timeout:g}\n")
        os.replace(scratch, self.driver)

    def last_words(self) -> str:
        """The end of what the kernel itself wrote to stderr."""
        try:
            with open(self.stderr, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - STDERR_TAIL))
                return file.read().decode(errors="replace").strip()
        except OSError:
            return ""

    def cap_stderr(self) -> None:
        """Empties the kernel's stderr when it has grown too large. The kernel appends, so it goes on at the beginning."""
        with contextlib.suppress(OSError):
            if self.stderr.stat().st_size > STDERR_CAP:
                os.truncate(self.stderr, 0)

    def remove(self) -> None:
        """The kernel is gone and everything it said is in the store."""
        shutil.rmtree(self.path, ignore_errors=True)
