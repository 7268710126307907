"""Schedules: those that do not fire, or whose notebook could not be run when they did. Of these there is no run that could tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_runt.client import schedules
from jupyter_runt.client.doctor.finding import Finding, counted, some
from jupyter_runt.client.local import LocalClient
from jupyter_runt.events.codec import seconds
from jupyter_runt.schedules.plan import ON_TIME_SECONDS
from jupyter_runt.store.schedules import FAILED

START = "`jupyter runt workers --start` starts a worker"


def findings(client: LocalClient, now: float) -> Iterator[Finding]:
    """`now` is the wall clock."""
    found = schedules.listed(client)
    late = [each["schedule_id"] for each in found if each["next"] and seconds(each["next"][0]) < now - ON_TIME_SECONDS]
    faults = [told for told in map(_fault, found) if told]
    if late:
        faults.append(f"due, and not fired by anybody: {some(late)}; {START}")
    for told in faults:
        yield Finding("schedule", told, "FAIL")
    if found and not faults:
        paused = sum(each["paused"] for each in found)
        coming = min((each["next"][0] for each in found if each["next"]), default=None)
        told = f"{counted(len(found), 'schedule')}{f', {paused} paused' if paused else ''}"
        following = f"the next one is due at {coming}" if coming else "none of them will be due"
        yield Finding("schedule", f"{told}; {following}")


def _fault(found: Mapping[str, Any]) -> str:
    """'' when there is nothing to complain of."""
    name, last = found["schedule_id"], found["firings"][0] if found["firings"] else {}
    if found["fault"]:
        return f"{name} cannot fire: {found['fault']}"
    if last.get("outcome") == FAILED:
        return f"{name} was due at {last['due_at']}, and its notebook could not be run: {last['message']}"
    return ""
