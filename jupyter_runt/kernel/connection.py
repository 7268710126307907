"""The connection file: where a new kernel shall listen. Written without ZeroMQ, so that the kernel starts before its import."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

PORTS = {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}


def write_connection_file(folder: Path, *, ipc: bool) -> Path:
    """A connection file for a new kernel: Unix sockets in its own folder, or TCP ports that are free right now."""
    info: dict[str, Any] = {"transport": "ipc", "ip": f"{folder}/k", **PORTS}
    if not ipc:
        info = {"transport": "tcp", "ip": "127.0.0.1", **_free_ports()}
    info |= {"key": secrets.token_hex(32), "signature_scheme": "hmac-sha256", "kernel_name": ""}
    path = folder / "connection.json"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(info, file)
    return path


def _free_ports() -> dict[str, int]:
    """Ports that nobody used a moment ago. jupyter_client's own cache keeps runs of this process apart; another process
    may still take one first, and then the kernel's start fails and is reported."""
    from jupyter_client.connect import LocalPortCache

    cache = LocalPortCache.instance()
    return {name: cache.find_available_port("127.0.0.1") for name in PORTS}
