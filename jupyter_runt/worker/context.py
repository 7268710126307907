"""What all performers of one worker share."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from jupyter_runt.store.base import Clock, Store


@dataclass(frozen=True, slots=True)
class Context:
    """The worker as its performers see it. `lock` is the path whose lock tells the kernels that their worker lives."""

    store: Store
    clock: Clock
    worker_id: str
    place: str
    lock: str

    @property
    def call(self) -> tuple[str, ...]:
        """What a kernel runs that has no worker any more: it starts one, if none lives."""
        return (sys.executable, "-m", "jupyter_runt.cli", "workers", "--start", "--store", self.store.url)
