"""The system's clocks, as one `Instant`."""

from __future__ import annotations

import functools
import time

from jupyter_runt import boot
from jupyter_runt.store.base import Instant

# CLOCK_BOOTTIME goes on while the machine sleeps: a laptop that wakes up finds its old leases over, as it should.
_MONOTONIC: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@functools.cache
def boot_id() -> str:
    """Changes at each boot of the machine, and only then."""
    if not boot.boot_id():
        import psutil  # ipykernel brings it

        return f"boot-{int(psutil.boot_time())}"
    return boot.boot_id()


class SystemClock:
    """Wall time, time since boot, and which boot."""

    def now(self) -> Instant:
        return Instant(time.time(), time.clock_gettime(_MONOTONIC), boot_id())
