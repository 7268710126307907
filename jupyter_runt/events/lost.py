"""What stands in an event for a blob that was lost with a part of the store: a text that says so, wherever text can stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Reference = Mapping[str, Any]
"""As `codec.externalise` puts it in a value's place."""


def without_lost(data: dict[str, Any], is_there: Callable[[Reference], bool]) -> dict[str, Any]:
    """The data with a text in the place of each blob that is not there; the same object when all are."""
    mended: dict[str, Any] = _mend(data, is_there, "")
    return mended


def notice(reference: Reference) -> str:
    """What is said in the blob's place."""
    return f"[{reference.get('size', 0):,} bytes were lost when the store was damaged]"


def references(value: Any) -> list[Reference]:
    """Every reference to a blob in the value."""
    if isinstance(value, dict):
        if isinstance(value.get("$blob"), str):
            return [value]
        return [found for item in value.values() for found in references(item)]
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    return []


def _mend(value: Any, is_there: Callable[[Reference], bool], key: str) -> Any:
    lost = [found for found in references(value) if not is_there(found)]
    if not lost:
        return value
    if isinstance(value, list):
        return [_mend(item, is_there, "") for item in value]
    if "$blob" in value:
        return _in_place_of(value, key)
    kept = {name: item for name, item in value.items() if not ("/" in name and item in lost)}
    mended = {name: _mend(item, is_there, name) for name, item in kept.items()}
    if len(kept) < len(value):  # a MIME bundle: a text is no picture
        mended.setdefault("text/plain", notice(lost[0]))
    return mended


def _in_place_of(reference: Reference, key: str) -> Any:
    if not reference.get("json"):
        return notice(reference)
    if key == "data":
        return {"text/plain": notice(reference)}
    return {"traceback": [notice(reference)], "buffers": [], "buffer_paths": []}.get(key, {})
