"""Schedules: defined, listed, changed, and the run that a due time makes."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from jupyter_runt import ids
from jupyter_runt.client import orders, stillborn
from jupyter_runt.client.base import Order, Queued, Wishes
from jupyter_runt.client.request import Prepared, Request, os_user, prepare
from jupyter_runt.errors import NotebookError, Problem, Refused, RuntError, ScheduleError, UsageError
from jupyter_runt.events import codec
from jupyter_runt.kernel import specs
from jupyter_runt.notebook import library, values
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.run.notifications import SCHEDULE
from jupyter_runt.schedules.definition import Definition, id_from
from jupyter_runt.store.base import Submission
from jupyter_runt.store.schedules import BY_HAND, Fire, FiringRow, Outcome, ScheduleRow

if TYPE_CHECKING:
    from jupyter_runt.client.local import LocalClient

COMING = 5
"""Due times that are told in advance."""
FIRINGS = 20
TIMES = {"cron", "tz", "ends_at"}
"""What of a definition says when it is due."""
OF_DUE_TIME = tuple(each.name for each in fields(FiringRow))
OF_RUN = tuple(each.name for each in fields(Outcome) if each.name != "firing")
INSTANTS = {"due_at", "last_at", "at", "started_at", "finished_at"}
"""How a firing is shown, of which a list has thousands."""
ATTEMPTS = 5
"""A schedule that changes while it is changed is read again so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asks of a schedule. `pinned`: the notebook as it is now, whatever becomes of its file; `replace`: one of that id
    that is there already. Times are in seconds."""

    order: Order
    cron: str
    tz: str
    schedule_id: str = ""
    pinned: bool = False
    misfire: str = "once"
    window: float = 86400.0
    overlap: str = "skip"
    ends_at: float | None = None
    origin: str = ""
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Which notebook a schedule runs, once it is found. `place` is the path of its file, a template's name, or else what it is
    called; `content` its text when that is kept; `folder` where the kernel works if nothing else is said."""

    place: str
    name: str
    content: str | None
    folder: str


# -- definitions -------------------------------------------------------------------------------------------------------


def define(client: LocalClient, wanted: Wanted, folders: Sequence[str], by: str = "") -> Definition:
    """What is wanted as a schedule, checked as far as can be: its notebook could be run now. UsageError and its kinds."""
    return _defined(client, wanted, source_of(wanted, folders), folders, by)[0]


def source_of(wanted: Wanted, folders: Sequence[str]) -> Source:
    """The notebook that an order names at hand. NotebookError with every fault of what is kept."""
    order = wanted.order
    if order.notebook == library.STDIN:
        path = f"<{order.content_name}>"
        library.parse(order.content, path)
        return Source(order.content_name, order.content_name, library.text(path, order.content), os.getcwd())
    path = str(library.find(order.notebook, folders))
    at_hand = os.path.exists(order.notebook)
    content = library.text(path) if wanted.pinned else None
    if content is not None:
        library.parse(content.encode(), path)
    place = os.path.abspath(path) if at_hand else order.notebook
    return Source(place, os.path.basename(path), content, os.path.dirname(place) if at_hand else os.getcwd())


def _defined(
    client: LocalClient, wanted: Wanted, source: Source, folders: Sequence[str], by: str, via: str = ""
) -> tuple[Definition, list[str]]:
    """The definition, and what whoever asks for it should know."""
    definition = Definition(
        schedule_id=wanted.schedule_id or id_from(source.name),
        cron=wanted.cron,
        tz=wanted.tz,
        notebook=source.place,
        content=source.content,
        content_name=source.name,
        order=_order_json(wanted.order, source.folder),
        misfire=wanted.misfire,
        window=wanted.window,
        overlap=wanted.overlap,
        ends_at=wanted.ends_at,
        origin=wanted.origin,
        requested_by=by or os_user(),
        via=via,
        created_at=client.now(),
    )
    definition.calendar()
    prepared = SchedulesDesk(client, folders).prepared(definition, client.now(), starts_worker=client.start_workers)
    notify = {name: list(told) for name, told in prepared.submission.submitted.data["policy"]["notify"].items()}
    whole = replace(definition, environment=specs.to_json(prepared.launch), notify=notify)
    return whole, [str(note) for note in prepared.notes]


def first_due(definition: Definition, now: float) -> float | None:
    """None when it is never due again."""
    coming = definition.calendar().after(now)
    ended = coming is not None and definition.ends_at is not None and coming > definition.ends_at
    return None if ended else coming


def _order_json(order: Wishes, folder: str) -> dict[str, Any]:
    """As JSON, and without anything that would mean something else to a worker, which has another folder."""
    found = {each.name: getattr(order, each.name) for each in fields(Wishes) if each.name != "idempotency_key"}
    found |= {
        "layers": values.to_json(order.layers),
        "answers": list(order.answers),
        "labels": dict(order.labels),
        "cwd": os.path.abspath(os.path.expanduser(order.cwd or folder)),
        "env_file": os.path.abspath(order.env_file) if order.env_file else None,
        "input": "wait" if order.input == "ask" else order.input,
    }
    return {name: value for name, value in found.items() if value not in (None, [], {}, "", False, 0)}


