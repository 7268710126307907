"""One program run, timed from its start to its end, with the memory that it alone took."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

PEAK = re.compile(rb"^VmHWM:\s+(\d+) kB", re.MULTILINE)
LOOK_SECONDS = 0.02
MAX_SECONDS = 600


class Failed(Exception):
    """A program did not do its work; the measurement says so instead of giving a number."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement: wall seconds, peak MiB of the program's own process, and counts by name."""

    seconds: float
    peak: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)
    printed: str = ""


def run(command: Sequence[str], environment: Mapping[str, str], cwd: Path, *, keep_output: bool = False) -> Sample:
    """Runs `command` to its end; Failed, with the end of its stderr, when it does not succeed."""
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if keep_output else subprocess.DEVNULL,
            stderr=errors,
        )
        with _Watch(process.pid) as watch:
            try:
                output, _ = process.communicate(timeout=MAX_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise Failed(f"{command[0]} took longer than {MAX_SECONDS} s") from None
        seconds = time.perf_counter() - begin
        if process.returncode:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - 2000))
            text = errors.read().decode("utf-8", "replace").strip()
            raise Failed(f"{' '.join(command)} ended with {process.returncode}\n{text}")
    return Sample(seconds, watch.peak / 1024, printed=(output or b"").decode("utf-8", "replace"))


class _Watch:
    """Reads a process's peak of resident memory until it ends.

    Not wait4's maxrss: that is the largest of the process, of every child that it waited for (the kernel), and of what
    this process had when it forked. The kernel of the machine keeps the peak, so looking now and then misses only what
    is taken after the last look.
    """

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._status = f"/proc/{pid}/status"
        self._end = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(LOOK_SECONDS):
            try:
                with open(self._status, "rb") as status:
                    found = PEAK.search(status.read())
            except OSError:
                return
            if found:
                self.peak = max(self.peak, int(found[1]))
