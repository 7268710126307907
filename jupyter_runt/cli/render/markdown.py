"""Runs as Markdown: for the summary of a job, a comment, a message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.health import Finding, Report
from jupyter_runt.cli.render.places import Places
from jupyter_runt.cli.render.reasons import words
from jupyter_runt.cli.render.tables import duration
from jupyter_runt.run import health
from jupyter_runt.run.state import RunState

CHECKS = 50
"""Failing checks that are listed of one report: GitHub takes no summary of more than 1 MiB."""

_MARKS = {"succeeded": "✅", "failed": "❌", "cancelled": "🚫", "skipped": "⏭️"}
_OF_HEALTH = {
    health.CRITICAL: "🔴", health.WARNING: "🟠", health.NO_DATA: "⚪", health.PARTIAL: "🟡", health.HEALTHY: "🟢",
}  # fmt: skip


def markdown(state: RunState, places: Places, summary: str, reports: Sequence[Report] = ()) -> str:
    """A run as Markdown: its end, the health that it recorded, and a table of its cells."""
    lines = [f"### {_MARKS.get(state.status, '')} {_literal(state.title or places.name)}", "", _literal(summary), ""]
    for report in reports:
        lines += [*_health(report), ""]
    lines += ["| cell | status | time |", "| --- | --- | ---: |"]
    for cell in state.code_cells:
        reason = f" ({words(cell.reason)})" if cell.reason and cell.reason != "cell_error" else ""
        took = duration(cell.duration) if cell.duration is not None else ""
        lines.append(
            f"| {_literal(cell.id)} | {_MARKS.get(cell.status, '')} {cell.status}{_literal(reason)} | {took} |"
        )
    return "\n".join(lines) + "\n\n"


def _health(report: Report) -> Iterator[str]:
    yield f"#### {_OF_HEALTH[report.status]} {_literal(report.title)} is {report.standing}"
    yield ""
    failing = report.failing
    if not failing:
        checks = len(report.findings)
        yield f"{checks} check{'s' * (checks != 1)}, none of them failing."
        return
    yield "| status | group | check | what was found |"
    yield "| --- | --- | --- | --- |"
    for each in failing[:CHECKS]:
        yield _row(each)
    if len(failing) > CHECKS:
        yield ""
        yield f"{len(failing) - CHECKS:,} more checks are not well, or not known."


def _row(found: Finding) -> str:
    told = [_literal(found[key]) for key in ("group", "name", "message")]
    return f"| {_OF_HEALTH[found['status']]} {found['status']} | {' | '.join(told)} |"


def _literal(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join("\\" + char if char in "\\`*_{}[]<>#|~&$" else char for char in printable(text))
