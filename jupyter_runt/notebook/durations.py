"""Durations as people write them: `90`, `90s`, `10m`, `1h`, `2d`."""

from __future__ import annotations

import math
import re
from typing import Any

ACCEPTED = "a duration such as 90, 90s, 10m or 1h"

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_FORM = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhd]?)\s*")


def seconds(value: Any) -> float:
    """`value` in seconds; ValueError when it is no duration. A plain number counts seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    elif isinstance(value, str) and (match := _FORM.fullmatch(value)):
        number = float(match[1]) * _UNITS[match[2]]
    else:
        raise ValueError(f"{value!r} is not {ACCEPTED}")
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{value!r} is not {ACCEPTED}")
    return number
