"""Collects the faults of a file, each with its place, so that all of them are told at once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection
from typing import Any

from jupyter_runt.errors import NotebookError, Problem
from jupyter_runt.notebook.values import describe

Where = tuple[str | int, ...]
"""The way from a file's root to a value: `("cells", 3, "source")`."""

Place = Callable[[Where, bool], tuple[int, int]]
"""The line and column, from 1, of the value at a way, or of its key."""

MANY = 50


class Report:
    """The faults found so far in the file at `path`."""

    def __init__(self, path: str, place: Place | None = None) -> None:
        self.path = path
        self.place = place
        self.problems: list[Problem] = []

    def add(self, where: Where, message: str, remedy: str = "", *, key: bool = False) -> None:
        """Notes a fault of the value at `where`, or with `key` of its key."""
        line, column = self.place(where, key) if self.place else (0, 0)
        self.problems.append(Problem(message, self.path, line, column, remedy))

    def at(self, line: int, column: int, message: str, remedy: str = "") -> None:
        """Notes a fault whose place is known already."""
        self.problems.append(Problem(message, self.path, line, column, remedy))

    def unknown(self, where: Where, known: Collection[str]) -> bool:
        """Notes that the key at `where` looks like a known one, if it does."""
        key = str(where[-1])
        meant = lookalike(key, known)
        if meant:
            self.add(where, f"unknown key {key!r}{inside(where[:-1])}", f"did you mean {meant!r}?", key=True)
        return meant is not None

    def stop(self) -> None:
        """Raises what has been found, in the file's order, if anything has."""
        if not self.problems:
            return
        problems = sorted(self.problems, key=lambda problem: (problem.line, problem.column))
        if len(problems) > MANY:
            rest = len(problems) - MANY
            problems = [*problems[:MANY], Problem(f"and {rest} more problems", self.path)]
        raise NotebookError(problems)


def lookalike(key: str, known: Collection[str]) -> str | None:
    """The known name that `key` seems to misspell; None when it is known, begins with `x-`, or resembles none."""
    if key in known or key.startswith("x-"):
        return None
    plain = _plain(key)
    for name in known:
        if _plain(name) == plain:
            return name
    near = [name for name in known if abs(len(name) - len(key)) <= 2]
    close = difflib.get_close_matches(key.lower(), near, n=1, cutoff=0.8)
    return close[0] if close else None


def did_you_mean(name: str, known: Collection[str]) -> str:
    """A remedy that names the nearest of the known names, or ''."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""


def inside(where: Where) -> str:
    """`where` as the end of a sentence: ` in cells[3].retry`; '' for the file itself."""
    return f" in {spell(where)}" if where else ""


def spell(where: Where) -> str:
    """`where` as people write it: `cells[3].source`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).removeprefix(".")


def expected(accepted: str, found: Any, where: Where) -> str:
    """The one sentence for a wrong value."""
    return f"{spell(where) or 'the file'}: expected {accepted}, found {describe(found)}"


def _plain(key: str) -> str:
    return key.lower().replace("-", "").replace("_", "").replace(" ", "")
