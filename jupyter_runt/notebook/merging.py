"""What an editor changed in a value that went through JSON and back, and that change alone."""

from __future__ import annotations

from typing import Any

_MISSING = object()


def same(left: Any, right: Any) -> bool:
    """Equal to a program whose numbers are all doubles, as JavaScript's are: it makes 1 of 1.0, and rounds what is long."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        try:
            return float(left) == float(right) or (left != left and right != right)
        except OverflowError:
            return left == right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def merged(kept: Any, before: Any, after: Any) -> Any:
    """`kept` with what changed from `before` to `after`; in mappings key by key."""
    if same(before, after):
        return kept
    if not (isinstance(kept, dict) and isinstance(before, dict) and isinstance(after, dict)):
        return after
    result = {}
    for key, value in kept.items():
        if key not in before:
            result[key] = after.get(key, value)
        elif key in after:
            result[key] = merged(value, before[key], after[key])
    added = {key: value for key, value in after.items() if key not in kept}
    return result | {key: value for key, value in added.items() if not same(before.get(key, _MISSING), value)}
