"""Schedules as people read them; times are those of each schedule's own zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jupyter_runt.cli.render import tables
from jupyter_runt.cli.render.health import scored
from jupyter_runt.events.codec import seconds
from jupyter_runt.notebook import values

HEADERS = ["SCHEDULE", "CRON", "ZONE", "NEXT", "LAST", "NOTEBOOK"]


def line(found: Mapping[str, Any], now: float) -> list[str]:
    """A schedule in the columns of HEADERS."""
    last = outcome(found["firings"][0]) if found["firings"] else ""
    return [found["schedule_id"], found["cron"], found["tz"], _state(found, now), last, found["notebook"]]


def told(found: Mapping[str, Any], now: float) -> str:
    """All about one schedule."""
    zone = found["tz"]
    parts = ["\n".join(_head(found))]
    if found["next"]:
        rows = [[when(at, zone), f"in {tables.duration(seconds(at) - now)}"] for at in found["next"]]
        parts.append(tables.table(["NEXT", ""], rows))
    if found["firings"]:
        firings = [[_due(each, zone), outcome(each), each["run_id"] or _one_line(each)] for each in found["firings"]]
        parts.append(tables.table(["WAS DUE", "WHAT CAME OF IT", "RUN"], firings))
    else:
        parts.append("It has not been due yet.")
    return "\n\n".join(parts)


def outcome(firing: Mapping[str, Any]) -> str:
    """What came of a due time in a few words; of its run's status where there is one."""
    if firing["run_id"] is None:
        return f"{firing['outcome']} ({firing['count']} times)" if firing["count"] > 1 else str(firing["outcome"])
    words = [firing["status"] or "removed"]
    if firing["health"]:
        words += [firing["health"], scored(firing["score"])]
    return ", ".join([*words, *(["by hand"] if firing["outcome"] == "by hand" else [])])


def when(at: str, zone: str) -> str:
    """A time on the clocks of a zone; of UTC where this machine does not know it."""
    known: tzinfo = UTC
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        known = ZoneInfo(zone)
    moment = datetime.fromisoformat(at).astimezone(known)
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z" if moment.second else "%Y-%m-%d %H:%M %Z")


def _head(found: Mapping[str, Any]) -> Sequence[str]:
    pinned = f", as it was at {when(found['created_at'], found['tz'])}" if found["pinned"] else ""
    lines = [f"{found['schedule_id']}: {found['notebook']}{pinned}"]
    lines.append(f"{found['cron']} in {found['tz']}{': ' if found['words'] else ''}{found['words']}")
    rules = [f"misfire {found['misfire']} within {tables.duration(found['window'])}", f"overlap {found['overlap']}"]
    if found["ends_at"]:
        rules.append(f"ends {when(found['ends_at'], found['tz'])}")
    lines.append("; ".join(rules))
    lines += [f"kernel: {found['program']}"] if found["program"] else []
    given = ", ".join(f"{name}={values.shown(value)}" for name, value in found["parameters"].items())
    lines += [f"parameters: {given}"] if given else []
    lines += ["It is paused."] if found["paused"] else []
    lines += ["It is over."] if not found["paused"] and not found["next"] and not found["fault"] else []
    return [*lines, found["fault"]] if found["fault"] else lines


def _state(found: Mapping[str, Any], now: float) -> str:
    if found["paused"]:
        return "paused"
    if found["fault"]:
        return "cannot fire"
    return f"in {tables.duration(seconds(found['next'][0]) - now)}" if found["next"] else "over"


def _due(firing: Mapping[str, Any], zone: str) -> str:
    first = when(firing["due_at"], zone)
    return first if firing["count"] == 1 else f"{first} … {when(firing['last_at'], zone)}"


def _one_line(firing: Mapping[str, Any]) -> str:
    return " ".join(firing["message"].split())
