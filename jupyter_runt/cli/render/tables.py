"""Plain-text tables, and numbers as people read them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.columns import field, width
from jupyter_runt.run import words

duration = words.duration
"""See there: a run's length is told alike wherever it is."""

GAP = "  "
NARROWEST = 8
"""Columns that a column keeps at least when the table is cut to the terminal."""


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], columns: int | None = None) -> str:
    """Aligned columns, without a last newline. Cut to `columns`; by default to the terminal's, and only on a terminal:
    what is piped into another program stays whole. Columns of numbers are aligned to the right."""
    if columns is None and sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
    lines = [[printable(text) for text in line] for line in (headers, *rows)]
    widths = [max(width(line[index]) for line in lines) for index in range(len(headers))]
    numbers = numeric(lines[1:], len(headers))
    if columns is not None:
        widths = _fitted(widths, columns)
    return "\n".join(
        GAP.join(
            field(text, size, right=right) for text, size, right in zip(line, widths, numbers, strict=True)
        ).rstrip()
        for line in lines
    )


def numeric(rows: Sequence[Sequence[str]], columns: int) -> list[bool]:
    """Of each column, whether it has numbers and nothing else."""
    found = [[row[index] for row in rows if row[index]] for index in range(columns)]
    return [bool(texts) and all(map(_is_number, texts)) for texts in found]


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "").isdigit()


def _fitted(widths: Sequence[int], columns: int) -> list[int]:
    """Takes what is too much from whichever column is widest: short ones stay readable."""
    fitted = list(widths)
    excess = sum(fitted) + len(GAP) * (len(fitted) - 1) - columns
    while excess > 0 and max(fitted) > NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
        excess -= 1
    return fitted


def ago(seconds: float) -> str:
    """How long ago, in one unit: `just now`, `40 s ago`, `3 min ago`, `5 h ago`, `2 d ago`."""
    if seconds < 1.5:
        return "just now"
    for unit, size, limit in (("s", 1, 60), ("min", 60, 60), ("h", 3600, 48)):
        if (number := int(seconds // size)) < limit:
            return f"{number} {unit} ago"
    return f"{int(seconds // 86400)} d ago"


def size(count: float) -> str:
    """Bytes: `312 B`, `12 kB`, `3.4 MB`."""
    for unit in ("B", "kB", "MB"):
        if count < 999.5:
            return f"{count:.1f} {unit}" if count < 9.95 and unit != "B" else f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
