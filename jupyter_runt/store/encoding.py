"""Values as the text that a store keeps: compact JSON, and strings that are valid UTF-8."""

from __future__ import annotations

import json
from typing import Any

# One encoder for all calls: `json.dumps` with separators builds a new one each time. It escapes what is not ASCII, so
# lone surrogates (how Python decodes invalid UTF-8) survive the round trip, which SQLite's TEXT would refuse.
_encoder = json.JSONEncoder(separators=(",", ":"))

encode = _encoder.encode


def decode(text: str) -> Any:
    """The value that `encode` was given."""
    return json.loads(text)


def clean(text: str) -> str:
    """`text` with `?` for each lone surrogate (a file name may hold them), so that any store can keep and compare it."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def searchable(text: str) -> str:
    """How names are compared: without case, in every alphabet (SQLite's LIKE folds ASCII only)."""
    return clean(text).casefold()
