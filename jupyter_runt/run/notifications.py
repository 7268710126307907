"""What is worth telling somebody, and how it is said. Pure: a store keeps it, `worker.notifying` sends it.

The words of `settings.NOTIFY_ON`:

failed      the run has failed                     succeeded   it has succeeded
critical    health was recorded that is CRITICAL   ended       it has ended, however
warning     … that is WARNING or CRITICAL          recovered   all is well, and was not in the run before
no_data     … or should have been, without data    waiting     somebody has to answer its question
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_runt.events import Draft, Event
from jupyter_runt.events.codec import iso
from jupyter_runt.run import health
from jupyter_runt.run.state import RunState
from jupyter_runt.run.words import duration

END = "end"
"""The occasion of a run's end; that of a question is the question's id."""
RECOVERED = "recovered"
SCHEDULE = "schedule"
"""The label that a schedule's runs bear."""

MOST_REPORTS, LONGEST = 3, 300


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something to be told: to each of the targets `to` once. `on` says by which of the words, `series` what it is about, `data`
    what there is to tell (JSON)."""

    name: str
    on: tuple[str, ...]
    to: tuple[str, ...]
    series: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier run, as far as recovery goes by it: how it ended, and the (monitor, subject, status) of what it recorded."""

    run_id: str
    status: str
    reports: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `kind` is a word of Apprise's: info, success, warning or failure."""

    title: str
    body: str
    kind: str


# -- when --------------------------------------------------------------------------------------------------------------


def occasions(state: RunState, facts: Iterable[Draft | Event], recovered: Callable[[], bool]) -> list[Occasion]:
    """What these facts, which `state` holds already, give to tell. `recovered` is asked only where it matters."""
    to = state.policy.notify.to
    found = []
    for fact in facts if to else ():
        if fact.type == "run.finished":
            found.append(Occasion(END, _words_of_end(state, recovered), to, _series(state), _told(state)))
        elif fact.type == "input.requested" and _is_waiting(state, fact.data["input_id"]):
            told = {**_told(state), "prompt": _short(fact.data["prompt"])}
            found.append(Occasion(fact.data["input_id"], ("waiting",), to, _series(state), told))
    return [each for each in found if each.on]


def _words_of_end(state: RunState, recovered: Callable[[], bool]) -> tuple[str, ...]:
    status = health.worst(state.health.values()) if state.health else ""
    wanted = state.policy.notify.on
    so = {
        "failed": state.status == "failed",
        "critical": status == health.CRITICAL,
        "warning": status in health.FAIL_ON["warning"],
        "no_data": health.NO_DATA in (status, _missing(state)),
        "succeeded": state.status == "succeeded",
        "ended": True,
        RECOVERED: RECOVERED in wanted and is_well(state.status, [status] if status else []) and recovered(),
    }
    return tuple(word for word in wanted if so.get(word))


def _missing(state: RunState) -> str:
    return health.NO_DATA if state.reason == health.REASONS[health.NO_DATA] else ""


def _is_waiting(state: RunState, input_id: str) -> bool:
    """Whether a person has to answer. A question that the run's own policy answers, or fails at, is none."""
    asked = state.question
    open_for_people = state.policy.input.policy == "wait" and asked is not None and not asked.answered
    return "waiting" in state.policy.notify.on and open_for_people and asked is not None and asked.id == input_id


def is_well(status: str, health_statuses: Iterable[str]) -> bool:
    """Whether there is nothing to complain of: it went well, and so is all that it recorded."""
    return status == "succeeded" and all(each in (health.HEALTHY, health.PARTIAL) for each in health_statuses)


def has_recovered(
    reports: Mapping[str, Mapping[str, Any]], earlier: Iterable[Past], same: Callable[[Past], bool]
) -> bool:
    """Whether the run before was not well. `reports` are those of the run that is; `earlier` runs of the same notebook or schedule
    come newest first. One that was cancelled says nothing, one that watched something else neither; `same` tells of one that
    recorded no health (any more) whether it was asked for the same."""
    monitors = {(each["monitor"], each["subject"]) for each in reports.values()}
    for past in earlier:
        if past.status == "cancelled":
            continue
        watched = {(monitor, subject) for monitor, subject, _ in past.reports}
        if (monitors & watched) if monitors and watched else same(past):
            return not is_well(past.status, [status for *_, status in past.reports])
    return False


# -- what --------------------------------------------------------------------------------------------------------------


