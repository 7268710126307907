"""Score and status of several checks. Pure.

    score = 100 × Σ weight × points / Σ weight        points: OK 1, WARNING 1/2, CRITICAL 0, NO DATA 0

over the checks that are judged (INFO does not count), a check's weight being its own times its group's. So 100 says that all is
well and known. There is no score where nothing is known, or nothing that is known has a weight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from jupyter_runt.monitoring.checks import INFO, SEVERITIES, Alert, Check
from jupyter_runt.monitoring.limits import OK
from jupyter_runt.run.health import CRITICAL, HEALTHY, NO_DATA, PARTIAL, WARNING

FORMULA = "100 × Σ weight × points / Σ weight; points: OK 1, WARNING ½, CRITICAL 0, NO DATA 0"
POINTS = {OK: 1.0, WARNING: 0.5, CRITICAL: 0.0, NO_DATA: 0.0}
GRADES = ((90, "EXCELLENT"), (75, "GOOD"), (50, "FAIR"), (0, "POOR"))
"""The least score of each."""


def score(checks: Iterable[Check], weights: Mapping[str, float]) -> float | None:
    """The score; `weights` are the groups', 1 where nothing is said."""
    judged = [(each.status, each.weight * weights.get(each.group, 1.0)) for each in checks if each.status in POINTS]
    counting = [(status, weight) for status, weight in judged if weight]
    if all(status == NO_DATA for status, _ in counting):
        return None
    if all(status == OK for status, _ in counting):
        return 100.0
    share = sum(POINTS[status] * weight for status, weight in counting) / sum(weight for _, weight in counting)
    return min(99.9, round(100 * share, 1))  # rounding must not make well what is not


def status(checks: Iterable[Check], alerts: Iterable[Alert] = (), *, incomplete: bool = False) -> str:
    """CRITICAL > WARNING > PARTIAL > HEALTHY; NO DATA where nothing that is judged is known. Alerts are those that no check gives."""
    found = {each.status for each in checks} - {INFO}
    found |= {SEVERITIES[each.severity] for each in alerts}
    for worst in (CRITICAL, WARNING):
        if worst in found:
            return worst
    if OK not in found:
        return NO_DATA
    return PARTIAL if incomplete or NO_DATA in found else HEALTHY


def grade(score: float | None) -> str:
    """EXCELLENT from 90, GOOD from 75, FAIR from 50, else POOR; '' without a score."""
    return "" if score is None else next(name for least, name in GRADES if score >= least)


def counts(checks: Iterable[Check]) -> dict[str, int]:
    """How many checks there are of each status, those that there are."""
    return dict(Counter(each.status for each in checks))
