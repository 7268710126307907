"""Secrets leave no trace: wherever they stand verbatim they become asterisks, in whole values and in streams of chunks.

`needles` derives what is looked for: a secret, its lines, and the ways in which Python, JSON, HTML, URLs and base64 spell
them. The agent is given the same needles, and its own `Redactor` finds them in the same way.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"
SHORTEST = 6
"""A shorter secret is not redacted: it would blank out ordinary words."""
LONGEST = 1024
"""A longer one is looked for in pieces: what is held back of a stream, and the work for each character, stay bounded."""
_ARMOUR = re.compile(r"-{4,5} ?(BEGIN|END) [A-Z0-9 ]+ ?-{4,5}")
_QUOTES = (("&quot;", "&#x27;"), ("&quot;", "&#39;"), ("&#34;", "&#39;"), ("&quot;", "'"))
_URL_SAFE = ("", "/", "!'()*", "!#$%&'()*+,/:;=?@[]~")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def needles(values: Iterable[Any]) -> list[str]:
    """Every text that must not be seen of these secret values. One of fewer than 6 characters has none.

    A line of 6 characters and more is a secret like the whole, for keys are printed and shown line by line; what only says
    that a key begins or ends is none.
    """
    found: dict[str, None] = {}
    for secret in (text for value in values for text in _texts(value)):
        if len(secret) < SHORTEST:
            continue
        lines = [line for line in map(str.strip, secret.splitlines()) if not _ARMOUR.fullmatch(line)]
        texts = [secret, *(line for line in lines if len(line) >= SHORTEST)]
        for spelling in (*(way for text in texts for way in _spellings(text)), *_in_base64(secret)):
            found.update(dict.fromkeys(_pieces(spelling)))
    return list(found)


def _texts(value: Any) -> Iterator[str]:
    """The texts inside a secret, which may be a list or a map."""
    if isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _spellings(text: str) -> Iterator[str]:
    yield text
    data = text.encode(errors="backslashreplace")
    # With both kinds of quotes in it, `repr` puts single ones around the text and escapes those inside.
    for escaped in (repr(text + "'\"")[1:-4], ascii(text + "'\"")[1:-4], repr(data + b"'\"")[2:-4]):
        plain = escaped.replace("\\'", "'")
        yield from (escaped, plain, plain.replace('"', '\\"'))
    yield from (json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    markup = html.escape(text, quote=False)
    yield markup
    yield from (markup.replace('"', double).replace("'", single) for double, single in _QUOTES)
    yield from (quote(data, safe) for safe in _URL_SAFE)
    yield quote_plus(data)


def _in_base64(secret: str) -> Iterator[str]:
    """The characters that are the same whatever stands before and behind the secret: one series for each of the three
    ways in which its first byte can fall."""
    data = secret.encode(errors="backslashreplace")
    for before, first in ((0, 0), (1, 2), (2, 3)):
        last = (before + len(data)) * 8 // 6
        for alphabet in (b"+/", b"-_"):
            yield base64.b64encode(bytes(before) + data, alphabet).decode()[first:last]


def _pieces(text: str) -> Iterator[str]:
    size, count = len(text), -(-len(text) // LONGEST)
    return (text[size * number // count : size * (number + 1) // count] for number in range(count))


class Redactor:
    """Replaces the needles given, the leftmost first and of those the longest. With none it does nothing."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = sorted({text for text in texts if len(text) >= SHORTEST}, key=len, reverse=True)
        self._by_head: dict[str, list[str]] = {}
        for text in self._texts:
            self._by_head.setdefault(text[:SHORTEST], []).append(text)
        # A class of characters for each place in a head: one scan finds where a needle may begin, however many there are.
        places = ("".join(map(re.escape, sorted(set(place)))) for place in zip(*self._by_head, strict=True))
        self._head = re.compile("".join(f"[{characters}]" for characters in places) or "(?!)")
        self._beginnings = {head[:length] for head in self._by_head for length in range(1, SHORTEST)}
        self._last = {beginning[-1] for beginning in self._beginnings}
        self._held: dict[tuple[str, str], str] = {}

    def __bool__(self) -> bool:
        return bool(self._texts)

    def text(self, text: str) -> str:
        """A whole text without its secrets."""
        return self._split(text, ended=True)[0]

    def value(self, value: Any) -> Any:
        """A JSON value without the secrets in its texts, keys and numbers. A text whose colours cut a secret loses them."""
        if not self._texts or value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            shown = self.text(value)
            if "\x1b" in shown:
                plain = _COLOURS.sub("", shown)
                clean = self.text(plain)
                return shown if clean == plain else clean
            return shown
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return MASK if str(value) in self._texts else value

    def buffers(self, buffers: Sequence[bytes]) -> Sequence[bytes]:
        """Binary data, of the same length, without the secrets in it."""
        for text in self._texts:
            data = text.encode(errors="backslashreplace")
            buffers = [buffer.replace(data, b"*" * len(data)) for buffer in buffers]
        return buffers

    def chunk(self, stream: tuple[str, str], text: str) -> str:
        """The next chunk of a stream. An end that may be a secret's beginning is held back until `release`, or until
        more text shows what it is."""
        if not self._texts:
            return text
        shown, held = self._split(self._held.pop(stream, "") + text, ended=False)
        if held:
            self._held[stream] = held
        return shown

    def release(self, stream: tuple[str, str]) -> str:
        """What was held back of this stream: nothing follows that could make it a (longer) secret."""
        return self.text(self._held.pop(stream, ""))

    def _split(self, text: str, *, ended: bool) -> tuple[str, str]:
        """The text redacted, and its end as it is, from where on more text could make a (longer) needle of it."""
        shown, start, at = [], 0, 0
        while head := self._head.search(text, at):
            at = head.start()
            for needle in self._by_head.get(head[0], ()):
                if text.startswith(needle, at):
                    shown += [text[start:at], MASK]
                    start = at = at + len(needle)
                    break
                if not ended and len(text) - at < len(needle) and needle.startswith(text[at:]):
                    return "".join((*shown, text[start:at])), text[at:]
            else:
                at += 1
        end = len(text)
        if not ended and text[-1:] in self._last:
            for at in range(max(start, end - SHORTEST + 1), end):
                if text[at:] in self._beginnings:
                    end = at
                    break
        return "".join((*shown, text[start:end])) if shown else text[start:end], text[end:]
