"""How a kernel's process ended, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Of Linux: a log says the same words on whichever system it is read.
SIGNALS = {
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
    10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ",
    29: "SIGIO", 31: "SIGSYS",
}  # fmt: skip


def ending(data: Mapping[str, Any]) -> str:
    """The `status`, `signal` and `oom` of an event, in words."""
    if data.get("oom"):
        return f"{'probably ' if data['oom'] == 'probably' else ''}killed by the out-of-memory killer"
    number = data.get("signal")
    if number is not None:
        return f"killed by signal {number}" + (f" ({SIGNALS[number]})" if number in SIGNALS else "")
    if data.get("status") is not None:
        return f"exit status {data['status']}"
    return "exit status unknown"
