"""What a report says beside its table, in words that text and HTML share. Pure."""

from __future__ import annotations

from jupyter_runt.monitoring.checks import STATUSES, Check
from jupyter_runt.monitoring.comparison import Comparison, Trend
from jupyter_runt.monitoring.report import Report
from jupyter_runt.monitoring.values import duration, number, words
from jupyter_runt.run.health import HEALTHY

MARKS = {
    "CRITICAL": "✗", "WARNING": "!", "NO DATA": "?", "PARTIAL": "?", "OK": "✓", "HEALTHY": "✓", "INFO": "·",
}  # fmt: skip


def title(report: Report) -> str:
    """`simple-health-check · production on vm`"""
    return " · ".join(filter(None, (report.monitor, report.subject)))


def summary(report: Report) -> str:
    """`score 87.5 of 100 (GOOD) · 3 OK, 1 WARNING`"""
    counts = ", ".join(f"{report.counts[status]} {status}" for status in STATUSES if status in report.counts)
    return " · ".join(filter(None, (score(report.score, report.grade), counts or "nothing was checked")))


def score(found: float | None, grade: str = "") -> str:
    """`score 87.5 of 100 (GOOD)`"""
    if found is None:
        return "no score"
    return f"score {number(found)} of 100" + (f" ({grade})" if grade else "")


def formula(report: Report) -> str:
    """`score = 100 - half of CPU`, where the notebook has a formula of its own; '' for ours."""
    return "" if report.rating is None else f"score = {report.rating.formula}"


def earlier(report: Report) -> str:
    """`WARNING for 3 h; last HEALTHY 4 h ago`; '' when earlier runs are not known of."""
    found, at = report.comparison, report.at
    if found is None:
        return ""
    if found.previous is None:
        return found.note or "there is no earlier run to compare with"
    before = found.previous
    if found.since is None:
        told = f"{before.status} {_ago(at, before.at)}" + (
            "" if before.score is None else f" (score {number(before.score)})"
        )
    else:
        least = "" if found.whole else "at least "
        told = f"{report.status} for {least}{duration(max(0.0, at - found.since))}"
    if report.status == HEALTHY or before.status == HEALTHY:
        return told
    return f"{told}; {_last_healthy(found, at)}"


def _last_healthy(found: Comparison, at: float) -> str:
    if found.healthy_at is None:
        return f"not HEALTHY in any of {found.looked_at} earlier runs" if found.looked_at > 1 else "not HEALTHY before"
    return f"last HEALTHY {_ago(at, found.healthy_at)}"


def _ago(at: float, then: float) -> str:
    return f"{duration(max(0.0, at - then))} ago"


def change(check: Check, trend: Trend | None) -> str:
    """`+2.1 %; 0.5 % a day: 95 % in 12 d`; '' where there was nothing before."""
    if trend is None:
        return ""
    told = "unchanged" if trend.change == 0 else _signed(trend.change, check.unit)
    if trend.per_day is not None:
        told += f"; {_signed(trend.per_day, check.unit)} a day"
    if trend.reaches is not None:
        limit, days = trend.reaches
        told += f": {words(limit, check.unit)} in {duration(days * 86400)}"
    return told


def _signed(value: float, unit: str) -> str:
    return f"{'+' if value > 0 else '−'}{words(abs(value), unit)}"
