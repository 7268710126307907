"""Text that scrolls above a region of a few lines at the terminal's bottom.

The cursor always rests where the next output goes: at the end of a line that may still be open. The region stands below
it. So open lines, progress bars that return to the line's start, wrapped lines and a resized window are the terminal's
own business, as they are without a region, and nothing of the output is ever written twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jupyter_runt.cli.render.ansi import ESCAPE, split_unfinished, tame
from jupyter_runt.columns import char_width

_MOVE = re.compile(r"\x1b\[(\d*)([ACDG])")
_PIECE = re.compile(rf"{ESCAPE.pattern}|.", re.DOTALL)
_UP_OR_LINE = re.compile(r"\x1b\[(\d*)A|\n")

# ESC D moves down in the same column and scrolls at the bottom; ESC 7 and ESC 8 keep position, colours and pending wrap.
INDEX, SAVE, RESTORE = "\x1bD", "\x1b7", "\x1b8"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
RESET = "\x1b[0m"


class Screen:
    """Composes what is to be written; writes nothing itself. `columns` follows the terminal."""

    def __init__(self, columns: int = 80) -> None:
        self.columns = columns
        self._drawn: tuple[str, ...] = ()
        self._height = 0
        self._held = ""
        self._column = 0
        self._dirty = False
        self._below = 0

    def compose(self, text: str, region: Sequence[str]) -> str:
        """The bytes that show `text` above and `region` below; '' when nothing changes."""
        lines = tuple(region)
        if not text and lines == self._drawn:
            return ""
        erased = self._erase()
        written = self._take(text) if text else ""
        return HIDE + erased + written + self._draw(lines) + SHOW

    def close(self, text: str) -> str:
        """Takes the region away, shows `text` and what was held back, and ends an open line."""
        erased = self._erase()
        written = self._take(text) + self._held
        self._held = ""
        self._drawn, self._height = (), 0
        down = "\n" * self._below
        ended = "\n" if self._dirty or self._below else ""
        self._column, self._dirty, self._below = 0, False, 0
        return erased + written + down + RESET + ended

    def release(self) -> str:
        """Takes the region away and leaves the cursor where the output ends, for somebody who types there."""
        erased = self._erase()
        self._drawn, self._height = (), 0
        written, self._held = self._held, ""
        return erased + written

    def typed(self) -> None:
        """Somebody pressed Enter: the cursor stands at the start of a line."""
        self._column, self._dirty, self._below = 0, False, 0

    # -- inside ----------------------------------------------------------------------------------------------------------

    def _erase(self) -> str:
        if not self._height:
            return ""
        return f"{SAVE}\x1b[{self._below + 1}B\r\x1b[J{RESTORE}"

    def _draw(self, lines: tuple[str, ...]) -> str:
        self._drawn, self._height = lines, len(lines)
        if not lines:
            return ""
        rows = self._below + len(lines)
        down = f"\x1b[{self._below}B" if self._below else ""
        body = "".join(f"\r\n{RESET}\x1b[K{line}" for line in lines)
        return f"{INDEX * rows}\x1b[{rows}A{SAVE}{down}{body}{RESTORE}"

    def _take(self, text: str) -> str:
        """What can be written of the text now. An unfinished escape sequence, and a last character that fills the line
        to its end, wait for what follows: behind them terminals keep a state that drawing the region would lose."""
        text, unfinished = split_unfinished(self._held + text)
        text = tame(text)
        if ("\x1b[" in text and "A" in text) or self._below:
            self._follow_rows(text)
        last = text.rfind("\n")
        self._dirty = leaves_open(text, self._dirty)
        cut = self._follow_columns(text, last + 1)
        self._held = text[cut:] + unfinished
        return text[:cut]

    def _follow_rows(self, text: str) -> None:
        """Output that moved up, as nested progress bars do, has lines of its own below the cursor."""
        for found in _UP_OR_LINE.finditer(text):
            if found[0] == "\n":
                self._below = max(0, self._below - 1)
            else:
                self._below += int(found[1] or 1)

    def _follow_columns(self, text: str, start: int) -> int:
        """Follows the cursor through the last line; returns how much of the text can be written."""
        column, columns = (0 if start else self._column), self.columns
        tail = text[start:]
        if tail.isascii() and tail.isprintable():
            column += len(tail)
            column = (column - 1) % columns + 1 if column else 0
            full = len(text) - 1
        else:
            full = len(text)
            for found in _PIECE.finditer(tail):
                moved = _moved(column, found[0], columns)
                if moved == columns and column != columns:
                    full = start + found.start()
                column = moved
        if column == columns and text and full < len(text):
            self._column = column - char_width(text[full])
            return full
        self._column = column
        return len(text)


def leaves_open(text: str, open_before: bool) -> bool:
    """Whether something stands on the line that the text ends in."""
    tail = text[text.rfind("\n") + 1 :]
    return bool(ESCAPE.sub("", tail).strip("\r")) or (open_before and "\n" not in text)


def _moved(column: int, piece: str, columns: int) -> int:
    """The column after one character or escape sequence; `columns` means: at the end, the next character wraps."""
    if len(piece) > 1:
        return _jumped(column, piece, columns)
    if piece == "\r":
        return 0
    if piece == "\b":
        return max(0, min(column, columns - 1) - 1)
    if piece == "\t":
        return min(columns - 1, column + 8 - column % 8)
    size = char_width(piece)
    return column + size if column + size <= columns else size


def _jumped(column: int, piece: str, columns: int) -> int:
    found = _MOVE.fullmatch(piece)
    if found is None:
        return column
    number = int(found[1] or 1)
    column = min(column, columns - 1)
    if found[2] == "C":
        return min(columns - 1, column + number)
    if found[2] == "D":
        return max(0, column - number)
    return min(columns, number) - 1 if found[2] == "G" else column
