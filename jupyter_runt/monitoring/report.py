"""A report: everything that a monitor found at one moment, with what follows from it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_runt.events.codec import iso
from jupyter_runt.monitoring import scoring
from jupyter_runt.monitoring.checks import INFO, SEVERITIES, Alert, Check
from jupyter_runt.monitoring.comparison import Comparison
from jupyter_runt.run.health import CRITICAL, NO_DATA, VERSION, WARNING


@dataclass(frozen=True, slots=True)
class Group:
    """What the checks of one group (a database, an endpoint) come to. Its status is INFO where nothing in it is judged."""

    name: str
    status: str
    score: float | None
    counts: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "status": self.status, "score": self.score, "counts": dict(self.counts)}


@dataclass(frozen=True, slots=True)
class Rating:
    """A score by a notebook's own formula, in place of ours."""

    score: float | None
    formula: str


@dataclass(frozen=True, slots=True)
class Report:
    """Times are in seconds since the epoch. `extra` are alerts that no check gives; `incomplete` those that say
    which data are not all that there are; `weights` are those of groups."""

    monitor: str
    subject: str
    at: float
    checks: Sequence[Check] = ()
    extra: Sequence[Alert] = ()
    advice: Sequence[str] = ()
    incomplete: Sequence[Alert] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    rating: Rating | None = None
    comparison: Comparison | None = None

    @property
    def status(self) -> str:
        return scoring.status(self.checks, self.extra, incomplete=bool(self.incomplete))

    @property
    def score(self) -> float | None:
        """0 to 100; None where nothing that counts is known."""
        ours = scoring.score(self.checks, self.weights)
        if self.rating is None or ours is None:
            return ours
        found = self.rating.score
        return None if found is None else round(min(100.0, max(0.0, found)), 1)

    @property
    def grade(self) -> str:
        """The score in a word."""
        return scoring.grade(self.score)

    @property
    def counts(self) -> dict[str, int]:
        """How many checks there are of each status."""
        return scoring.counts(self.checks)

    @property
    def groups(self) -> list[Group]:
        """In the order in which they came; what belongs to no group is in none."""
        found = []
        for name in dict.fromkeys(each.group for each in self.checks if each.group):
            checks = [each for each in self.checks if each.group == name]
            alerts = [each for each in self.extra if each.group == name]
            incomplete = any(each.group == name for each in self.incomplete)
            judged = alerts or incomplete or any(each.status != INFO for each in checks)
            status = scoring.status(checks, alerts, incomplete=incomplete) if judged else INFO
            found.append(Group(name, status, scoring.score(checks, {}), scoring.counts(checks)))
        return found

    @property
    def alerts(self) -> list[Alert]:
        """The most severe first."""
        found = [*(each.alert for each in self.checks), *self.extra, *self.incomplete]
        return sorted(
            (each for each in found if each is not None), key=lambda alert: list(SEVERITIES).index(alert.severity)
        )

    @property
    def recommendations(self) -> list[str]:
        """What to do, the most urgent first. Whatever is not known is to be found out."""
        checks = [each for status in (CRITICAL, WARNING) for each in self.checks if each.status == status]
        found = [*(each.advice for each in checks if each.advice), *self.advice]
        unknown = [_named(each) for each in self.checks if each.status == NO_DATA]
        if unknown:
            found.append(f"Find out why {_listed(unknown)} cannot be measured; until then nobody knows how it is.")
        return list(dict.fromkeys(found))

    def to_json(self) -> dict[str, Any]:
        """As `schemas/health-v1.json` says."""
        found: dict[str, Any] = {
            "version": VERSION,
            "monitor": self.monitor,
            "subject": self.subject,
            "at": iso(self.at),
            "status": self.status,
            "score": self.score,
            "grade": self.grade,
            "formula": scoring.FORMULA if self.rating is None else self.rating.formula,
            "counts": self.counts,
            "checks": [each.to_json() for each in self.checks],
            "groups": [each.to_json() for each in self.groups],
            "alerts": [each.to_json() for each in self.alerts],
            "recommendations": self.recommendations,
            "incomplete": [each.message for each in self.incomplete],
        }
        if self.comparison is not None:
            found["earlier"] = self.comparison.to_json()
        return found


def _named(check: Check) -> str:
    return f"{check.group}: {check.name}" if check.group else check.name


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    shown = names[:5] + [f"{len(names) - 5} more"] * (len(names) > 5)
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
