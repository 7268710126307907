"""A report as HTML for a notebook. Pure.

Inline styles only, and no colour for plain text: what sanitises a notebook's outputs leaves it alone, and it looks as the theme does.
"""

from __future__ import annotations

import html

from jupyter_runt.monitoring.as_text import in_order
from jupyter_runt.monitoring.charts import COLOURS, chart
from jupyter_runt.monitoring.checks import INFO, SEVERITIES, Check
from jupyter_runt.monitoring.comparison import Trend
from jupyter_runt.monitoring.report import Group, Report
from jupyter_runt.monitoring.sentences import MARKS, change, earlier, formula, score, summary, title

FAINT = "opacity:0.7"
LEFT = "text-align:left"


def markup(report: Report) -> str:
    """The whole report."""
    colour = COLOURS[report.status]
    parts = [
        f'<div style="border-left:3px solid {colour};padding:2px 0 2px 10px;margin:4px 0">',
        f"<div><strong>{html.escape(title(report))}</strong> {_status(report.status)}</div>",
        f'<div style="{FAINT}">{html.escape(summary(report))}</div>',
    ]
    parts += [f'<div style="{FAINT}">{html.escape(each)}</div>' for each in (formula(report), earlier(report)) if each]
    if report.checks:
        parts.append(_table(report))
    if report.alerts:
        parts += ["<ul>", *(_alert(each.severity, each.message) for each in report.alerts), "</ul>"]
    if report.recommendations:
        items = "".join(f"<li>{html.escape(each)}</li>" for each in report.recommendations)
        parts.append(f"<div><strong>What to do</strong><ul>{items}</ul></div>")
    return "\n".join([*parts, "</div>"])


def _status(status: str) -> str:
    # The mark alone is coloured: no colour can be read as text on white and on black.
    mark = f'<span style="color:{COLOURS[status]}">{MARKS[status]}</span>'
    return f'<span style="font-weight:bold;white-space:nowrap">{mark} {status}</span>'


def _alert(severity: str, message: str) -> str:
    status = SEVERITIES[severity]
    mark = f'<span style="color:{COLOURS[status]}">{MARKS[status]}</span>'
    return f"<li>{mark} <strong>{severity}</strong> {html.escape(message)}</li>"


def _table(report: Report) -> str:
    trends = report.comparison.trends if report.comparison is not None else {}
    groups = {each.name: each for each in report.groups}
    compared = bool(trends)
    headers = ["Status", "Check", "Value", "", "Limits", *(["Before"] if compared else [])]
    head = "".join(f'<th style="{LEFT}">{each}</th>' for each in headers)
    rows, group = [], ""
    for each in in_order(report):
        if each.group != group:
            group = each.group
            rows.append(_group(groups[group], len(headers)))
        rows.append(_row(each, trends.get((each.group, each.name)), compared=compared))
    body = "\n".join(rows)
    return (
        f'<div style="overflow-x:auto"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'
    )


def _group(group: Group, columns: int) -> str:
    told = f"<strong>{html.escape(group.name)}</strong>"
    if group.status != INFO:
        told += f' {_status(group.status)} <span style="{FAINT}">{score(group.score)}</span>'
    return f'<tr><td colspan="{columns}" style="{LEFT}">{told}</td></tr>'


def _row(check: Check, trend: Trend | None, *, compared: bool) -> str:
    cells = [
        f'<td style="{LEFT}">{_status(check.status)}</td>',
        f'<td style="{LEFT}">{html.escape(check.name)}</td>',
        f'<td style="text-align:right;white-space:nowrap">{html.escape(check.shown)}</td>',
        f'<td style="{LEFT}">{chart(check, trend)}</td>',
        f'<td style="{LEFT};{FAINT}">{html.escape(check.borne)}</td>',
    ]
    if compared:
        cells.append(f'<td style="{LEFT};{FAINT}">{html.escape(change(check, trend))}</td>')
    return f"<tr>{''.join(cells)}</tr>"
