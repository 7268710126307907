"""This user's Jupyter servers on this machine, with their kernels: found by the files that each keeps, asked by their own API."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_runt.kernel.identity import Identity
from jupyter_runt.monitoring.http_exchange import Asked, ask
from jupyter_runt.monitoring.values import shortened

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class KernelSeen:
    """One kernel of a server. `state` is Jupyter's word: idle, busy, starting, dead. `memory` is in bytes, its children not
    counted; None where its process is not to be seen."""

    id: str
    name: str
    state: str
    idle: float
    """Seconds since it did something."""
    connections: int
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class ServerSeen:
    """A server, by its URL without a token. `failed` says why it did not answer; then nothing is known of its kernels."""

    url: str
    pid: int
    version: str = ""
    failed: str = ""
    seconds: float = 0.0
    """How long its answer took."""
    kernels: Sequence[KernelSeen] = field(default=())


def jupyter_servers(*, folder: str | None = None, timeout: float = 5.0) -> list[ServerSeen]:
    """The servers whose process lives. Their files hold their tokens, which go nowhere but to them.

    Args:
        folder: Jupyter's runtime folder, if it is not this user's.
        timeout: seconds that a server gets for each of two answers.
    """
    if folder is None:
        from jupyter_core.paths import jupyter_runtime_dir

        folder = jupyter_runtime_dir()
    memory: dict[str, int] | None = None
    found = []
    for file in sorted(Path(folder).glob("jpserver-*.json")):
        noted = _noted(file)
        if noted is None:
            continue
        if memory is None:
            memory = _memory_of_kernels()
        found.append(_look(noted, timeout, memory))
    return found


def _noted(file: Path) -> dict[str, Any] | None:
    """What a server wrote of itself; None for one that is gone, for files of others, and for servers on Unix sockets."""
    try:
        noted = json.loads(file.read_text())
        if not isinstance(noted, dict) or Identity.of(int(noted["pid"])) is None:
            return None
        return noted if urlsplit(str(noted["url"])).scheme in ("http", "https") else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _look(noted: Mapping[str, Any], timeout: float, memory: Mapping[str, int]) -> ServerSeen:
    url, pid, version = str(noted["url"]), int(noted["pid"]), shortened(str(noted.get("version", "")))
    # Its own certificate is nobody's affair while it does not leave the machine.
    verify = (urlsplit(url).hostname or "") not in LOOPBACK
    headers = {"Authorization": f"token {noted['token']}"} if noted.get("token") else {}
    answer = ask(Asked(f"{url}api/status", headers=headers, timeout=timeout, verify=verify))
    told = _failure(answer.failed, answer.status)
    if told:
        return ServerSeen(url, pid, version, told, answer.seconds)
    listed = ask(Asked(f"{url}api/kernels", headers=headers, timeout=timeout, verify=verify))
    told = _failure(listed.failed, listed.status)
    try:
        kernels = [] if told else [_kernel(each, memory) for each in json.loads(listed.body)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        kernels, told = [], f"its list of kernels cannot be read: {error}"
    return ServerSeen(url, pid, version, told, answer.seconds, kernels)


def _failure(failed: str, status: int) -> str:
    if failed:
        return failed
    if status in (401, 403):
        return "it does not take the token from its own file"
    return "" if status == 200 else f"it answers with status {status}"


def _kernel(told: Mapping[str, Any], memory: Mapping[str, int]) -> KernelSeen:
    active = datetime.fromisoformat(told["last_activity"]).timestamp()
    return KernelSeen(
        id=str(told["id"]),
        name=shortened(str(told["name"])),
        state=shortened(str(told["execution_state"])),
        idle=max(0.0, time.time() - active),
        connections=int(told["connections"]),
        memory=memory.get(str(told["id"])),
    )


def _memory_of_kernels() -> dict[str, int]:
    """Resident bytes by the kernel's id, which its connection file's name holds; of those processes that may be seen."""
    import psutil

    found: dict[str, int] = {}
    for process in psutil.process_iter(["cmdline", "memory_info"]):
        arguments, memory = process.info["cmdline"], process.info["memory_info"]
        for argument in arguments or ():
            name = os.path.basename(argument)
            if name.startswith("kernel-") and name.endswith(".json") and memory is not None:
                found[name.removeprefix("kernel-").removesuffix(".json")] = int(memory.rss)
    return found
