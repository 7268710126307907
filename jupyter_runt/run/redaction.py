"""Secrets leave no trace: their verbatim occurrences become asterisks, in whole values and in streams of chunks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

MASK = "********"
SHORTEST = 6
"""A shorter secret is not redacted: it would blank out ordinary words."""


class Redactor:
    """Replaces the secrets given. With none it does nothing."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._secrets))) if self._secrets else None
        self._held: dict[tuple[str, str], str] = {}

    def __bool__(self) -> bool:
        return self._pattern is not None

    def text(self, text: str) -> str:
        """A whole text without its secrets."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def value(self, value: Any) -> Any:
        """A JSON value without the secrets in its strings and keys."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self._pattern.sub(MASK, value)
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def chunk(self, stream: tuple[str, str], text: str) -> str:
        """The next chunk of a stream. An end that may be a secret's beginning is held back until `release`, or until
        more text shows what it is."""
        if self._pattern is None:
            return text
        text, shown, start = self._held.pop(stream, "") + text, [], 0
        while True:
            found = self._pattern.search(text, start)
            open_from = len(text) - max(_overlap(text, secret, start) for secret in self._secrets)
            if found is None or open_from <= found.start():
                break
            shown += [text[start : found.start()], MASK]
            start = found.end()
        if open_from < len(text):
            self._held[stream] = text[open_from:]
        return "".join((*shown, text[start:open_from]))

    def release(self, stream: tuple[str, str]) -> str:
        """What was held back of this stream: nothing follows that could make it a (longer) secret."""
        return self.text(self._held.pop(stream, ""))


def _overlap(text: str, secret: str, start: int) -> int:
    """The length of the longest end of `text`, from `start` on, that is a beginning of `secret`, but not all of it."""
    for length in range(min(len(text) - start, len(secret) - 1), 0, -1):
        if text.endswith(secret[:length]):
            return length
    return 0
