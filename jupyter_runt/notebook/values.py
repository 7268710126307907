"""YAML values as strict JSON and back: dates, infinities and maps with odd keys become one-key objects named `$…`."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any


def to_json(value: Any) -> Any:
    """`value` in types that every JSON reader takes; `from_json` gives the value back."""
    match value:
        case dict():
            if all(isinstance(key, str) and not key.startswith("$") for key in value):
                return {key: to_json(item) for key, item in value.items()}
            return {"$map": [[to_json(key), to_json(item)] for key, item in value.items()]}
        case list() | tuple():
            return [to_json(item) for item in value]
        case float() if not math.isfinite(value):
            return {"$float": repr(value)}
        case datetime():
            return {"$datetime": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case _:
            return value


def from_json(value: Any) -> Any:
    """The value that `to_json` wrote. What only looks like one of its objects stays as it is."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, inner)] = value.items()
        if name in _READERS:
            try:
                return _READERS[name](inner)
            except (TypeError, ValueError, OverflowError):
                pass
    return {key: from_json(item) for key, item in value.items()}


_READERS: dict[str, Callable[[Any], Any]] = {
    "$map": lambda pairs: {from_json(key): from_json(item) for key, item in pairs},
    "$float": float,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
}


def shown(value: Any) -> str:
    """A value that `to_json` wrote, as lists and tables show it."""
    found = from_json(value)
    return found.isoformat() if isinstance(found, date) else repr(found)


def is_plain(value: Any) -> bool:
    """True when `to_json` leaves the value as it is."""
    match value:
        case dict():
            return all(isinstance(k, str) and not k.startswith("$") and is_plain(v) for k, v in value.items())
        case list():
            return all(is_plain(item) for item in value)
        case float():
            return math.isfinite(value)
        case _:
            return value is None or isinstance(value, str | int)


def describe(value: Any) -> str:
    """A value in the words of an error message, short."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {shorten(_digits(value))}"
        case str():
            return f"the text {shorten(repr(value))}"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case date():
            return f"the date {value.isoformat()}"
        case _:
            return f"a {type(value).__name__}"


def shorten(text: str, limit: int = 60) -> str:
    """`text`, cut in the middle of nowhere but never longer than a message can bear."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _digits(number: int | float) -> str:
    # Python refuses to print integers of more than 4,300 digits.
    return repr(number) if isinstance(number, float) or number.bit_length() < 10_000 else "of thousands of digits"
