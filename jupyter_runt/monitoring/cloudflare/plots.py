"""What people would rather look at: figures over time, and figures beside their limit. Pure.

They are SVG in `data:` URLs, as the small charts of a report are, and blocks of characters on a terminal. matplotlib would take
half a second of a monitor that takes two, and draw the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from html import escape
from itertools import pairwise
from typing import Any

from jupyter_runt.monitoring import values
from jupyter_runt.monitoring.charts import COLOURS, GREY, data_url

PALETTE = ("#2f7fd6", "#2e9e5b", "#c98500", "#8a63d2", "#1b9aaa", "#b5577d")
OTHERS = GREY
MOST = len(PALETTE)
WIDTH, HEIGHT = 560, 150
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 26, 22
BLOCKS = "▁▂▃▄▅▆▇█"
ROW, LABEL, SHOWN = 20, 150, 110
FONT = f'font-family="system-ui,sans-serif" font-size="11" fill="{GREY}"'

Points = Sequence[tuple[datetime, float]]
Days = Sequence[tuple[date, float]]
_STEPS = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10)


class Timeline:
    """Figures over time, as bars one on top of the other (`stacked`) or as lines. Each name in the legend has its colour."""

    def __init__(
        self,
        title: str,
        series: Mapping[str, Points | Days],
        *,
        unit: str = "",
        stacked: bool = False,
        colours: Mapping[str, str] | None = None,
        limit: float | None = None,
    ) -> None:
        self.title, self.unit, self.stacked, self.limit = title, unit, stacked, limit
        self.series = _few(series)
        own = colours or {}
        self.colours = {
            name: own.get(name, OTHERS if name == "others" else PALETTE[at % MOST])
            for at, name in enumerate(self.series)
        }

    def svg(self) -> str:
        """The drawing; a word where there is nothing to draw."""
        times = sorted({at for points in self.series.values() for at, _ in points})
        if not times:
            return _svg(self.title, [_text(LEFT, HEIGHT / 2, "nothing to show")], HEIGHT)
        heights = [sum(dict(points).get(at, 0) for points in self.series.values()) for at in times]
        most = max(heights) if self.stacked else max(value for points in self.series.values() for _, value in points)
        top = _round_up(max(most, 1e-9))
        if self.limit is not None and self.limit <= 1.5 * top:
            top = max(top, _round_up(self.limit))
        begin, end = times[0].timestamp(), times[-1].timestamp()
        room = WIDTH - LEFT - RIGHT
        slot = room / max(1, round((end - begin) / _step(times)) + 1)

        def x(at: datetime) -> float:
            return LEFT + slot / 2 + (at.timestamp() - begin) / ((end - begin) or 1) * (room - slot)

        def y(value: float) -> float:
            return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)

        drawn = self._bars(times, x, y, slot) if self.stacked else self._lines(x, y)
        if self.limit is not None and self.limit <= top:
            drawn.append(
                f'<path d="M{LEFT} {y(self.limit):.1f}H{WIDTH - RIGHT}" stroke="{COLOURS["WARNING"]}" stroke-dasharray="4 3"/>'
            )
        return _svg(self.title, [*self._axes(times, top, x, y), *drawn, *self._legend()], HEIGHT)

    def _axes(self, times: Sequence[datetime], top: float, x: Any, y: Any) -> list[str]:
        """Two lines to read values from, and when it begins, is half over and ends."""
        drawn = []
        for value in (0.0, top / 2, top):
            drawn.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity=".3"/>')
            drawn.append(_text(LEFT - 6, y(value) + 4, values.words(value, self.unit), "end"))
        daily = (times[-1] - times[0]).days >= 2
        for at in dict.fromkeys((times[0], times[len(times) // 2], times[-1])):
            label = at.strftime("%d %b" if daily else "%H:%M")
            drawn.append(_text(x(at), HEIGHT - 6, label, "middle"))
        return drawn

    def _bars(self, times: Sequence[datetime], x: Any, y: Any, slot: float) -> list[str]:
        drawn, under = [], dict.fromkeys(times, 0.0)
        width = max(1.0, slot - 2)
        for name, points in self.series.items():
            for at, value in points:
                begin, under[at] = under[at], under[at] + value
                if value:
                    drawn.append(
                        f'<rect x="{x(at) - width / 2:.1f}" y="{y(under[at]):.1f}" width="{width:.1f}" '
                        f'height="{y(begin) - y(under[at]):.1f}" fill="{self.colours[name]}"/>'
                    )
        return drawn

    def _lines(self, x: Any, y: Any) -> list[str]:
        drawn = []
        for name, points in self.series.items():
            path = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in sorted(points))
            drawn.append(f'<polyline points="{path}" fill="none" stroke="{self.colours[name]}" stroke-width="1.8"/>')
            drawn += [
                f'<circle cx="{x(at):.1f}" cy="{y(value):.1f}" r="2" fill="{self.colours[name]}"/>'
                for at, value in points
            ]
        return drawn

    def _legend(self) -> list[str]:
        drawn, at = [], float(WIDTH - RIGHT)
        for name in reversed(self.series):
            shown = name if len(name) <= 18 else f"{name[:17]}…"
            at -= 6.2 * len(shown) + 18
            drawn.append(f'<rect x="{at:.1f}" y="7" width="9" height="9" rx="2" fill="{self.colours[name]}"/>')
            drawn.append(_text(at + 13, 15, shown))
        return drawn

    def __repr__(self) -> str:
        lines = [self.title]
        width = max(map(len, self.series), default=0)
        for name, points in self.series.items():
            found = [value for _, value in sorted(points)]
            least, most = (0.0, max(found)) if self.stacked else (min(found), max(found))
            span = (most - least) or 1
            marks = "".join(BLOCKS[round((value - least) / span * (len(BLOCKS) - 1))] for value in found)
            lines.append(f"{name.ljust(width)}  {marks}  up to {values.words(most, self.unit)}")
        return "\n".join(lines) if self.series else f"{self.title}: nothing to show"

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return {"text/plain": repr(self), "text/html": picture(self.svg(), repr(self))}


class Bars:
    """A figure for each of several things, the first ones at the top, with the limit that they should stay below."""

    def __init__(
        self,
        title: str,
        rows: Sequence[tuple[str, float]],
        *,
        unit: str = "",
        limit: float | None = None,
        most: int = 12,
    ) -> None:
        self.title, self.unit, self.limit = title, unit, limit
        self.rows, self.left_out = list(rows[:most]), max(0, len(rows) - most)

    def svg(self) -> str:
        """The drawing; a word where there is nothing to draw."""
        height = TOP + ROW * max(1, len(self.rows)) + 8
        if not self.rows:
            return _svg(self.title, [_text(LEFT, TOP + 14, "nothing to show")], height)
        largest = max(value for _, value in self.rows)
        top = max(largest, self.limit if self.limit is not None and self.limit <= 4 * largest else 0) or 1
        room = WIDTH - LABEL - SHOWN
        drawn = []
        for at, (name, value) in enumerate(self.rows):
            over = self.limit is not None and value > self.limit
            y = TOP + ROW * at
            drawn.append(_text(LABEL - 8, y + 13, name if len(name) <= 22 else f"{name[:21]}…", "end"))
            drawn.append(
                f'<rect x="{LABEL}" y="{y + 3}" width="{max(1.0, value / top * room):.1f}" height="13" rx="2" '
                f'fill="{COLOURS["WARNING"] if over else PALETTE[0]}"/>'
            )
            drawn.append(_text(WIDTH - RIGHT, y + 13, values.words(value, self.unit), "end"))
        if self.limit is not None and self.limit <= top:
            x = LABEL + self.limit / top * room
            drawn.append(
                f'<path d="M{x:.1f} {TOP}V{height - 8}" stroke="{COLOURS["CRITICAL"]}" stroke-dasharray="4 3"/>'
            )
        if self.left_out:
            drawn.append(_text(WIDTH - RIGHT, 15, f"and {self.left_out} more", "end"))
        return _svg(self.title, drawn, height)

    def __repr__(self) -> str:
        width = max((len(name) for name, _ in self.rows), default=0)
        largest = max((value for _, value in self.rows), default=0) or 1
        lines = [
            f"{name.ljust(width)}  {'█' * max(1, round(24 * value / largest)):<24}  {values.words(value, self.unit)}"
            for name, value in self.rows
        ]
        told = f" (limit {values.words(self.limit, self.unit)})" if self.limit is not None else ""
        return "\n".join([f"{self.title}{told}", *(lines or ["nothing to show"])])

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return {"text/plain": repr(self), "text/html": picture(self.svg(), repr(self))}


def picture(svg: str, words: str) -> str:
    """An SVG as an element that also untrusted notebooks show; `words` are for those who cannot see it."""
    return f'<img src="{data_url(svg)}" alt="{escape(words)}" style="max-width:100%">'


def _moments(points: Points | Days) -> Points:
    """A day stands at its midnight."""
    return [
        (at if isinstance(at, datetime) else datetime(at.year, at.month, at.day, tzinfo=UTC), value)
        for at, value in points
    ]


def _few(series: Mapping[str, Points | Days]) -> dict[str, Points]:
    """No more series than there are colours: the last ones, which are the smallest, are added up."""
    kept = {name: _moments(points) for name, points in series.items() if points}
    if len(kept) <= MOST:
        return kept
    names = list(kept)
    others: dict[datetime, float] = {}
    for name in names[MOST - 1 :]:
        for at, value in kept[name]:
            others[at] = others.get(at, 0) + value
    return {**{name: kept[name] for name in names[: MOST - 1]}, "others": tuple(sorted(others.items()))}


def _step(times: Sequence[datetime]) -> float:
    """The seconds between two neighbours that are nearest to each other."""
    return min(((after - before).total_seconds() for before, after in pairwise(times)), default=3600.0)


def _round_up(value: float) -> float:
    """The next number that reads well, and whose half does."""
    scale = 10.0 ** math.floor(math.log10(value))
    return next((each * scale for each in _STEPS if each * scale >= value), value)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {FONT}>{escape(text)}</text>'


def _svg(title: str, drawn: Sequence[str], height: float) -> str:
    head = f'<text x="4" y="15" font-weight="600" {FONT}>{escape(title)}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" role="img">'
        f"{head}{''.join(drawn)}</svg>"
    )
