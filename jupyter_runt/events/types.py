"""The two shapes of a fact: a Draft, which nobody has numbered yet, and the Event that a store made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

VERSION = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact about to be appended. `type` is one of `schemas/v1.yaml`; `data` is JSON of that type's shape.

    `at` is in seconds since the epoch; the store fills it in when it is 0.
    """

    type: str
    data: dict[str, Any] = field(default_factory=dict)
    cell_id: str | None = None
    attempt: int | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """A fact in the log: past tense, `seq` counts 1, 2, 3 … without gaps inside its run."""

    run_id: str
    seq: int
    at: float
    type: str
    data: dict[str, Any]
    cell_id: str | None = None
    attempt: int | None = None
