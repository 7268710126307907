"""Text as a terminal takes it: its escape sequences."""

from __future__ import annotations

import re

ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movements
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links, the clipboard
    r"|\x1b[PX^_][^\x1b]*\x1b\\"  # DCS and its kind: strings for the terminal itself
    r"|\x1b[ -/]*[0-OQ-WYZ\\`-~]"  # two characters: reset, save and restore the cursor, character sets
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNSAFE = re.compile(rf"{ESCAPE.pattern}|[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_KEPT = re.compile(r"\x1b\[[0-9;:]*[mKACDG]")
_MARK = re.compile(r"\x1b\[[0-9;:]*m")
UNFINISHED_LIMIT = 4096


def strip(text: str) -> str:
    """Without escape sequences."""
    return ESCAPE.sub("", text) if "\x1b" in text else text


def colours_only(text: str) -> str:
    """A traceback for a terminal: colours stay, everything else that a terminal would obey goes."""
    return (
        _UNSAFE.sub(lambda found: found[0] if _MARK.fullmatch(found[0]) else "", text)
        if _CONTROL.search(text)
        else text
    )


def tame(text: str) -> str:
    """Cell output that can share a terminal with a live region: colours, backspace, carriage return, erasing a line and
    moving up or sideways stay; what would clear the screen, leave it, or talk to the terminal itself goes."""
    if not _CONTROL.search(text):
        return text
    return _UNSAFE.sub(lambda found: found[0] if _KEPT.fullmatch(found[0]) else _without(found[0]), text)


def _without(found: str) -> str:
    return "\n" if found in "\x0b\x0c" else ""


def still(text: str) -> str:
    """What a terminal leaves of a text that has come to its end: no escape sequences and control characters, and of a line
    only what nothing was written over."""
    text = strip(tame(text))
    return "\n".join(map(_rewritten, text.split("\n"))) if "\r" in text or "\b" in text else text


def _rewritten(line: str) -> str:
    line = line.rstrip("\r").rpartition("\r")[2]
    if "\b" not in line:
        return line
    kept: list[str] = []
    at = 0
    for char in line:
        if char == "\b":
            at = max(0, at - 1)
        else:
            kept[at : at + 1] = [char]
            at += 1
    return "".join(kept)


def split_unfinished(text: str) -> tuple[str, str]:
    """The text, and an escape sequence at its end whose rest is still to come."""
    if "\x1b" not in text[-UNFINISHED_LIMIT:]:
        return text, ""
    found = _UNFINISHED.search(text, max(0, len(text) - UNFINISHED_LIMIT))
    return (text[: found.start()], found[0]) if found else (text, "")


def printable(text: str) -> str:
    """One line for a list or a message: what a terminal would obey is gone, line breaks are spaces."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in strip(text)
    )