# -- the run of a due time ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SchedulesDesk:
    """What a worker that fires schedules asks of its client."""

    client: LocalClient
    folders: Sequence[str] = ()

    def prepare(self, definition: Definition, due_at: float) -> Submission:
        """The run of a due time. Its notebook is read now, unless it was pinned. UsageError and its kinds, KernelError."""
        return self.prepared(definition, due_at).submission

    def prepared(self, definition: Definition, due_at: float, *, starts_worker: bool = False) -> Prepared:
        """The same, with what is to be told about it. `starts_worker`: this process will, where none lives."""
        given = {**definition.order, "layers": values.from_json(definition.order.get("layers", []))}
        order = orders.options(self.client, Order(notebook=definition.notebook, start_worker=starts_worker, **given))
        order["labels"] = {**order["labels"], SCHEDULE: definition.schedule_id}
        request = Request(
            notebook=self._notebook(definition),
            run_id=_run_id(due_at),
            name=definition.content_name,
            orphan_timeout=self.client.orphan_timeout,
            notify=self.client.notify,
            launch=specs.from_json(definition.environment) if definition.environment else None,
            requested_by=definition.requested_by,
            via=definition.via,
            **order,
        )
        return prepare(request)

    def failed(self, definition: Definition, due_at: float, error: RuntError) -> Submission | None:
        """The run of a due time that could not be prepared, as it was said: it fails, and that is told as of any other run. None of a
        schedule that does not know its environment."""
        return stillborn.submission(definition, _run_id(due_at), error) if definition.environment else None

    def _notebook(self, definition: Definition) -> Notebook:
        if definition.content is not None:
            notebook = library.parse(definition.content.encode(), definition.content_name)
            return replace(notebook, source_path=definition.notebook if os.path.isabs(definition.notebook) else "")
        if os.path.isabs(definition.notebook):
            return library.load(definition.notebook)
        # A template: what lies in the folder of whoever asks is none.
        path = library.find_template(definition.notebook, self.folders)
        if path is None:
            raise NotebookError([Problem("there is no template of that name any more", definition.notebook)])
        return library.load(path)

    def end(self, run_id: str) -> None:
        """Ends a run that was asked to, if nobody drives it; else its worker does. StoreError."""
        with suppress(UsageError):  # somebody has deleted it
            self.client.end_unattended(run_id)


def _run_id(due_at: float) -> str:
    """An id of that second. Due times have no milliseconds: with 20 random bits alone, two of 200 runs that are due at once would have
    the same id every fiftieth time."""
    random = SystemRandom()
    return ids.run_id(math.floor(due_at) + random.randrange(1000) / 1000, random)


# -- what is asked of schedules ----------------------------------------------------------------------------------------


def add(
    client: LocalClient,
    wanted: Wanted,
    folders: Sequence[str],
    by: str = "",
    *,
    via: str = "",
    source: Source | None = None,
) -> dict[str, Any]:
    """Defines a schedule, and sees to it that a worker lives that fires it. `source`: its notebook, where the order does not name it.
    UsageError and its kinds; Refused when there is one of its id and `replace` was not asked for."""
    definition, warnings = _defined(client, wanted, source or source_of(wanted, folders), folders, by, via)
    # What a file declares may be over: the file would have to be changed on that day.
    coming = (first_due if wanted.origin else _coming_soon)(definition, client.now())
    row = ScheduleRow(definition.schedule_id, definition.to_json(), coming)
    if wanted.replace and row.schedule_id in {each.schedule_id for each in client.store.schedules()}:
        _change(client, row.schedule_id, lambda known: replace(row, revision=known.revision, paused=known.paused,
                                                               next_at=None if known.paused else row.next_at))  # fmt: skip
    else:
        client.store.add_schedule(row)
    client.tend()
    return {**shown(client, row.schedule_id), "warnings": warnings}


def pause(client: LocalClient, schedule_id: str, paused: bool) -> dict[str, Any]:
    """A paused schedule is never due; one that is resumed makes up for nothing. NotFound."""
    return change(client, schedule_id, paused=paused)


def change(client: LocalClient, schedule_id: str, *, paused: bool | None = None, **values: Any) -> dict[str, Any]:
    """Pauses or resumes it, and gives its definition other `values`, by their names there. NotFound, UsageError and its kinds."""

    def changed(known: ScheduleRow) -> ScheduleRow:
        now_paused = known.paused if paused is None else paused
        if now_paused and not values:  # whatever it is: of a newer release, or of a zone that is not known here
            return replace(known, paused=True, next_at=None)
        definition = replace(Definition.of_json(known.definition), **values)
        definition.calendar()
        coming = known.next_at
        if now_paused:
            coming = None
        elif TIMES & values.keys():
            coming = _coming_soon(definition, client.now())
        elif known.paused:
            coming = first_due(definition, client.now())
        kept = {**known.definition, **definition.to_json()}
        return replace(known, definition=kept, paused=now_paused, next_at=coming)

    _change(client, schedule_id, changed)
    client.tend()
    return shown(client, schedule_id)


