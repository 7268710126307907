"""The words of a magic's line: quotes as a shell has them, and Python values that stay values.

$name            a variable of the notebook            {expression}   any Python expression
data_{n}.csv     either of them inside a word: text    '$5 {plain}'   single quotes: as it stands
~/notebook.yml   the home folder's
${VARIABLE}      left alone: resolved where the run's kernel starts    $$, \\$, \\{, \\}   the character itself
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from jupyter_runt.cli.notebook_options import Value
from jupyter_runt.errors import UsageError

Evaluate = Callable[[str], Any]
"""What an expression is worth in the notebook; raises whatever it raises."""

_NAME = re.compile(r"\w+")
_PAIRS = {"{": "}", "[": "]", "(": ")"}
_DOLLAR_NEEDS = "Write $$ for a dollar sign, or put the text between single quotes."


def split(line: str, evaluate: Evaluate) -> list[str]:
    """The words; one that is nothing but a variable or an expression is a `Value`. UsageError says what cannot be read."""
    return _Reader(line, evaluate).words()


class _Reader:
    def __init__(self, line: str, evaluate: Evaluate) -> None:
        self._line, self._evaluate, self._at = line, evaluate, 0

    def words(self) -> list[str]:
        found: list[str] = []
        while True:
            while self._peek().isspace():
                self._at += 1
            if not self._peek():
                return found
            found.append(self._word())

    def _peek(self, ahead: int = 0) -> str:
        """'' at the end."""
        return self._line[self._at + ahead : self._at + ahead + 1]

    def _word(self) -> str:
        parts: list[Any] = [self._home()]  # texts, and Values
        quote = ""
        while (char := self._peek()) and (quote or not char.isspace()):
            if char == quote:
                quote = ""
                self._at += 1
            elif not quote and char in "'\"":
                quote = char
                self._at += 1
                parts.append("")  # '' is a word, too
            elif quote == "'":
                parts.append(self._take(1))
            else:
                parts.append(self._part(in_quotes=bool(quote)))
        if quote:
            raise UsageError(f"The quote {quote} is not closed: {self._line.strip()}")
        values = [part for part in parts if isinstance(part, Value)]
        if len(values) == 1 and not any(part for part in parts if part is not values[0]):
            return values[0]
        return "".join(_str(part.value) if isinstance(part, Value) else part for part in parts)

    def _home(self) -> str:
        """What a `~` that stands alone, or before a slash, means; '' where there is none."""
        if self._peek() != "~" or not (self._peek(1) in ("/", "") or self._peek(1).isspace()):
            return ""
        self._at += 1
        return os.path.expanduser("~")

    def _part(self, *, in_quotes: bool) -> str:
        """The next character or substitution, outside of single quotes."""
        char, following = self._peek(), self._peek(1)
        if char == "\\" and following and (following in '\\$"{}' or (following in "' " and not in_quotes)):
            self._at += 1
            return self._take(1)
        if char == "$" and following == "$":
            self._at += 1
            return self._take(1)
        if char == "$" and following == "{":
            return self._take(1) + self._braces()
        if char == "$" and following.isidentifier():
            name = _NAME.match(self._line, self._at + 1)
            assert name is not None
            self._at = name.end()
            return self._value(name[0], in_quotes=in_quotes)
        if char == "{":
            braces = self._braces()
            return self._value(braces[1:-1], in_quotes=in_quotes, whole=braces)
        return self._take(1)

    def _take(self, count: int) -> str:
        found = self._line[self._at : self._at + count]
        self._at += count
        return found

    def _braces(self) -> str:
        """From an opening brace to the one that closes it; brackets inside Python's texts do not count."""
        start, expected, quote = self._at, [], ""
        while char := self._peek():
            self._at += 1
            if quote:
                if char == "\\":
                    self._at += 1
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char in _PAIRS:
                expected.append(_PAIRS[char])
            elif expected and char == expected[-1]:
                expected.pop()
                if not expected:
                    return self._line[start : self._at]
        raise UsageError(f"The brace {{ is not closed: {self._line[start:].strip()}", remedy="Write \\{ for a brace.")

    def _value(self, expression: str, *, in_quotes: bool, whole: str = "") -> Value:
        try:
            if whole and not _is_expression(expression):
                expression = whole  # a dict or a set is written with braces of its own
            found = self._evaluate(expression)
            text = str(found) if in_quotes else _text(found)
        except NameError as error:
            raise UsageError(f"{_shown(expression, whole)}: {error}", remedy=_DOLLAR_NEEDS) from error
        except Exception as error:  # whatever the user's own code raises
            kind = type(error).__name__
            raise UsageError(f"{_shown(expression, whole)}: {kind}: {error}", remedy=_DOLLAR_NEEDS) from error
        return Value(text, text if in_quotes else found)


def _str(value: Any) -> str:
    try:
        return str(value)
    except Exception as error:
        raise UsageError(f"A {type(value).__name__} has no text: {type(error).__name__}: {error}") from error


def _shown(expression: str, whole: str) -> str:
    return whole or f"${expression}"


def _is_expression(text: str) -> bool:
    try:
        compile(text.strip(), "<%runt>", "eval")
    except SyntaxError:
        return False
    return True


def _text(value: Any) -> str:
    """What a word that is nothing but this value reads as; of one that may be large only its type, which says what is wrong where a
    name or a path is wanted."""
    large = hasattr(value, "__len__") and not isinstance(value, str)
    return f"<{type(value).__name__}>" if large else str(value)
