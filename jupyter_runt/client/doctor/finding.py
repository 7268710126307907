"""What `doctor` found, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "FAIL", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. A `note` is no fault, but worth knowing.

    `fix` mends it and says what it did, one sentence each; it touches only what is dead for certain at that moment, for others may
    be busy with the same things. `mends` says what it will do.
    """

    check: str
    text: str
    level: Level = "ok"
    mends: str = ""
    fix: Callable[[], Sequence[str]] | None = None


def counted(number: int, one: str, many: str = "") -> str:
    """`1 kernel`, `2 kernels`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def some(names: Sequence[str]) -> str:
    """A few of them by name, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
