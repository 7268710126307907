"""The named moments at which a round can crash a process: a table of functions of the product, which knows nothing of it.

Light on purpose: `site/sitecustomize.py` imports this in every process of a round, before the product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PHASES = ("starting", "printing", "between cells", "waiting for input", "finishing")
VICTIMS = ("worker", "supervisor and worker", "kernel", "all at once")
ANY = frozenset(PHASES)


def _always(arguments: Any, result: Any) -> bool:
    return True


def _gave(arguments: Any, result: Any) -> bool:
    """Only a call that brought something."""
    return bool(result)


def _durable(arguments: Any, result: Any) -> bool:
    """Only the append with the run's end."""
    return bool(arguments.get("durable"))


@dataclass(frozen=True, slots=True)
class Point:
    """Before or after a call of `module.function`, in the phases where it comes to pass. `needs` is what leads to it: the
    worker was killed, was asked to end, or was killed and its kernel is killed as well."""

    name: str
    module: str
    function: str
    phases: frozenset[str] = ANY
    needs: str = ""
    late: bool = False
    """It belongs to the run's end alone, so the order is given while the run still waits for its input: later is too late."""
    counts: Callable[[Any, Any], bool] = _always
    """Of the call's keyword arguments and, after it, its result."""

    @property
    def before(self) -> bool:
        return self.name.endswith("-before")


def _around(name: str, module: str, function: str, *phases: str, **more: Any) -> list[Point]:
    """The moment before a call and the one after it."""
    found = frozenset(phases) or ANY
    return [Point(f"{name}-{side}", module, function, found, **more) for side in ("before", "after")]


STORE, WORKER, KERNEL = "jupyter_runt.store.sqlite", "jupyter_runt.worker", "jupyter_runt.kernel"

POINTS = {
    point.name: point
    for point in [
        Point("claim-after", STORE, "SqliteStore.claim", frozenset({"starting"}), counts=_gave),
        *_around("append", f"{WORKER}.commits", "Commits._append"),
        # Inside the transaction: the events are written, but not committed.
        Point("summarise-after", STORE, "_summarise", ANY - {"printing"}),
        Point("read-after", f"{KERNEL}.with_agent", "AgentDriver.read", counts=_gave),
        *_around("free", f"{KERNEL}.with_agent", "AgentDriver.free"),
        *_around("execute", f"{KERNEL}.with_agent", "AgentDriver.execute", "starting", "between cells"),
        Point("start-before", f"{KERNEL}.launch", "start", frozenset({"starting"})),
        # Between the process's birth and its note for a later worker, and after that.
        *_around("note-process", f"{KERNEL}.folder", "KernelFolder.note_process", "starting"),
        *_around("answer", f"{KERNEL}.with_agent", "AgentDriver.answer", "waiting for input"),
        *_around("shutdown", f"{KERNEL}.with_agent", "AgentDriver.shutdown", "finishing", late=True),
        *_around("end", STORE, "SqliteStore.append", "finishing", late=True, counts=_durable),
        *_around("snapshot", f"{WORKER}.snapshot", "save", "finishing", late=True),
        *_around("remove-folder", f"{KERNEL}.folder", "KernelFolder.remove", "finishing", late=True),
        *_around("adopt", f"{WORKER}.keeper", "KernelKeeper.adopt", needs="worker killed"),
        *_around("fork", f"{WORKER}.supervisor", "Supervisor._fork", needs="worker killed"),
        *_around("hand-over", f"{WORKER}.keeper", "KernelKeeper.hand_over", "printing", needs="worker asked to end"),
        *_around("release", STORE, "SqliteStore.release", "printing", needs="worker asked to end"),
        # The supervisor became the parent of a kernel whose worker died; now that kernel dies.
        *_around("note-exit", f"{KERNEL}.exits", "record_exit", "printing", needs="worker and kernel killed"),
    ]
}


def fitting(phase: str) -> list[Point]:
    """The points that come to pass in that phase."""
    return [point for point in POINTS.values() if phase in point.phases]
