"""`ls`: runs as a table, and as a list of Run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, overload

from jupyter_runt.cli import ls
from jupyter_runt.magics import table
from jupyter_runt.magics.connection import connections
from jupyter_runt.magics.run import Run

EXAMPLES = "%runt ls --status failed --label team=ops\n  runs = %runt ls --limit 5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    ls.add_arguments(parser)


def run(args: argparse.Namespace) -> Any:
    app = connections.app(args)
    if args.json:
        args.app = app
        ls.run(args)
        return None
    app.client.tend()
    rows, has_more = ls.listed(app.client, args)
    now = app.clock.now().wall
    older = f"older runs: %runt ls --before {rows[-1].run_id}" if has_more else ""
    return Runs([Run(app.client, row.run_id) for row in rows], [ls.line(row, now) for row in rows], older)


class Runs(Sequence[Run]):
    """Runs, shown as the table that they made when they were listed."""

    def __init__(self, runs: Sequence[Run], lines: Sequence[Sequence[str]], note: str = "") -> None:
        self._runs, self._lines, self._note = runs, lines, note

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Run]: ...
    def __getitem__(self, index: int | slice) -> Run | Sequence[Run]:
        return self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    def __repr__(self) -> str:
        if not self._runs:
            return "no such runs"
        return "\n".join(filter(None, [table.as_text(ls.HEADERS, self._lines), self._note]))

    def _repr_html_(self) -> str | None:
        return table.as_html(ls.HEADERS, self._lines, below=self._note) if self._runs else None
