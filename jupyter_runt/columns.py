"""How many columns text fills where every character is as wide as the others. Pure."""

from __future__ import annotations

import unicodedata


def char_width(char: str) -> int:
    """Columns of one character: 0 for what combines with the one before, 2 for wide East Asian ones and emoji."""
    if " " <= char <= "~":
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """Columns of a text without control characters."""
    return len(text) if text.isascii() else sum(map(char_width, text))


def cut(text: str, columns: int) -> str:
    """At most `columns` wide, `…` in place of the rest."""
    if width(text) <= columns:
        return text
    kept, used = [], 1
    for char in text:
        used += char_width(char)
        if used > columns:
            break
        kept.append(char)
    return "".join(kept) + "…" if columns > 0 else ""


def field(text: str, columns: int, *, right: bool = False) -> str:
    """Exactly `columns` wide: cut, or with space behind it, or before it when it is to stand at the right."""
    text = cut(text, columns)
    space = " " * (columns - width(text))
    return space + text if right else text + space
