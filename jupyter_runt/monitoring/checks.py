"""A check: one thing that was measured, and what that means. Pure, but for the measuring that it is given to do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from jupyter_runt.errors import UsageError
from jupyter_runt.monitoring import values
from jupyter_runt.monitoring.limits import OK, Limits, Threshold, limits
from jupyter_runt.monitoring.values import Value, words
from jupyter_runt.run.health import CRITICAL, NO_DATA, WARNING

INFO = "INFO"
"""Measured, and not judged: it is shown, and counts neither for the score nor for the status."""
STATUSES = (CRITICAL, WARNING, NO_DATA, OK, INFO)
"""Of a check; the worst first."""
SEVERITIES = {"critical": CRITICAL, "warning": WARNING, "info": INFO}
"""Of an alert, the most severe first, and the status that a check with such an alert has."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What somebody should know. `type` is what kind of thing it is about, for whoever sorts alerts."""

    type: str
    message: str
    severity: str
    group: str = ""

    def to_json(self) -> dict[str, Any]:
        found = {"type": self.type, "message": self.message, "severity": self.severity}
        return {**found, "group": self.group} if self.group else found


@dataclass(frozen=True, slots=True)
class Check:
    """One measurement, judged."""

    name: str
    status: str
    value: Value = None
    unit: str = ""
    group: str = ""
    weight: float = 1.0
    limits: Limits = field(default_factory=Limits)
    expected: tuple[Value, ...] = ()
    """The values that are well, where it is no matter of more or less."""
    message: str = ""
    """What is wrong with it, as a sentence without its end; '' where nothing is."""
    advice: str = ""
    type: str = ""

    @property
    def shown(self) -> str:
        """The value as a person reads it."""
        return words(self.value, self.unit)

    @property
    def borne(self) -> str:
        """What would not be well, in short: `> 80 %`, `not 200`."""
        if self.expected:
            return "" if self.expected == (True,) else f"not {_one_of(self.expected)}"
        return self.limits.told(self.unit)

    @property
    def alert(self) -> Alert | None:
        """None where nothing is to be said. That something is not known is worth knowing."""
        if not self.message:
            return None
        severity = {CRITICAL: "critical", WARNING: "warning"}.get(self.status, "info")
        told = f"{self.group}: {self.message}" if self.group else self.message
        return Alert(self.type or self.name, told, severity, self.group)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "group": self.group,
            "status": self.status,
            "value": self.value,
            "unit": self.unit,
            "shown": self.shown,
            "warn": None if self.limits.warn is None else self.limits.warn.to_json(),
            "critical": None if self.limits.critical is None else self.limits.critical.to_json(),
            "expected": list(self.expected) or None,
            "weight": self.weight,
            "message": self.message,
        }

    def __repr__(self) -> str:
        told = f" ({self.message})" if self.message else ""
        return f"{self.status}  {self.name}: {self.shown}{told}"


def check(
    name: str,
    value: Any,
    *,
    warn: Threshold = None,
    critical: Threshold = None,
    worse: str | None = None,
    expected: Any = None,
    severity: str = "critical",
    unit: str = "",
    group: str = "",
    weight: float = 1.0,
    detail: str = "",
    advice: str | Callable[[], str] = "",
    type: str = "",
) -> Check:
    """Judges a measurement. No value (None, NaN, a measurement that raised) is NO DATA, whatever was wanted of it.

    Args:
        value: a number, text, true or false; or a function that measures it, whose exception is no data.
        warn, critical: thresholds; what stands on one still is well. Higher is worse, unless `critical` is the lower one or
            `worse="lower"`. A pair `(least, most)` bears what is between the two.
        expected: the value that is well, or a list of them; for true or false it is true. Anything else is as bad as
            `severity` says: critical, warning or info.
        unit: follows the number; `s` and `bytes` are scaled for people.
        weight: how much it counts in the score, beside the others' 1.
        detail: what else to say when it is not well.
        advice: what to do then, or a function that finds out.
        type: what kind of alert it gives; the check's name, if nothing else is said.

    Raises:
        UsageError: thresholds that contradict each other, or are none.
    """
    found = limits(warn, critical, worse)
    wanted = _wanted(expected)
    if found and wanted:
        raise UsageError(f"{name!r:.80}: thresholds and `expected` exclude each other")
    otherwise = status_of(severity)
    name = values.text_of("a check's name", name)
    measured, why = _measured(value)
    if isinstance(measured, bool) and not found and not wanted:
        wanted = (True,)
    status, message = _judged(name, measured, why, unit, found, wanted, otherwise)
    if message and detail and status != NO_DATA:
        message = values.shortened(f"{name}: {detail}" if isinstance(measured, bool) else f"{message}: {detail}")
    return Check(
        name=name,
        status=status,
        value=None if status == NO_DATA else measured,
        unit=values.text_of("unit", unit, empty=True),
        group=values.text_of("group", group, empty=True),
        weight=values.weight_of(weight),
        limits=found,
        expected=wanted,
        message=message,
        advice=_advice(advice) if status in (CRITICAL, WARNING) else "",
        type=values.text_of("type", type, empty=True),
    )


def status_of(severity: str) -> str:
    """The status of a check with an alert of that severity. UsageError."""
    if severity not in SEVERITIES:
        raise UsageError(f"severity must be one of {', '.join(SEVERITIES)}, not {severity!r:.80}")
    return SEVERITIES[severity]


def _measured(value: Any) -> tuple[Value, str]:
    if callable(value):
        try:
            value = value()
        except Exception as error:  # noqa: BLE001 - whatever keeps somebody's code from measuring: it is not known then
            return None, values.failure(error)
    return values.plain(value)


def _judged(
    name: str, value: Value, why: str, unit: str, borne: Limits, wanted: tuple[Value, ...], otherwise: str
) -> tuple[str, str]:
    """Status and message."""
    if value is None:
        return NO_DATA, values.shortened(f"{name} could not be measured{why and f': {why}'}")
    if wanted:
        if any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in wanted):
            return OK, ""
        if isinstance(value, bool):
            return otherwise, f"{name}: {words(value)}"
        return otherwise, values.shortened(f"{name} is {words(value, unit)}, not {_one_of(wanted)}")
    if not borne:
        return INFO, ""
    if isinstance(value, bool | str):
        return NO_DATA, values.shortened(f"{name} could not be measured: {value!r} is no number")
    status, broken = borne.judge(value)
    if broken is None:
        return OK, ""
    return status, values.shortened(f"{name} is {words(value, unit)}, {broken.broken(value, unit)}")


def _wanted(expected: Any) -> tuple[Value, ...]:
    if expected is None:
        return ()
    several = isinstance(expected, Collection) and not isinstance(expected, str)
    found = tuple(values.plain(each)[0] for each in (expected if several else (expected,)))
    if not found or None in found:
        raise UsageError(f"expected must be a value or some values, not {expected!r:.80}")
    return found


def _one_of(wanted: tuple[Value, ...]) -> str:
    told = [words(each) for each in wanted[:5]] + ["…"] * (len(wanted) > 5)
    return " or ".join(filter(None, (", ".join(told[:-1]), told[-1])))


def _advice(advice: str | Callable[[], str]) -> str:
    if not callable(advice):
        return values.text_of("advice", advice, empty=True)
    try:
        return values.text_of("advice", advice(), empty=True)
    except Exception as error:  # noqa: BLE001 - advice that cannot be had must not keep anybody from the alert
        return f"no advice could be had: {values.failure(error)}"
