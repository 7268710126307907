"""Thresholds: which values are good, which are a warning, and which are critical. Pure.

A limit is the range of values that it bears, its ends included. `warn=80` bears what is at most 80 or, where lower is worse, at
least 80; `warn=(10, 30)` bears what is between the two.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_runt.errors import UsageError
from jupyter_runt.monitoring.values import words
from jupyter_runt.run.health import CRITICAL, WARNING

OK = "OK"
HIGHER, LOWER = "higher", "lower"

Threshold = float | Sequence[float | None] | None
"""A number; a pair (least, most), either of which may be None; or None for no limit."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values that are borne."""

    least: float | None = None
    most: float | None = None

    def bears(self, value: float) -> bool:
        return not (self.is_below(value) or (self.most is not None and value > self.most))

    def is_below(self, value: float) -> bool:
        return self.least is not None and value < self.least

    def broken(self, value: float, unit: str) -> str:
        """How a value that is not borne stands to it: `above 80 %`."""
        end = self.least if self.is_below(value) else self.most
        return f"{'below' if self.is_below(value) else 'above'} {words(end, unit)}"

    def told(self, unit: str) -> str:
        """What is not borne: `> 80 %`, `< 95 %`, `outside 10 … 30 °C`."""
        if self.least is not None and self.most is not None:
            return f"outside {words(self.least)} … {words(self.most, unit)}"
        return f"> {words(self.most, unit)}" if self.least is None else f"< {words(self.least, unit)}"

    def to_json(self) -> list[float | None]:
        return [self.least, self.most]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a check bears. The critical range holds the other one."""

    warn: Range | None = None
    critical: Range | None = None

    def judge(self, value: float) -> tuple[str, Range | None]:
        """The value's status, and the range that it is outside of."""
        if self.critical is not None and not self.critical.bears(value):
            return CRITICAL, self.critical
        if self.warn is not None and not self.warn.bears(value):
            return WARNING, self.warn
        return OK, None

    def told(self, unit: str) -> str:
        """Both limits, the milder first; '' without any."""
        return ", ".join(each.told(unit) for each in (self.warn, self.critical) if each is not None)

    def __bool__(self) -> bool:
        return self.warn is not None or self.critical is not None


def limits(warn: Threshold, critical: Threshold, worse: str | None) -> Limits:
    """The limits that are meant. Higher is worse, unless `worse` says otherwise or the critical threshold is the lower one.
    UsageError where they contradict each other."""
    if worse not in (None, HIGHER, LOWER):
        raise UsageError(f"worse must be {HIGHER!r} or {LOWER!r}, not {worse!r:.80}")
    if _is_pair(warn) or _is_pair(critical):
        return _of_pairs(warn, critical, worse)
    found_warn, found_critical = _number("warn", warn), _number("critical", critical)
    direction = worse or HIGHER
    if found_warn is not None and found_critical is not None and found_warn != found_critical:
        direction = HIGHER if found_critical > found_warn else LOWER
        if worse not in (None, direction):
            raise UsageError(
                f"warn={warn!r} and critical={critical!r} say that {direction} is worse, worse={worse!r} the opposite",
                remedy="Exchange the two, or leave out `worse`.",
            )
    return Limits(_side(found_warn, direction), _side(found_critical, direction))


def _side(threshold: float | None, direction: str) -> Range | None:
    if threshold is None:
        return None
    return Range(most=threshold) if direction == HIGHER else Range(least=threshold)


def _of_pairs(warn: Threshold, critical: Threshold, worse: str | None) -> Limits:
    if worse is not None:
        raise UsageError("a range (least, most) needs no `worse`", remedy="Leave it out.")
    found = Limits(_range("warn", warn), _range("critical", critical))
    if found.warn is not None and found.critical is not None and not _holds(found.critical, found.warn):
        raise UsageError(
            f"the range critical={critical!r} must hold warn={warn!r}",
            remedy="What is critical is outside of it, and further away than what is a warning.",
        )
    return found


def _holds(outer: Range, inner: Range) -> bool:
    least, most = -math.inf, math.inf
    return (outer.least if outer.least is not None else least) <= (
        inner.least if inner.least is not None else least
    ) and (outer.most if outer.most is not None else most) >= (inner.most if inner.most is not None else most)


def _is_pair(threshold: Any) -> bool:
    return isinstance(threshold, list | tuple)


def _range(name: str, given: Threshold) -> Range | None:
    if given is None:
        return None
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise UsageError(f"{name} must be a pair (least, most), as the other threshold is, not {given!r:.80}")
    found = Range(_number(name, given[0]), _number(name, given[1]))
    if found == Range() or (found.least is not None and found.most is not None and found.least > found.most):
        raise UsageError(f"{name}={given!r:.80} is no range", remedy="Write (least, most); one of them may be None.")
    return found


def _number(name: str, given: Any) -> float | None:
    if given is None:
        return None
    if getattr(given, "shape", None) == ():
        given = given.item()
    # Neither NaN nor a number that no float can hold.
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= sys.float_info.max:
        raise UsageError(f"{name} must be a number or a pair (least, most), not {given!r:.80}")
    return given
