"""A report beside earlier ones of the same monitor: how it was, since when it is so, and where each value is going. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from jupyter_runt.events.codec import iso, seconds
from jupyter_runt.monitoring.checks import Check
from jupyter_runt.run.health import HEALTHY, STATUSES

Key = tuple[str, str]
"""A check's group and name."""

FEWEST = 5
SHORTEST_SECONDS = 6 * 3600.0
STRAIGHT = 0.8
"""A growth is told where there are so many values over so long a time, and a straight line explains them so well (the coefficient
of correlation): anything less is noise, and a forecast from noise is a lie."""
FARTHEST_DAYS = 90.0


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier report, as far as it is compared. Times are in seconds since the epoch."""

    at: float
    status: str
    score: float | None
    values: Mapping[Key, float]
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a check's value comes from. `series` is (time, value), the oldest first and the present one last."""

    previous: float
    series: Sequence[tuple[float, float]]
    per_day: float | None = None
    """Growth; None where it cannot be told from noise."""
    reaches: tuple[float, float] | None = None
    """The critical limit that the value is on its way to, and in how many days it will be there."""

    @property
    def change(self) -> float:
        """Since the report before."""
        return self.series[-1][1] - self.previous

    def to_json(self) -> dict[str, Any]:
        limit, days = self.reaches or (None, None)
        return {
            "previous": self.previous,
            "change": self.change,
            "per_day": self.per_day,
            "reaches": None if limit is None else {"limit": limit, "days": days},
            "series": [[iso(at), value] for at, value in self.series],
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """`looked_at`: how many earlier reports there are behind it. `since`: of the oldest one in a row with the present status;
    `whole`: whether another status came before that one, so that it did begin then. `healthy_at`: when it was last HEALTHY."""

    looked_at: int
    previous: Past | None = None
    since: float | None = None
    whole: bool = False
    healthy_at: float | None = None
    trends: Mapping[Key, Trend] = field(default_factory=dict)
    note: str = ""
    """Why earlier reports are missing that there may be."""

    def to_json(self) -> dict[str, Any]:
        before = self.previous
        return {
            "looked_at": self.looked_at,
            "note": self.note,
            "previous": before
            and {"at": iso(before.at), "status": before.status, "score": before.score, "run_id": before.run_id},
            "since": None if self.since is None else iso(self.since),
            "since_is_the_beginning": self.whole,
            "healthy_at": None if self.healthy_at is None else iso(self.healthy_at),
            "trends": [
                {"group": group, "name": name, **trend.to_json()} for (group, name), trend in self.trends.items()
            ],
        }


def past(report: Mapping[str, Any], run_id: str = "") -> Past | None:
    """What is compared of a report's JSON; None for one that is none, or of a release that writes another one."""
    try:
        if report["status"] not in STATUSES:
            return None
        score = report["score"]
        values = {
            (str(each["group"]), str(each["name"])): each["value"]
            for each in report["checks"]
            if _is_number(each["value"])
        }
        return Past(seconds(report["at"]), report["status"], score if _is_number(score) else None, values, run_id)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def compare(status: str, at: float, checks: Sequence[Check], pasts: Sequence[Past], row: int) -> Comparison:
    """`pasts` are the newest first; the first `row` of them are in a row, with none between them left out."""
    known = [each for each in pasts if each.at <= at]
    recent = known[:row]
    same = next((index for index, each in enumerate(recent) if each.status != status), len(recent))
    healthy = next((each.at for each in known if each.status == HEALTHY), None)
    # Where some values are wanted and others not, as of a status code, no value is more than another.
    measured = (each for each in checks if _is_number(each.value) and not each.expected)
    trends = {(each.group, each.name): _trend(each, at, known) for each in measured}
    return Comparison(
        looked_at=len(known),
        previous=known[0] if known else None,
        since=recent[same - 1].at if same else None,
        whole=bool(same) and same < len(recent),
        healthy_at=healthy,
        trends={key: trend for key, trend in trends.items() if trend is not None},
    )


def _trend(check: Check, at: float, pasts: Sequence[Past]) -> Trend | None:
    key, value = (check.group, check.name), check.value
    before = [(each.at, each.values[key]) for each in reversed(pasts) if key in each.values]
    if not before or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    series = [*before, (at, value)]
    growth = _growth(series)
    return Trend(before[-1][1], series, growth, _reaches(check, value, growth))


def _growth(series: Sequence[tuple[float, float]]) -> float | None:
    """Per day, by least squares; None also for numbers that no computer can square."""
    with suppress(OverflowError):
        return _slope(series)
    return None


def _slope(series: Sequence[tuple[float, float]]) -> float | None:
    if len(series) < FEWEST or series[-1][0] - series[0][0] < SHORTEST_SECONDS:
        return None
    days = [(at - series[-1][0]) / 86400 for at, _ in series]
    middle, mean = math.fsum(days) / len(days), math.fsum(value for _, value in series) / len(series)
    spread = math.fsum((day - middle) ** 2 for day in days)
    height = math.fsum((value - mean) ** 2 for _, value in series)
    common = math.fsum((day - middle) * (value - mean) for day, (_, value) in zip(days, series, strict=True))
    if not spread or not height or not math.isfinite(height) or abs(common) < STRAIGHT * math.sqrt(spread * height):
        return None
    return common / spread


def _reaches(check: Check, value: float, growth: float | None) -> tuple[float, float] | None:
    borne = check.limits.critical
    if borne is None or not growth or not borne.bears(value):
        return None
    end = borne.most if growth > 0 else borne.least
    days = None if end is None else (end - value) / growth
    return None if end is None or days is None or days > FARTHEST_DAYS else (end, round(days, 1))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
