"""Rows that show themselves as text on a terminal, as HTML in a notebook, and as JSON to programs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from jupyter_runt.columns import field, width
from jupyter_runt.monitoring import values
from jupyter_runt.monitoring.values import Value

WIDEST = 60

Column = tuple[str, str]
"""What stands above it, and the unit of its numbers (see `values.words`)."""


class Table:
    """Columns and rows of plain values; None is shown as a dash, and is null in JSON."""

    def __init__(self, title: str, columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> None:
        self.title, self.columns, self.rows = title, columns, rows
        self._shown = [[values.words(cell, unit) for cell, (_, unit) in zip(row, columns, strict=True)] for row in rows]
        self._numeric = [
            any(isinstance(row[at], int | float) for row in rows) and not any(isinstance(row[at], str) for row in rows)
            for at in range(len(columns))
        ]

    def bundle(self) -> dict[str, Any]:
        """For `jupyter_runt.result(…, mime=True)`: a list of objects by column, and what people see."""
        names = [name for name, _ in self.columns]
        found = [dict(zip(names, row, strict=True)) for row in self.rows]
        return {"text/plain": repr(self), "text/html": self.html(), "application/json": found}

    def html(self) -> str:
        """A table as notebooks style them."""
        head = "".join(
            self._cell(name, numeric, "th") for (name, _), numeric in zip(self.columns, self._numeric, strict=True)
        )
        body = "".join(f"<tr>{''.join(map(self._cell, row, self._numeric))}</tr>" for row in self._shown)
        if not self.rows:
            body = f'<tr><td colspan="{len(self.columns)}">none</td></tr>'
        return (
            f"<table><caption>{escape(self.title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    @staticmethod
    def _cell(text: str, numeric: bool, tag: str = "td") -> str:
        return f'<{tag} style="text-align:{"right" if numeric else "left"}">{escape(text)}</{tag}>'

    def __repr__(self) -> str:
        if not self.rows:
            return f"{self.title}: none"
        lines = [[name for name, _ in self.columns], *self._shown]
        widths = [min(WIDEST, max(map(width, column))) for column in zip(*lines, strict=True)]
        lines.insert(1, ["─" * size for size in widths])
        text = [
            "  ".join(
                field(cell, size, right=numeric)
                for cell, size, numeric in zip(line, widths, self._numeric, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, *text])

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return {"text/plain": repr(self), "text/html": self.html()}
