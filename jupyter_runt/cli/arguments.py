"""What others see of this process's arguments: `ps` and /proc show them to everybody on the machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ARG_START, ARG_END = 45, 46
"""Fields 48 and 49 of /proc/PID/stat, counted behind the command's name."""


def conceal(values: Iterable[Any]) -> None:
    """Writes asterisks over these values in the arguments, where the system permits it."""
    from jupyter_runt.run.redaction import Redactor, needles

    redactor = Redactor(needles(values))
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[ARG_START]), int(fields[ARG_END])
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(start)
            arguments = memory.read(end - start)
            (concealed,) = redactor.buffers([arguments])
            if concealed != arguments:
                memory.seek(start)
                memory.write(concealed)
