"""A report for a terminal, and for whatever shows no HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jupyter_runt.columns import field, width
from jupyter_runt.monitoring.checks import INFO, Check
from jupyter_runt.monitoring.report import Report
from jupyter_runt.monitoring.sentences import MARKS, change, earlier, formula, score, summary, title

WIDEST = 48
HEADERS = ("STATUS", "CHECK", "VALUE", "LIMITS", "BEFORE")


def text(report: Report) -> str:
    """The whole report."""
    head = [title(report), f"{MARKS[report.status]} {report.status} · {summary(report)}"]
    shown = [*head, *filter(None, [formula(report), earlier(report)])]
    if report.checks:
        shown += ["", *_table(report)]
    if report.alerts:
        shown += ["", *(f"{each.severity:<8}  {each.message}" for each in report.alerts)]
    if report.recommendations:
        shown += ["", *(f"→ {each}" for each in report.recommendations)]
    return "\n".join(shown)


def _table(report: Report) -> list[str]:
    trends = report.comparison.trends if report.comparison is not None else {}
    rows: list[Sequence[str]] = [HEADERS]
    places: list[str] = [""]  # the group before a row, where one begins
    group = ""
    for each in in_order(report):
        places.append(each.group if each.group != group else "")
        group = each.group
        told = change(each, trends.get((each.group, each.name)))
        rows.append((f"{MARKS[each.status]} {each.status}", each.name, each.shown, each.borne, told))
    columns = [number for number in range(len(HEADERS)) if any(row[number] for row in rows[1:])]
    widths = [min(WIDEST, max(width(row[number]) for row in rows)) for number in columns]
    lines = []
    groups = {each.name: each for each in report.groups}
    for place, row in zip(places, rows, strict=True):
        if place:
            found = groups[place]
            lines.append(place if found.status == INFO else f"{place}: {found.status}, {score(found.score)}")
        cells = [field(row[number], size) for number, size in zip(columns, widths, strict=True)]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return lines


def in_order(report: Report) -> Iterable[Check]:
    """Group by group, what belongs to none first."""
    names = ["", *(each.name for each in report.groups)]
    return (check for name in names for check in report.checks if check.group == name)
