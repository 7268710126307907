"""A monitor's history as text: pure. The shapes of the answers are those of `client.monitors`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_runt.cli.render import tables
from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.health import name_of
from jupyter_runt.events.codec import seconds

SHORT, WIDEST = 20, 60
"""Reports in the line of a list, and in a strip."""
_HEIGHTS = "▁▂▃▄▅▆▇█"
_UNKNOWN = "·"
_MARKS = {"CRITICAL": "✗", "WARNING": "!", "NO DATA": "?", "PARTIAL": "~", "HEALTHY": "✓"}


def score(found: float | None) -> str:
    """`87.5`; nothing where there is none."""
    return "" if found is None else f"{found:g}"


def scores(points: Sequence[Mapping[str, Any]]) -> str:
    """A character for each report, as high as its score, from 0 to 100; a dot where there is none."""
    return "".join(_height(each["score"]) for each in points)


def _height(found: float | None) -> str:
    return _UNKNOWN if found is None else _HEIGHTS[min(len(_HEIGHTS) - 1, int(found / 100 * len(_HEIGHTS)))]


def strip(points: Sequence[Mapping[str, Any]]) -> str:
    """Scores and statuses, one above the other, the newest at the right."""
    shown = points[-WIDEST:]
    marks = "".join(_MARKS[each["status"]] for each in shown)
    legend = "  ".join(
        f"{_MARKS[status]} {status}" for status in _MARKS if status in {each["status"] for each in shown}
    )
    return f"scores    {scores(shown)}\nstatuses  {marks}   {legend}"


def head(found: Mapping[str, Any], now: float) -> str:
    """Who it is, how it is, and since when."""
    title = " · ".join(filter(None, (found["monitor"], found["subject"])))
    told = [f"{found['status']} for {'' if found['began'] else 'at least '}{_since(found['since'], now)}"]
    told.append("no score" if found["score"] is None else f"score {found['score']:g} of 100")
    if found["status"] != "HEALTHY":
        healthy = found["healthy_at"]
        told.append("never HEALTHY" if healthy is None else f"last HEALTHY {_since(healthy, now)} ago")
    number = found["reports"]
    reports = f"{number:,} report{'' if number == 1 else 's'}, the newest {tables.ago(now - seconds(found['at']))}"
    return f"{printable(title)}\n{', '.join(told)}\n{reports}, by {printable(found['notebook'])}"


def _since(at: str, now: float) -> str:
    return tables.duration(now - seconds(at))


def failing(check: Mapping[str, Any]) -> list[str]:
    """A check that was not well: whether it still is, its name, why, and how often."""
    status = check["status"] if check["now"] else f"was {check['status']}"
    return [status, name_of(check), check["message"], str(check["times"])]
