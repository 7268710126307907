"""Which boot of the machine this is. Light to import."""

from __future__ import annotations

import functools
from pathlib import Path

BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")


@functools.cache
def boot_id() -> str:
    """Changes at each boot of the machine, and only then; no other machine has it. '' where the system does not tell."""
    try:
        return BOOT_ID_FILE.read_text().strip()
    except OSError:
        return _session()


def _session() -> str:
    """As macOS names a boot; '' elsewhere. The time of the boot would not do: it moves whenever the clock is set."""
    import ctypes

    text, size = ctypes.create_string_buffer(64), ctypes.c_size_t(64)
    name, nothing = b"kern.bootsessionuuid", ctypes.c_size_t(0)
    try:
        failed = ctypes.CDLL(None).sysctlbyname(name, text, ctypes.byref(size), None, nothing)
    except (OSError, AttributeError):
        return ""
    return "" if failed else text.value.decode()
