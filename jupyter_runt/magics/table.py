"""Rows and columns, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence

from jupyter_runt.cli.render import tables
from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.magics.picture import COLOURS, GREY, MONO

COLUMNS = 120
"""A notebook's output is about so wide."""
FIXED = {
    name: name.capitalize()
    for name in ("RUN", "STATUS", "CELLS", "NOTEBOOK", "SUBMITTED", "TOOK", "NAME", "VALUE", "CELL")
}
"""Our own headers as HTML has them; a parameter's name is nobody's to change."""


def as_text(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """For a terminal, and whatever shows no HTML."""
    return tables.table(headers, rows, COLUMNS)


def as_html(headers: Sequence[str], rows: Sequence[Sequence[str]], *, above: str = "", below: str = "") -> str:
    """A status that stands alone in its field has its colour; RUN and STATUS become Run and Status, other headers stay."""
    sides = ["right" if number else "left" for number in tables.numeric(rows, len(headers))]
    head = "".join(
        f'<th style="text-align:{side}">{html.escape(printable(FIXED.get(header, header)))}</th>'
        for header, side in zip(headers, sides, strict=True)
    )
    body = "\n".join(
        f"<tr>{''.join(_field(*each) for each in zip(headers, row, sides, strict=True))}</tr>" for row in rows
    )
    shown = (
        f'<div style="overflow-x:auto"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'
    )
    return "\n".join(filter(None, [_remark(above), shown, _remark(below)]))


def _field(header: str, text: str, side: str) -> str:
    style = f"text-align:{side}"
    if header == "RUN":
        style += f";white-space:nowrap;{MONO}"
    elif header == "STATUS" and (colour := COLOURS.get(text.split(" ", 1)[0])):
        style += f";color:{colour}"
    return f'<td style="{style}">{html.escape(printable(text))}</td>'


def _remark(text: str) -> str:
    return f'<div style="color:{GREY};font-size:12px">{html.escape(text)}</div>' if text else ""
