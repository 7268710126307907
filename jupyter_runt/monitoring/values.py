"""What was measured, as plain values and as words. Pure."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from jupyter_runt.errors import UsageError

Value = bool | int | float | str | None
"""None: no data."""

LONGEST_TEXT = 200
HEAVIEST = 1_000_000
_SCALES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_TIMES = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def plain(found: Any) -> tuple[Value, str]:
    """A measurement as a plain value, and, when that is None, why there is no data, if there is more to say. Numbers of numpy and its kin, Decimal and
    timedelta (as seconds) become Python's; what is not finite, or no value at all, is no data."""
    if isinstance(found, timedelta):
        found = found.total_seconds()
    elif getattr(found, "shape", None) == ():
        found = found.item()
    if found is None or type(found).__name__ in ("NAType", "NaTType"):
        return None, ""
    if isinstance(found, bool | str):
        return (found if isinstance(found, bool) else shortened(found)), ""
    try:
        if isinstance(found, bytes | bytearray):  # float would read digits in them
            raise TypeError
        if isinstance(found, int) and math.isfinite(found):
            return int(found), ""
        number = float(found)
    except (TypeError, ValueError, OverflowError):
        return None, f"a {type(found).__name__} is no value"
    return (number, "") if math.isfinite(number) else (None, f"{number} is no value")


def shortened(text: str) -> str:
    """Text in one line that a table, or a terminal, can show."""
    line = "".join(each if each.isprintable() else "�" for each in " ".join(text[: 20 * LONGEST_TEXT].split()))
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def failure(error: BaseException) -> str:
    """An exception in one line."""
    return shortened(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def words(value: Value, unit: str = "") -> str:
    """A value as a person reads it: `95.9 %`, `1.2 GB`, `3.4 h`. The units s and bytes are scaled, others follow the number."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if unit == "bytes" and abs(value) >= 1000:
        scale, name = next(each for each in _SCALES if abs(value) >= each[0])
        return f"{number(value / scale)} {name}"
    if unit == "s" and (value == 0 or abs(value) >= 120):
        return duration(value)
    if unit == "s" and abs(value) < 1:
        return f"{number(value * 1000)} ms"
    return f"{number(value)} {unit}" if unit else number(value)


def number(value: float) -> str:
    """Three digits or so, and no more than the value has."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}" if abs(value) < 1e15 else f"{value:.3g}"
    size = abs(value)
    if size >= 1e15 or size < 0.01:
        return f"{value:.3g}"
    text = f"{value:,.0f}" if size >= 1000 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def duration(seconds: float) -> str:
    """`45 s`, `3 h`, `2.5 d`."""
    scale, name = next((each for each in _TIMES if abs(seconds) >= 2 * each[0]), (1.0, "s"))
    amount = seconds / scale
    return f"{number(round(amount, 1) if abs(amount) < 10 else round(amount))} {name}"


def text_of(what: str, given: Any, *, empty: bool = False) -> str:
    """A name or a text that a notebook gives; UsageError names the argument."""
    if not isinstance(given, str) or not (given.strip() or empty):
        raise UsageError(f"{what} must be text, not {given!r:.80}")
    return shortened(given)


def weight_of(given: Any) -> float:
    """A weight. UsageError."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= HEAVIEST:
        raise UsageError(f"weight must be a number from 0 to {HEAVIEST:,}, not {given!r:.80}")
    return float(given)
