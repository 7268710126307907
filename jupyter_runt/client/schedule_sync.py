"""Schedules made equal to what notebooks declare in their `metadata.schedule`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jupyter_runt.client import schedules
from jupyter_runt.client.base import Order
from jupyter_runt.client.schedules import Wanted
from jupyter_runt.errors import NotebookError, RuntError, UsageError
from jupyter_runt.notebook import durations, library
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.schedules.definition import Definition, id_from
from jupyter_runt.store.schedules import ScheduleRow

if TYPE_CHECKING:
    from jupyter_runt.client.local import LocalClient

ADDED, CHANGED, UNCHANGED, REMOVED = "added", "changed", "unchanged", "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one schedule, or, in a dry run, would become of it."""

    schedule_id: str
    action: str
    origin: str
    cron: str = ""
    tz: str = ""


def sync(
    client: LocalClient, places: Sequence[str], zone: str, folders: Sequence[str], *, dry_run: bool = False
) -> list[Change]:
    """Adds and changes the schedules that the notebooks at these places (files, or folders with all that is in them) declare, and
    removes those that `sync` made from notebooks there which declare none any more. All or, when any notebook is at fault,
    none. `zone` is that of schedules which name none. UsageError and its kinds."""
    roots = [os.path.realpath(each) for each in places]
    wanted = [wanted_of(path, notebook, zone) for path, notebook in _declaring(roots)]
    _refuse_twins(wanted)
    known = {row.schedule_id: row for row in client.store.schedules()}
    definitions = [_defined(client, each, folders) for each in wanted]
    changes = [_change(known.get(each.schedule_id), each) for each in definitions]
    kept = {each.schedule_id for each in definitions}
    gone = [
        row for name, row in known.items() if name not in kept and _is_below(row.definition.get("origin", ""), roots)
    ]
    for origin in {row.definition["origin"] for row in gone}:
        if os.path.exists(origin):
            library.load(origin)  # one that cannot be read, now that somebody is saving it, say, may well declare one
    changes += [Change(row.schedule_id, REMOVED, row.definition["origin"]) for row in gone]
    if not dry_run:
        for each, change in zip(wanted, changes, strict=False):
            if change.action != UNCHANGED:
                schedules.add(client, each, folders)
        for row in gone:
            client.store.remove_schedule(row.schedule_id)
    return sorted(changes, key=lambda change: change.schedule_id)


def wanted_of(path: str, notebook: Notebook, zone: str) -> Wanted:
    """The schedule that a notebook declares: a cron expression, or an object with `cron` and more. UsageError names the file."""
    given = notebook.metadata["schedule"]
    declared: dict[str, Any] = {"cron": given} if isinstance(given, str) else dict(given)
    zone = declared.get("tz") or zone
    try:
        return Wanted(
            order=Order(notebook=path),
            cron=declared["cron"],
            tz=zone,
            schedule_id=declared.get("id") or id_from(path),
            pinned=bool(declared.get("pinned", False)),
            misfire=declared.get("misfire") or "once",
            window=durations.seconds(declared.get("window", 86400)),
            overlap=declared.get("overlap") or "skip",
            ends_at=ends_at(declared.get("until"), zone),
            origin=path,
            replace=True,
        )
    except (ValueError, UsageError) as error:
        raise UsageError(f"{path}: metadata.schedule: {error}", remedy=getattr(error, "remedy", "")) from error


def ends_at(text: str | None, zone: str) -> float | None:
    """The end that is meant by `2027-01-31`, a day which still counts, or `2027-01-31T18:00`. ValueError."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    with suppress(ValueError):  # it is no day alone
        moment = datetime.combine(date.fromisoformat(text), time(23, 59, 59))
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()
    except (KeyError, OSError) as error:
        raise ValueError(f"there is no time zone {zone!r}") from error


def _declaring(roots: Sequence[str]) -> Iterator[tuple[str, Notebook]]:
    for root in roots:
        if not os.path.exists(root):
            raise UsageError(
                f"There is no file or folder {root}.",
                remedy="`jupyter runt schedule rm` removes the schedules of one that is gone.",
            )
    # Places may overlap, as a folder and a file in it do.
    for path in dict.fromkeys(path for root in roots for path in _notebooks(Path(root))):
        notebook = library.load(path)
        if notebook.metadata.get("schedule"):
            yield str(path), notebook


def _notebooks(root: Path) -> Iterator[Path]:
    """The file, or those in the folder and below it; not what is hidden."""
    if root.is_file():
        yield root
        return
    for folder, names, files in os.walk(root, onerror=_refuse_unread):
        names[:] = sorted(name for name in names if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if _may_be_a_notebook(Path(folder, name)))


def _refuse_unread(error: OSError) -> None:
    raise UsageError(f"The folder {error.filename} cannot be read: {error.strerror}.")


def _may_be_a_notebook(path: Path) -> bool:
    """Other YAML files lie in folders, too."""
    if path.name.startswith(".") or path.suffix.lower() not in library.SUFFIXES:
        return False
    try:
        text = library.text(path)
    except (RuntError, OSError):
        return False
    return "schedule" in text and "cells" in text


def _defined(client: LocalClient, wanted: Wanted, folders: Sequence[str]) -> Definition:
    try:
        return schedules.define(client, wanted, folders)
    except NotebookError:
        raise  # it names the file itself
    except UsageError as error:
        raise UsageError(f"{wanted.origin}: {error.message}", remedy=error.remedy) from error


def _refuse_twins(wanted: Sequence[Wanted]) -> None:
    seen: dict[str, str] = {}
    for each in wanted:
        if each.schedule_id in seen:
            raise UsageError(
                f"{seen[each.schedule_id]} and {each.origin} would both be the schedule {each.schedule_id!r}.",
                remedy="Give one of them another id: schedule: {cron: …, id: …}",
            )
        seen[each.schedule_id] = each.origin


def _change(known: ScheduleRow | None, wanted: Definition) -> Change:
    made = (wanted.schedule_id, wanted.origin, wanted.cron, wanted.tz)
    if known is None:
        return Change(made[0], ADDED, *made[1:])
    if not known.definition.get("origin"):
        raise UsageError(
            f"The schedule {wanted.schedule_id!r} was not made by sync, and {wanted.origin} declares one of that id.",
            remedy=f"Remove it (jupyter runt schedule rm {wanted.schedule_id}), or give the notebook's another id.",
        )
    same = _declared(wanted.to_json()) == _declared(known.definition)
    return Change(made[0], UNCHANGED if same else CHANGED, *made[1:])


def _declared(definition: Mapping[str, Any]) -> dict[str, Any]:
    """What of it a file, and the environment in which it is read, can change. A PATH differs from shell to shell."""
    beside = ("created_at", "requested_by", "via", "environment")
    program = (definition.get("environment") or {}).get("argv")
    return {name: value for name, value in definition.items() if name not in beside} | {"program": program}


def _is_below(origin: str, roots: Sequence[str]) -> bool:
    return bool(origin) and any(origin == root or origin.startswith(root.rstrip("/") + "/") for root in roots)
