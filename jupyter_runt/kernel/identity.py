"""Which process: a pid together with its start, so that a later process of the same pid is nobody we know. Light to import."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_runt.kernel.processes import seen


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken for a later one of the same pid: `born` is its start, in clock ticks after boot where
    there is /proc."""

    pid: int
    born: int

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The identity of a living process; None when there is none of that pid, or only a zombie."""
        found = seen(pid)
        return None if found is None or found.ended else cls(pid, found.born)

    @staticmethod
    def start_of(pid: int) -> int | None:
        """When the process of that pid started, also when it is a zombie by now; None when there is none."""
        found = seen(pid)
        return None if found is None else found.born

    @property
    def alive(self) -> bool:
        return Identity.of(self.pid) == self

    def exit_code(self) -> int | None:
        """As of a process's `returncode`, while it is a zombie; None when it lives or nothing is left of it, or without /proc.

        The system tells it to the same user only, and 0 to others: a kernel is driven where and by whom it was started.
        """
        found = seen(self.pid)
        return found.exit_code if found is not None and found.born == self.born else None


GONE = Identity(-1, 0)
"""Nobody: what an adopting worker watches when the kernel died before it came."""


def session_of(pid: int) -> int | None:
    """The session of a living process; None when there is no such process."""
    found = seen(pid)
    return None if found is None or found.ended else found.session