def run_now(
    client: LocalClient,
    schedule_id: str,
    folders: Sequence[str],
    by: str = "",
    *,
    via: str = "",
    start_worker: bool = True,
) -> Queued:
    """One run more, whatever its due times and its overlap policy say. NotFound, UsageError and its kinds."""
    for _ in range(ATTEMPTS):
        row, now = client.store.schedule(schedule_id), client.now()
        definition = replace(Definition.of_json(row.definition), requested_by=by or os_user(), via=via)
        prepared = SchedulesDesk(client, folders).prepared(definition, now)
        run_id = prepared.submission.run_id
        firing = FiringRow(schedule_id, now, BY_HAND, run_id)
        if client.store.fire([Fire(row, row.next_at, [firing], [prepared.submission])]) == [True]:
            started = start_worker and client.ensure_worker() is not None
            return Queued(run_id, True, "queued", [str(note) for note in prepared.notes], started)
    raise Refused(f"The schedule {schedule_id} changes all the time.", remedy="Try again.")


def _coming_soon(definition: Definition, now: float) -> float:
    """When it is first due. ScheduleError when it never is: nobody wants that."""
    coming = first_due(definition, now)
    if coming is None:
        end = ""
        if definition.ends_at is not None:
            end = f": it ends at {datetime.fromtimestamp(definition.ends_at, definition.calendar().zone):%Y-%m-%d %H:%M %Z}"
        raise ScheduleError(
            f"The schedule {definition.schedule_id!r} would never be due{end}.",
            remedy="Choose a later end, or other times.",
        )
    return coming


def _change(client: LocalClient, schedule_id: str, changed: Callable[[ScheduleRow], ScheduleRow]) -> None:
    for _ in range(ATTEMPTS):
        if client.store.change_schedule(changed(client.store.schedule(schedule_id))):
            return
    raise Refused(f"The schedule {schedule_id} changes all the time.", remedy="Try again.")


# -- how they are shown ------------------------------------------------------------------------------------------------


def listed(client: LocalClient, firings: int = 1) -> list[dict[str, Any]]:
    """Every schedule with so many of its firings, the last ones."""
    outcomes = client.store.last_firings(limit=firings) if firings else {}
    return [_shown(row, outcomes.get(row.schedule_id, ())) for row in client.store.schedules()]


def shown(client: LocalClient, schedule_id: str) -> dict[str, Any]:
    """One schedule: its definition, its next due times, and what came of the last ones. NotFound."""
    return _shown(client.store.schedule(schedule_id), client.store.firings(schedule_id, limit=FIRINGS))


def _shown(row: ScheduleRow, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    known = row.definition
    coming, words, fault = _coming(row)
    return {
        "schedule_id": row.schedule_id,
        "cron": known["cron"],
        "tz": known["tz"],
        "words": words,
        "notebook": known["notebook"],
        "name": known.get("content_name", ""),
        "pinned": known.get("content") is not None,
        **_wishes(known.get("order", {})),
        "program": next(iter((known.get("environment") or {}).get("argv", ())), None),
        **{name: known.get(name) for name in ("misfire", "window", "overlap", "origin", "requested_by")},
        "ends_at": _time(known.get("ends_at")),
        "created_at": _time(known.get("created_at")),
        "paused": row.paused,
        "next": coming,
        "fault": fault,
        "firings": [_firing(each) for each in outcomes],
    }


def _wishes(order: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of each run, by the names of a submission's body. Answers may be passwords: how many there are is enough."""
    policy = {"timeout": "run_timeout", "cell_timeout": "cell_timeout", "keep_going": "keep_going", "input": "input"}
    return {
        "parameters": {name: value for layer in order.get("layers", ()) for name, value in layer.items()},
        "runtime": order.get("runtime"),
        "cwd": order.get("cwd"),
        "env_file": order.get("env_file"),
        "labels": order.get("labels", {}),
        "priority": order.get("priority", 0),
        "policy": {
            **{shown: order.get(name) for shown, name in policy.items()},
            "answers_given": len(order.get("answers", ())),
            "skip_unsupported": order.get("skip_unsupported", False),
        },
    }


def _coming(row: ScheduleRow) -> tuple[list[str], str, str]:
    """The next due times, the expression in words, and why it cannot fire where that is a fault."""
    times: list[str] = []
    words, at = "", row.next_at
    try:
        definition = Definition.of_json(row.definition)
        words = definition.calendar().words()
        while at is not None and len(times) < COMING:
            times.append(codec.iso(at))
            at = first_due(definition, at)
    except RuntError as error:
        return times, words, str(error)
    return times, words, ""


def _firing(found: Outcome) -> dict[str, Any]:
    shown = {name: getattr(found.firing, name) for name in OF_DUE_TIME} | {
        name: getattr(found, name) for name in OF_RUN
    }
    return {name: _time(value) if name in INSTANTS else value for name, value in shown.items()}


def _time(at: float | None) -> str | None:
    return None if at is None else codec.iso(at)
