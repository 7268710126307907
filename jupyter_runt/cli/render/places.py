"""Where a cell, or a line of one, stands in the notebook's file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_runt.cli.render.ansi import strip

_FRAME = re.compile(r"(?:Cell|Input) In ?\[(\d+)\](?:, line (\d+)|, in <cell line: (\d+)>)")
"""How IPython names a line of a cell in a traceback, since 8.0."""

LARGEST = 50_000_000
"""Bytes; a larger notebook is not read only to refine a line."""


def failing_line(traceback: str, execution_count: int | None) -> int:
    """The innermost line of the cell itself that a traceback names, from 1; 0 when it names none."""
    found = 0
    for frame in _FRAME.finditer(strip(traceback)):
        if int(frame[1]) == execution_count:
            found = int(frame[2] or frame[3])
    return found


class Places:
    """The places of one run's cells. `shown` is the file as the user named it; '' when there is none."""

    def __init__(self, shown: str, submitted: Mapping[str, Any]) -> None:
        self.file = "<stdin>" if shown == "-" else shown or str(submitted.get("path") or "")
        self.name = str(submitted.get("name") or self.file)
        self._lines = {plan["id"]: int(plan.get("line") or 0) for plan in submitted.get("cells", ())}
        notebook = submitted.get("notebook") or {}
        self._sources = {cell.get("id"): str(cell.get("source", "")) for cell in notebook.get("cells", ())}
        self._text: list[str] | None = None

    def line(self, cell_id: str, inside: int = 0) -> int:
        """The file's line of the cell, or of line `inside` of its source if the file has that very text there; 0 when
        unknown. A YAML block and a .ipynb's list of lines have it, a quoted or folded text has not."""
        first = self._lines.get(cell_id, 0)
        if not first or inside <= 1:
            return first
        source = self._sources.get(cell_id, "").split("\n")
        lines = self._file_lines()
        at = first + inside - 1
        if inside > len(source) or at > len(lines):
            return first
        wanted, there = source[inside - 1].strip(), lines[at - 1].strip()
        encoded = (json.dumps(wanted)[1:-1], json.dumps(wanted, ensure_ascii=False)[1:-1])
        return at if wanted == there or (there.startswith('"') and any(form in there for form in encoded)) else first

    def shown(self, cell_id: str, inside: int = 0) -> str:
        """`notebooks/x.yml:12`; without the line when that is unknown."""
        line = self.line(cell_id, inside)
        return ":".join(str(part) for part in (self.file or self.name, line) if part)

    def relative_file(self) -> str:
        """The file relative to the current directory, where it is below it; '' when there is none."""
        if not self.file or self.file == "<stdin>":
            return ""
        relative = os.path.relpath(self.file)
        return self.file if relative.startswith("..") else relative

    def _file_lines(self) -> list[str]:
        if self._text is None:
            self._text = []
            try:
                path = Path(self.file)
                if path.is_file() and path.stat().st_size <= LARGEST:
                    self._text = path.read_text("utf-8", "replace").split("\n")
            except OSError:
                self._text = []  # gone since: the cell's first line must do
        return self._text