def _series(state: RunState) -> str:
    """What messages are counted by: the monitor, or the notebook where there is none."""
    return min((health.title(each) for each in state.health.values()), default=state.name)


def _told(state: RunState) -> dict[str, Any]:
    """All that a message needs, so that it can be made without the log. Secrets have been taken out of it where it came in."""
    found: dict[str, Any] = {"name": state.name, "title": state.title, "status": state.status}
    cell = state.cells.get(state.culprit or state.current or "")
    error = cell.error if cell is not None and state.culprit else None
    more = {
        "reason": state.reason,
        "message": _short(state.message),
        "cell": cell.id if cell is not None else None,
        "error": ": ".join(filter(None, (_short(error.get(key)) for key in ("ename", "evalue")))) if error else "",
        "duration": state.duration,
        "attempt": state.attempt if state.attempt > 1 else None,
        "schedule": state.labels.get(SCHEDULE),
        "health": [
            {"title": health.title(each), "status": each["status"], "score": each["score"], "failing": each["failing"]}
            for each in sorted(state.health.values(), key=lambda each: health.STATUSES.index(each["status"]))
        ][:MOST_REPORTS],
    }
    return found | {name: value for name, value in more.items() if value not in (None, "", [])}


def message(
    run_id: str,
    on: Sequence[str],
    told: Mapping[str, Any],
    *,
    link: str | None,
    held_back: int = 0,
    until: float | None = None,
) -> Message:
    """`held_back` messages about the same were not sent before this one; `until` then (seconds since the epoch) none is sent any
    more."""
    reports = told.get("health", [])
    lines = [_named(told), _ending(told)]
    if "error" in told:
        lines.append(f"cell {told['cell']}: {told['error']}")
    elif "message" in told and not _is_by_health(told):  # which the reports say at length
        lines.append(told["message"])
    if "prompt" in told:
        lines += [f"it asks: {told['prompt']}", f"answer it with: jupyter runt reply {run_id}"]
    for each in reports:
        lines.append(_scored(each))
        lines += [f"  {found['status']} {_place(found)}{found['message']}" for found in each["failing"]]
    lines.append(f"run {run_id}{f', schedule {told[SCHEDULE]}' if SCHEDULE in told else ''}")
    lines.append(link or f"jupyter runt show {run_id}")
    if held_back:
        lines += [
            "",
            f"{held_back} message{'s' if held_back > 1 else ''} about this had been held back before this one.",
        ]
    if until is not None:
        lines += ["", f"There are too many messages about this: more are held back until {iso(until)}."]
    return Message(_headline(on, told), "\n".join(lines), _kind(on, told))


def _headline(on: Sequence[str], told: Mapping[str, Any]) -> str:
    if "waiting" in on:
        return f"waiting for an input: {told['title'] or told['name']}"
    reports = told.get("health", [])
    word = RECOVERED if RECOVERED in on else told["status"]
    if reports and (told["status"] == "succeeded" or _is_by_health(told)):
        return f"{word}: {_scored(reports[0])}" if word != "succeeded" else _scored(reports[0])
    return f"{word}: {told['title'] or told['name']}"


def _is_by_health(told: Mapping[str, Any]) -> bool:
    return "health" in told and told.get("reason") in health.REASONS.values()


def _named(told: Mapping[str, Any]) -> str:
    return f"{told['title']} ({told['name']})" if told["title"] else str(told["name"])


def _ending(told: Mapping[str, Any]) -> str:
    reason = f" ({told['reason']})" if "reason" in told else ""
    took = f" after {duration(told['duration'])}" if "duration" in told else ""
    attempt = f", attempt {told['attempt']}" if "attempt" in told else ""
    return f"status: {told['status']}{reason}{took}{attempt}"


def _scored(report: Mapping[str, Any]) -> str:
    score = "" if report["score"] is None else f", score {report['score']:g}"
    return f"{report['title']} is {report['status']}{score}"


def _place(found: Mapping[str, Any]) -> str:
    return f"{found['group']}: " if found["group"] else ""


def _kind(on: Sequence[str], told: Mapping[str, Any]) -> str:
    statuses = [each["status"] for each in told.get("health", [])]
    if told["status"] == "failed" or health.CRITICAL in statuses:
        return "failure"
    if "waiting" in on or not all(each in (health.HEALTHY, health.PARTIAL) for each in statuses):
        return "warning"
    return "success" if told["status"] == "succeeded" else "info"


def _short(text: Any) -> str:
    """What a message bears of a text; a large one lives elsewhere."""
    if not isinstance(text, str):
        return ""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
