"""A line of `%runt` up to the cursor, as somebody has typed it so far. Light to import."""

from __future__ import annotations

import re
from dataclasses import dataclass

# `%runt`, alone or assigned: elsewhere in a line it is somebody's text.
_MAGIC = re.compile(r"\s*(?:[\w\s.,:*\[\]\"']+=\s*)?%{1,2}runt(?=\s)")
_SPACE = re.compile(r"\s*")
_WORD = re.compile(
    r"""(?:[^\s'"{\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*"|\{(?:[^{}]|\{[^{}]*\})*\})+""",
    re.DOTALL,
)
# A variable's name, or an expression, that has begun.
_PYTHON = re.compile(r"(?<![\\$])(?:\$[^\W\d]?\w*|\{[^{}]*)\Z")
_SPECIAL = re.compile(r"[\s'\"{}$\\]")
_IN_QUOTES = re.compile(r"([\\\"{}$])")


@dataclass(frozen=True, slots=True)
class Typed:
    """The finished words behind `%runt`, and the one at the cursor; all as they stand, with their quotes."""

    words: tuple[str, ...]
    word: str

    @property
    def quote(self) -> str:
        """The quote that the word at the cursor begins with."""
        return self.word[:1] if self.word[:1] in ("'", '"') else ""

    @property
    def beginning(self) -> str:
        """What the word means so far."""
        return self.word[1:] if self.quote else re.sub(r"\\(.)", r"\1", self.word)

    @property
    def is_python(self) -> bool:
        """Whether Python's own completion is asked for."""
        return self.quote != "'" and _PYTHON.search(self.word) is not None


def read(line: str) -> Typed | None:
    """None where the line has no `%runt` that the cursor stands behind."""
    magic = _MAGIC.match(line)
    if magic is None:
        return None
    words: list[str] = []
    at = magic.end()
    while True:
        space = _SPACE.match(line, at)
        at = space.end() if space else at
        found = _WORD.match(line, at)
        end = found.end() if found else at
        if end == at or end == len(line) or not line[end].isspace():
            return Typed(tuple(words), line[at:])
        words.append(line[at:end])
        at = end


def quoted(text: str, typed: Typed) -> str | None:
    """The text as it has to be written in place of the word at the cursor; None where its quotes cannot hold it. That of a
    folder stays open."""
    quote = typed.quote or ("" if not _SPECIAL.search(text) else '"' if "'" in text else "'")
    if quote == "'" and "'" in text:
        return None
    inside = _IN_QUOTES.sub(r"\\\1", text) if quote == '"' else text
    return f"{quote}{inside}" + ("" if text.endswith("/") else quote)
