"""JSON text to values, remembering where the parts near the root begin. The values are decoded by the C scanner."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import Any

from jupyter_runt.notebook.report import Report, Where

_SPACE = re.compile(r"[ \t\n\r]*")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_DECODER = json.JSONDecoder()


class JsonDocument:
    """A JSON file: its `value`, and the places of its parts.

    Only the root's members, its cells and their members are remembered: the rest is outputs, which can be large.
    """

    def __init__(self, text: str, path: str) -> None:
        self.report = Report(path, self.place)
        self.value: Any = None
        self._text = text
        self._starts: dict[Where, int] = {}
        self._lines: dict[Where, int] = {}
        try:
            self.value = _DECODER.decode(text.removeprefix("\ufeff"))
        except json.JSONDecodeError as error:
            self.report.at(error.lineno, error.colno, f"no valid JSON: {error.msg.lower()}")
        except RecursionError:
            self.report.at(0, 0, "nested too deeply to be read")
        except ValueError:
            self.report.at(0, 0, "a number in it has more digits than can be read")
        if self.value is not None:
            self._note()
            self._refuse_half_characters(text)

    def place(self, where: Where, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `where`, or of the nearest remembered thing around it."""
        while where not in self._starts and where:
            where = where[:-1]
        start = self._starts.get(where, 0)
        return self._text.count("\n", 0, start) + 1, start - self._text.rfind("\n", 0, start)

    def source_line(self, where: Where) -> int:
        """The line where the text at `where` begins: for a list, that of its first item. 0 when not remembered."""
        return self._lines.get(where, 0)

    def _note(self) -> None:
        line, counted = 1, 0
        for where, start in self._walk():
            self._starts[where] = start
            if len(where) < 3:
                continue
            if self._text[start] == "[":
                start = _skip(self._text, start + 1)
            line += self._text.count("\n", counted, start)
            counted = start
            self._lines[where] = line

    def _walk(self) -> Generator[tuple[Where, int], None, None]:
        start = _skip(self._text, 1 if self._text.startswith("\ufeff") else 0)
        if isinstance(self.value, dict):
            yield from self._members((), start)

    def _members(self, where: Where, start: int) -> Generator[tuple[Where, int], None, int]:
        """The members of the object at `start`, and those of the cells in it."""
        text, position = self._text, _skip(self._text, start + 1)
        while text[position] != "}":
            name, position = _DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)
            inner = (*where, name)
            yield inner, position
            if not where and name in ("cells", "worksheets") and text[position] == "[":
                position = yield from self._items(inner, position)
            elif len(where) == 2 and where[0] == "worksheets" and name == "cells" and text[position] == "[":
                position = yield from self._items(inner, position)
            else:
                _, position = _DECODER.raw_decode(text, position)
            position = _next(text, position)
        return position + 1

    def _items(self, where: Where, start: int) -> Generator[tuple[Where, int], None, int]:
        text, position = self._text, _skip(self._text, start + 1)
        index = 0
        while text[position] != "]":
            yield (*where, index), position
            if text[position] == "{":
                position = yield from self._members((*where, index), position)
            else:
                _, position = _DECODER.raw_decode(text, position)
            position = _next(text, position)
            index += 1
        return position + 1

    def _refuse_half_characters(self, text: str) -> None:
        """JSON can escape half of a surrogate pair; no UTF-8 file, database or kernel message can hold one."""
        if not _HALF.search(text):
            return
        waiting: list[tuple[Where, Any]] = [((), self.value)]
        while waiting:
            where, value = waiting.pop()
            if isinstance(value, dict):
                waiting.extend(((*where, key), item) for key, item in value.items())
                value = "".join(value)
            elif isinstance(value, list):
                waiting.extend(((*where, index), item) for index, item in enumerate(value))
            if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
                self.report.add(where, "half of a surrogate pair (\\ud800 to \\udfff) is no character", "remove it")


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _next(text: str, position: int) -> int:
    """Behind a value: past the comma if there is one."""
    position = _skip(text, position)
    return _skip(text, position + 1) if text[position] == "," else position
