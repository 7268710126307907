"""Python imports this by its name at the start of every process of a test: whatever only Linux gives is not there then.

No pidfds, files of memory, blocks allocated ahead, waiting for a signal or a child as Linux can, child subreaper, or /proc, but
for psutil, which has ways of its own on other systems.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

ONLY_LINUX = {
    os: "pidfd_open P_PIDFD memfd_create posix_fallocate waitid O_TMPFILE sched_getaffinity",
    signal: "sigtimedwait sigwaitinfo pidfd_send_signal",
    socket: "SOCK_NONBLOCK SOCK_CLOEXEC",
    time: "CLOCK_BOOTTIME",
}


def hidden(path: Any) -> bool:
    """Whether it lies in /proc, and somebody else asks than psutil."""
    if not isinstance(path, str | bytes | os.PathLike) or not os.fsdecode(path).startswith("/proc"):
        return False
    frame: FrameType | None = sys._getframe()
    while frame is not None and "/psutil/" not in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is None


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("open", "os.listdir", "os.scandir") and hidden(arguments[0]):
        raise FileNotFoundError(arguments[0])
    if event == "ctypes.dlsym" and arguments[1] == "prctl":
        raise AttributeError(arguments[1])


def without_proc(function: Callable[..., Any]) -> Callable[..., Any]:
    def asked(path: Any, *arguments: Any, **options: Any) -> Any:
        if hidden(path):
            raise FileNotFoundError(path)
        return function(path, *arguments, **options)

    return asked


for module, names in ONLY_LINUX.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
for name in ("stat", "lstat", "readlink"):
    setattr(os, name, without_proc(getattr(os, name)))
sys.addaudithook(refuse)
