"""Small charts as pictures within HTML: a value beside its limits, and where it comes from. Pure.

They are SVG in `data:` URLs. JupyterLab takes `<svg>` elements out of the outputs of notebooks that are not trusted, and leaves
pictures; since those cannot inherit colours, theirs can be seen on white and on black.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

from jupyter_runt.monitoring.checks import Check
from jupyter_runt.monitoring.comparison import Trend
from jupyter_runt.monitoring.limits import OK

COLOURS = {
    "CRITICAL": "#d64545", "WARNING": "#b97a00", "NO DATA": "#8a63d2", "PARTIAL": "#8a63d2", "OK": "#2e9e5b",
    "HEALTHY": "#2e9e5b", "INFO": "#2f7fd6",
}  # fmt: skip
GREY = "#808890"
WIDTH, HEIGHT, EDGE = 120, 18, 2
FEWEST = 3
"""Fewer values make no line."""


def chart(check: Check, trend: Trend | None) -> str:
    """The picture of a check, as an element; '' where there is nothing to draw."""
    value = check.value
    if value is None or isinstance(value, bool | str):
        return ""
    if trend is not None and len(trend.series) >= FEWEST:
        words = f"{len(trend.series)} values of {check.name}, the last {check.shown}"
        return _picture(_line(check, trend.series), words)
    return _picture(_bar(check, value), f"{check.shown}; not well: {check.borne}") if check.limits else ""


def limits_of(check: Check) -> list[tuple[float, str]]:
    """The ends of what is borne, each with the status that is beyond."""
    found = []
    for status, borne in (("WARNING", check.limits.warn), ("CRITICAL", check.limits.critical)):
        ends = () if borne is None else (borne.least, borne.most)
        found += [(end, status) for end in ends if end is not None]
    return found


def _bar(check: Check, value: float) -> str:
    marks = limits_of(check)
    ends = [0.0, value, *(end for end, _ in marks)]
    if check.unit == "%" and all(0 <= end <= 100 for end in ends):
        ends.append(100.0)
    x = _scale(min(ends), max(ends), WIDTH, 0)
    begin, end = sorted((x(max(min(ends), 0.0)), x(value)))
    middle = HEIGHT / 2
    parts = [
        f'<rect x="0" y="{middle - 3:g}" width="{WIDTH}" height="6" rx="2" fill="{GREY}" fill-opacity=".25"/>',
        f'<rect x="{begin:g}" y="{middle - 3:g}" width="{max(1.0, end - begin):g}" height="6" rx="2" fill="{COLOURS[check.status]}"/>',
    ]
    parts += [f'<path d="M{x(at):g} 2V{HEIGHT - 2}" stroke="{COLOURS[status]}"/>' for at, status in marks]
    return "".join(parts)


def _line(check: Check, series: Sequence[tuple[float, float]]) -> str:
    """Values over time. A limit is drawn where that does not make the line flat."""
    times, found = [at for at, _ in series], [value for _, value in series]
    low, high = min(found), max(found)
    room = (high - low) or abs(high) or 1.0
    marks = [(at, status) for at, status in limits_of(check) if low - 2 * room <= at <= high + 2 * room]
    x = _scale(times[0], times[-1], WIDTH - 2 * EDGE, EDGE)
    y = _scale(max([high, *(at for at, _ in marks)]), min([low, *(at for at, _ in marks)]), HEIGHT - 2 * EDGE, EDGE)
    points = " ".join(f"{x(at):g},{y(value):g}" for at, value in series)
    colour = COLOURS[check.status if check.status != OK else "INFO"]
    parts = [
        f'<path d="M0 {y(at):g}H{WIDTH}" stroke="{COLOURS[status]}" stroke-dasharray="3 2" stroke-opacity=".7"/>'
        for at, status in marks
    ]
    parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    parts.append(f'<circle cx="{x(times[-1]):g}" cy="{y(found[-1]):g}" r="2" fill="{COLOURS[check.status]}"/>')
    return "".join(parts)


class _scale:  # noqa: N801 - used as the function that it makes
    """From values to places: `first` stands at `offset`, `last` `length` further."""

    def __init__(self, first: float, last: float, length: float, offset: float) -> None:
        self._first, self._span, self._length, self._offset = first, last - first, length, offset

    def __call__(self, value: float) -> float:
        share = (value - self._first) / self._span if self._span else 0.5
        return round(self._offset + self._length * share, 1)


def _picture(drawn: str, words: str) -> str:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">{drawn}</svg>'
    return (
        f'<img src="{data_url(svg)}" width="{WIDTH}" height="{HEIGHT}" '
        f'alt="{html.escape(words)}" title="{html.escape(words)}">'
    )


def data_url(svg: str) -> str:
    """What an `<img>` has as its source."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
