"""Where this process is: a kernel can be adopted only at its own place."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from jupyter_runt.boot import boot_id


@cache
def here() -> str:
    """This place: machine, boot, PID namespace and user, as one string without spaces."""
    machine = _read("/etc/machine-id") or os.uname().nodename
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return f"{machine}/{boot_id()}/{namespace}/{os.geteuid()}"


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
