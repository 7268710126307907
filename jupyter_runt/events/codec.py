"""Facts as JSON, and large values as blobs.

A string of more than `INLINE_LIMIT` characters leaves its event: `{"$blob": sha256, "size": bytes}` stands in its place,
with `"json": true` when the bytes are the JSON of a whole value. Equal values share one blob. A key of the user's own that
could be taken for a reference, `$blob` or one that begins with `$$`, is written with one `$` more.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from jupyter_runt.events.types import Draft, Event

INLINE_LIMIT = 16 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def encode(value: Any) -> str:
    """Compact JSON in ASCII, so that lone surrogates survive; NaN and infinities, which JSON lacks, become null."""
    try:
        return _encoder.encode(value)
    except ValueError:
        return _encoder.encode(_finite(value))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def to_json(event: Event) -> dict[str, Any]:
    """The event as every face shows it; `at` is ISO 8601 in UTC with milliseconds."""
    shown: dict[str, Any] = {
        "run_id": event.run_id,
        "seq": event.seq,
        "at": iso(event.at),
        "type": event.type,
        "data": event.data,
    }
    if event.cell_id is not None:
        shown["cell_id"] = event.cell_id
    if event.attempt is not None:
        shown["attempt"] = event.attempt
    return shown


def iso(at: float) -> str:
    """Seconds since the epoch as `2026-11-20T10:48:50.123Z`."""
    # As datetime does it, microseconds rounded and then cut, in half the time: lists have thousands.
    fraction, whole = math.modf(at)
    day, ms = divmod(int(whole) * 1000 + round(fraction * 1e6) // 1000, 86_400_000)
    return "%sT%02d:%02d:%02d.%03dZ" % (_day(day), ms // 3_600_000, ms // 60_000 % 60, ms // 1000 % 60, ms % 1000)


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    """Days since the epoch as `2026-11-20`."""
    return (_EPOCH + timedelta(number)).date().isoformat()


def seconds(text: str) -> float:
    """The time that `iso` wrote, or any ISO 8601 one with a zone, as seconds since the epoch. ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return (moment - _EPOCH).total_seconds()


def externalise(draft: Draft, blobs: dict[str, bytes]) -> Draft:
    """The draft with its large values moved into `blobs`, by SHA-256."""
    if not _heavy(draft.data):
        return draft
    data = {key: _out(value, blobs) for key, value in draft.data.items()}
    for key, value in data.items():
        if isinstance(value, dict) and "$blob" not in value:
            data[key] = {name: _whole(item, blobs) for name, item in value.items()}
        else:
            data[key] = _whole(value, blobs)
    return replace(draft, data=data)


def _whole(value: Any, blobs: dict[str, bytes]) -> Any:
    """A list or map that is large by its many small parts becomes one blob. A map at the top of the data keeps its keys:
    an output still says its type, a widget's message its method."""
    if not isinstance(value, dict | list) or not _heavy(value) or len(text := encode(value)) <= INLINE_LIMIT:
        return value
    return {**_blob(text.encode("ascii"), blobs), "json": True}


def inline(event: Event, blob: Callable[[str], bytes]) -> Event:
    """The event with its blobs put back."""
    if not any(isinstance(value, dict | list) for value in event.data.values()):
        return event
    return replace(event, data=resolve(event.data, blob))


def references(data: Any) -> list[str]:
    """SHA-256 of the blobs that the data names directly (a JSON blob may name more)."""
    if isinstance(data, dict):
        if "$blob" in data:
            return [data["$blob"]]
        return [name for value in data.values() for name in references(value)]
    if isinstance(data, list):
        return [name for value in data for name in references(value)]
    return []


def sizes(data: Any) -> int:
    """Bytes of the blobs that the data name directly: about how much larger `inline` makes them."""
    if isinstance(data, dict):
        if "$blob" in data:
            return int(data["size"])
        return sum(sizes(value) for value in data.values())
    if isinstance(data, list):
        return sum(sizes(value) for value in data)
    return 0


def _heavy(value: Any, budget: int = INLINE_LIMIT) -> bool:
    """Whether the value cannot stay as it is: its JSON may be longer than the limit, or looks like a reference. Cheap, and
    exact enough for small values."""
    return _weight(value, budget) > budget


def _weight(value: Any, budget: int) -> int:
    if isinstance(value, str):
        return len(value)
    total = 8
    if isinstance(value, dict):
        for key, item in value.items():
            if _reserved(key):
                return budget + 1
            total += len(key) + _weight(item, budget)
            if total > budget:
                return total
    elif isinstance(value, list | tuple):
        for item in value:
            total += _weight(item, budget)
            if total > budget:
                return total
    return total


def _out(value: Any, blobs: dict[str, bytes]) -> Any:
    if isinstance(value, str):
        if len(value) <= INLINE_LIMIT:
            return value
        return _blob(value.encode("utf-8", "surrogatepass"), blobs)
    if isinstance(value, dict):
        return {"$" + key if _reserved(key) else key: _out(item, blobs) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_out(item, blobs) for item in value]
    return value


def _reserved(key: str) -> bool:
    return key == "$blob" or key.startswith("$$")


def _blob(content: bytes, blobs: dict[str, bytes]) -> dict[str, Any]:
    name = hashlib.sha256(content).hexdigest()
    blobs[name] = content
    return {"$blob": name, "size": len(content)}


def resolve(value: Any, blob: Callable[[str], bytes]) -> Any:
    """A value with its blobs put back."""
    if isinstance(value, dict):
        name = value.get("$blob")
        if isinstance(name, str):
            content = blob(name)
            if value.get("json"):
                return resolve(json.loads(content), blob)
            return content.decode("utf-8", "surrogatepass")
        return {key[1:] if key.startswith("$$") else key: resolve(item, blob) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, blob) for item in value]
    return value
