"""The two streams as they are written to: at once, exactly, and aware of lines that are still open."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import TextIO

_WRITING = RLock()
"""Several renderers share the streams with `-j`; one piece is written as a whole."""

HELD = 64 * 1024
"""Characters of one line that are held back until its end; a longer line is written in parts."""

# How GitHub's runner finds commands: `::` where a line's text begins, the older `##[` anywhere. It ends lines at \r, too.
_COMMAND = re.compile(r"(?:^|[\r\n])\s*::|##\[")
_RETURN = re.compile(r"\r(?=[^\r\n])")


@dataclass(slots=True)
class Line:
    """Whether the last line written is still open. Streams that end up in one place share it."""

    open: bool = False


class Sink:
    """One stream."""

    def __init__(self, stream: TextIO, line: Line) -> None:
        self._stream, self._line = stream, line

    def write(self, text: str) -> None:
        """Exactly this text."""
        self._put(text)

    def lines(self, text: str) -> None:
        """Text on lines of its own."""
        with _WRITING:
            self.fresh()
            self.write(text + "\n")

    def fresh(self) -> None:
        """Ends an open line."""
        if self._line.open:
            self._put("\n")

    def settle(self) -> None:
        """Writes what is held back."""

    def _put(self, text: str) -> None:
        if not text:
            return
        with _WRITING:
            try:
                self._stream.write(text)
            except UnicodeEncodeError:  # a stream that is not UTF-8, or half a surrogate pair in the text
                encoding = self._stream.encoding or "ascii"
                self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
            self._line.open = not text.endswith("\n")


class LineSink(Sink):
    """Writes whole lines, each behind `prefix`; with `guarded` no line can be a command to GitHub's runner."""

    def __init__(self, stream: TextIO, line: Line, *, prefix: str = "", guarded: bool = False,
                 token: Callable[[], str] = secrets.token_hex) -> None:  # fmt: skip
        super().__init__(stream, line)
        self._prefix, self._guarded, self._token = prefix, guarded, token
        self._held = self._started = ""

    def write(self, text: str) -> None:
        whole, newline, rest = text.rpartition("\n")
        if newline:
            self._emit(self._held + whole + newline)
            self._held = rest
        else:
            self._held += rest
        if len(self._held) > HELD:
            self.settle()

    def fresh(self) -> None:
        self.settle()
        super().fresh()

    def settle(self) -> None:
        held, self._held = self._held, ""
        if held:
            self._emit(held)

    def command(self, text: str) -> None:
        """A line that the runner shall obey."""
        with _WRITING:
            self.fresh()
            self._put(text + "\n")
            self._started = ""

    def _emit(self, text: str) -> None:
        with _WRITING:
            if self._prefix:
                text = self._prefixed(text)
            if self._guarded and _COMMAND.search(self._started + text):
                super().fresh()
                token = self._token()
                end = "" if text.endswith("\n") else "\n"
                self._put(f"::stop-commands::{token}\n{text}{end}::{token}::\n")
                self._started = ""
                return
            self._put(text)
            self._remember(text)

    def _prefixed(self, text: str) -> str:
        body = text.removesuffix("\n")
        body = _RETURN.sub("\r" + self._prefix, body.replace("\n", "\n" + self._prefix))
        return ("" if self._line.open else self._prefix) + body + text[len(text.removesuffix("\n")) :]

    def _remember(self, text: str) -> None:
        """Keeps of the open line what a command could still begin with."""
        _, newline, tail = text.rpartition("\n")
        line = tail if newline else self._started + tail
        self._started = line if not line.strip().strip(":") else "." + line[-2:]


def streams(stdout: TextIO, stderr: TextIO) -> tuple[Line, Line]:
    """The lines of both streams: one and the same where both end up on one terminal, or in one file."""
    line = Line()
    return line, line if same(stdout, stderr) else Line()


def same(stdout: TextIO, stderr: TextIO) -> bool:
    """Whether both streams end up in one place."""
    if stdout is stderr:
        return True
    try:
        return os.path.sameopenfile(stdout.fileno(), stderr.fileno())
    except (OSError, ValueError, AttributeError):  # no file behind it, or one that is closed
        return False
