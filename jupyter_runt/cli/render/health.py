"""Health that a run recorded, as its renderers tell of it: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_runt.run import health
from jupyter_runt.run.state import RunState

Finding = Mapping[str, str]
"""One of `run.health.findings`."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a run. `unborne` says that the notebook's `fail_on` does not bear it: the run has failed."""

    title: str
    monitor: str
    subject: str
    status: str
    score: float | None
    findings: Sequence[Finding]
    unborne: bool

    @property
    def failing(self) -> list[Finding]:
        """What is not well or not known, the worst first."""
        return [each for status in health.FAILING for each in self.findings if each["status"] == status]

    @property
    def standing(self) -> str:
        """`CRITICAL, score 37.5`."""
        return f"{self.status}, {scored(self.score)}"


def reports(state: RunState, findings: Mapping[str, Sequence[Finding]]) -> list[Report]:
    """The reports of a run, the worst first. `findings` are by the result's name; without them a report has those of its brief."""
    found = [
        Report(
            health.title(brief),
            brief["monitor"],
            brief["subject"],
            brief["status"],
            brief["score"],
            findings.get(name) or brief["failing"],
            _unborne(state, brief["status"]),
        )
        for name, brief in state.health.items()
    ]
    return sorted(found, key=lambda each: health.STATUSES.index(each.status))


def _unborne(state: RunState, status: str) -> bool:
    """No report without data makes a run fail where another one says more."""
    if status == health.NO_DATA:
        return state.reason == health.REASONS[health.NO_DATA]
    return status in health.FAIL_ON.get(state.policy.fail_on or "", ())


def scored(score: float | None) -> str:
    """`score 87.5`"""
    return "no score" if score is None else f"score {score:g}"


def name_of(finding: Finding) -> str:
    """`orders-db: disk`"""
    return ": ".join(filter(None, (finding["group"], finding["name"])))


def text_of(finding: Finding) -> str:
    """`orders-db: disk is 97 %, above 95 %`; the name where there is no message."""
    return ": ".join(filter(None, (finding["group"], finding["message"] or finding["name"])))


def few(lines: Sequence[str], most: int) -> list[str]:
    """The first of them, and how many there are besides."""
    return [*lines[:most], *([f"and {len(lines) - most:,} more"] if len(lines) > most else [])]
