"""`Health`: collects what a monitor finds, shows it, and keeps it as the run's result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock
from types import TracebackType
from typing import Any, TypeVar

from jupyter_runt.errors import UsageError
from jupyter_runt.kernel.recording import record
from jupyter_runt.monitoring import values
from jupyter_runt.monitoring.checks import Alert, Check, check, status_of
from jupyter_runt.monitoring.earlier import Earlier
from jupyter_runt.monitoring.report import Rating, Report
from jupyter_runt.monitoring.showing import bundle, text

RESULT = "health"
T = TypeVar("T")


class Checks:
    """What checks can be added to, from any thread."""

    def __init__(self, health: Health, name: str) -> None:
        self._health, self.name = health, name

    def check(self, name: str, value: Any, **options: Any) -> Check:
        """Judges a measurement (see `check`), and keeps it; the last one of a name counts."""
        found = check(name, value, **{"group": self.name, **options})
        self._health.add(found)
        return found

    def alert(self, message: str, *, severity: str = "warning", type: str = "", group: str | None = None) -> None:
        """Something to know that is no measurement. critical and warning are as bad as a check that is."""
        status_of(severity)
        self._health.keep(self._alert(type or "alert", message, severity, group))

    def incomplete(self, message: str, *, group: str | None = None) -> None:
        """Says that not all data are there: a result that was cut, a part that could not be read. It is PARTIAL then, at best."""
        self._health.keep(self._alert("incomplete", message, "info", group))

    def attempt(self, name: str, measure: Callable[[], T]) -> T | None:
        """What `measure` returns; None when it raises, and a check of that name without data."""
        try:
            return measure()
        except Exception as error:  # noqa: BLE001 - whatever keeps somebody's code from measuring: it is not known then
            self._unknown(name, error)
            return None

    def _alert(self, type: str, message: str, severity: str, group: str | None) -> Alert:
        name = self.name if group is None else values.text_of("group", group, empty=True)
        told = values.text_of("message", message)
        return Alert(values.text_of("type", type), f"{name}: {told}" if name else told, severity, name)

    def _unknown(self, name: str, error: Exception) -> None:
        def again() -> None:
            raise error

        self.check(name, again)


class Group(Checks):
    """The checks of one thing among several: a database, an endpoint.

    As a context: an exception inside is no data of this group, and the others go on.
    """

    def __enter__(self) -> Group:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, UsageError) or not isinstance(error, Exception):
            return False  # what the notebook does wrong is to be seen, and Ctrl-C is no measurement
        self._unknown("the rest", error)
        return True


class Health(Checks):
    """What a monitor found. With its `subject` (this machine, that account) the name tells it from other monitors; reports of
    the same one are compared over time.

    As a context it records itself in the end. An exception inside is still raised, after what was found has been recorded.
    """

    def __init__(self, monitor: str, *, subject: str = "", clock: Callable[[], float] = time.time) -> None:
        """`clock` gives the wall time."""
        self.monitor = values.text_of("the monitor's name", monitor)
        self.subject = values.text_of("subject", subject, empty=True)
        self._clock = clock
        self._lock = Lock()
        self._checks: dict[tuple[str, str], Check] = {}
        self._alerts: dict[Alert, None] = {}
        self._advice: dict[str, None] = {}
        self._weights: dict[str, float] = {}
        self._rating: Rating | None = None
        self._earlier = Earlier(self.monitor, self.subject)
        super().__init__(self, "")

    def group(self, name: str, *, weight: float = 1.0) -> Group:
        """The group of that name; its checks count `weight` times as much."""
        group = Group(self, values.text_of("a group's name", name))
        self._weights[group.name] = values.weight_of(weight)
        return group

    def add(self, *checks: Check) -> None:
        """Keeps checks that were made by themselves; the last one of a group and name counts."""
        with self._lock:
            for each in checks:
                self._checks[each.group, each.name] = each

    def keep(self, alert: Alert) -> None:
        """Keeps an alert as it is."""
        with self._lock:
            self._alerts[alert] = None

    def recommend(self, advice: str) -> None:
        """Something to do, behind what the checks advise."""
        self._advice[values.text_of("advice", advice)] = None

    def rate(self, score: float | None, formula: str) -> None:
        """A score by a formula of the notebook's own, which is shown with it; kept within 0 and 100. None: it cannot be told."""
        found, _ = values.plain(score)
        number = None if found is None or isinstance(found, bool | str) else float(found)
        self._rating = Rating(number, values.text_of("formula", formula))

    @property
    def report(self) -> Report:
        """What was found so far, as it is judged now; without earlier reports."""
        with self._lock:
            checks, alerts = tuple(self._checks.values()), tuple(self._alerts)
        return Report(
            monitor=self.monitor,
            subject=self.subject,
            at=self._clock(),
            checks=checks,
            extra=tuple(each for each in alerts if each.type != "incomplete"),
            incomplete=tuple(each for each in alerts if each.type == "incomplete"),
            advice=tuple(self._advice),
            weights=dict(self._weights),
            rating=self._rating,
        )

    def record(self, name: str = RESULT) -> None:
        """Shows the report, compared with those of earlier runs, and keeps it as the run's result of that name."""
        record(name, bundle(self._earlier.beside(self.report)), mime=True)

    def __enter__(self) -> Health:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            self.incomplete(values.shortened(f"it ended early: {values.failure(error)}"))
        if error is None or isinstance(error, Exception):
            self.record()

    def __repr__(self) -> str:
        return text(self.report)

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return bundle(self.report)
