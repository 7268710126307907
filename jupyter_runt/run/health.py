"""Health that a notebook recorded, as far as a run goes by it: the brief of a report, and what `fail_on` makes of it.

`jupyter_runt.monitoring` makes the reports. Whatever user code puts under their MIME type is looked at here with suspicion.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_runt.events import codec

MIME = "application/vnd.jupyter-runt.health+json"
"""A report; `monitoring/schemas/health-v1.json` is its shape."""
VERSION = 1

HEALTHY, PARTIAL, NO_DATA, WARNING, CRITICAL = "HEALTHY", "PARTIAL", "NO DATA", "WARNING", "CRITICAL"
STATUSES = (CRITICAL, WARNING, NO_DATA, PARTIAL, HEALTHY)
"""The worst first. PARTIAL: what is known is well, but not all is known. NO DATA: nothing is."""
FAILING = (CRITICAL, WARNING, NO_DATA)
"""What a single check may be beside OK and INFO, and is not to be."""
_OF_SEVERITY = {"critical": CRITICAL, "warning": WARNING}

FAIL_ON: Mapping[str, tuple[str, ...]] = {"critical": (CRITICAL,), "warning": (CRITICAL, WARNING)}
"""What a notebook's `fail_on` may be, and the statuses that it does not bear. It bears no ignorance either way."""
REASONS = {CRITICAL: "health_critical", WARNING: "health_warning", NO_DATA: "health_no_data"}
"""Why such a run has failed."""

LONGEST_TEXT = 200
MOST_FAILING, MOST_FAILING_BYTES = 10, 8000
"""Below what the codec would move into a blob: whoever lists reports reads no blobs."""


def brief(data: Any) -> dict[str, Any] | None:
    """What the log keeps beside a result's MIME bundle, which may live in a blob: monitor, subject, status, score, and the
    first failing checks. Small, whatever the report is. None when there is no report in the bundle, or none that says a status."""
    report = _report(data)
    if report is None:
        return None
    return {
        "monitor": _text(report.get("monitor")),
        "subject": _text(report.get("subject")),
        "status": report["status"],
        "score": _score(report.get("score")),
        "failing": _first(each for each in findings(data) if each["status"] in FAILING),
    }


def findings(data: Any) -> list[dict[str, str]]:
    """All that the report in a MIME bundle found: status, name, group, message, and the value as `shown`. What no check says,
    alerts of the notebook's own and what could not be read, comes first: it is why checks are as they are."""
    report = _report(data)
    if report is None:
        return []
    checks = [each for each in _mappings(report.get("checks")) if each.get("status") in (*FAILING, "OK", "INFO")]
    said = {_placed(each) for each in checks}
    unread = {each for each in _list(report.get("incomplete")) if isinstance(each, str)}
    alerts = []
    for each in _mappings(report.get("alerts")):
        text, group = str(each.get("message")), _text(each.get("group"))
        status = NO_DATA if text in unread else _OF_SEVERITY.get(str(each.get("severity")))
        if status is not None and text not in said:
            message = text.removeprefix(f"{group}: ") if group else text
            alerts.append({"status": status, "name": each.get("type"), "group": group, "message": message})
    return [
        {"status": each["status"], **{key: _text(each.get(key)) for key in ("name", "group", "message", "shown")}}
        for each in (*alerts, *checks)
    ]


def verdict(fail_on: str | None, briefs: Iterable[Mapping[str, Any]]) -> str | None:
    """The reason why a run whose cells all went well has failed nevertheless; None when its health is borne.

    Whoever says `fail_on` wants to know: a run that recorded no health, or one without any data, has not been found healthy.
    """
    unborne = FAIL_ON.get(fail_on or "")
    if unborne is None:
        return None
    status = worst(briefs)
    return REASONS[status] if status in (*unborne, NO_DATA) else None


def worst(briefs: Iterable[Mapping[str, Any]]) -> str:
    """The worst status of several reports; of none NO DATA."""
    return min((each["status"] for each in briefs), key=STATUSES.index, default=NO_DATA)


def message(briefs: Iterable[Mapping[str, Any]]) -> str:
    """What there is to say of an end by health: the worst report, and its worst check."""
    found = sorted(briefs, key=_badness)
    if not found:
        return "no health was recorded"
    report = found[0]
    name = title(report)
    failing = sorted(report["failing"], key=_badness)
    score = "" if report["score"] is None else f", score {report['score']:g}"
    told = ": ".join(filter(None, (failing[0]["group"], failing[0]["message"]))) if failing else ""
    return f"{name} is {report['status']}{score}" + (f"; {told}" if told else "")


def title(report: Mapping[str, Any]) -> str:
    """What a brief is of: the monitor, and what it watches."""
    return ": ".join(filter(None, (report["monitor"], report["subject"]))) or "health"


def _report(data: Any) -> Mapping[str, Any] | None:
    found = data.get(MIME) if isinstance(data, Mapping) else None
    sound = isinstance(found, Mapping) and _is_version(found.get("version")) and found.get("status") in STATUSES
    return found if sound else None


def _first(failing: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The worst of them, as many as a brief may hold."""
    worst_first = sorted(failing, key=_badness)[:MOST_FAILING]
    kept = [{key: each[key] for key in ("status", "name", "group", "message")} for each in worst_first]
    while len(codec.encode(kept)) > MOST_FAILING_BYTES:
        kept.pop()
    return kept


def _badness(found: Mapping[str, Any]) -> int:
    return STATUSES.index(found["status"])


def _placed(check: Mapping[str, Any]) -> str:
    """A check's message as its alert has it."""
    return ": ".join(str(each) for each in (check.get("group"), check.get("message")) if each)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in _list(value) if isinstance(each, Mapping)]


def _is_version(value: Any) -> bool:
    """A newer release's report counts as well, as long as it says its status in our words."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= VERSION


def _text(value: Any) -> str:
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def _score(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(min(100.0, max(0.0, float(value))), 1)
