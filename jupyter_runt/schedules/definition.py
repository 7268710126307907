"""A schedule as it is kept: when, what, and what becomes of due times that cannot be met."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from jupyter_runt.errors import ScheduleError
from jupyter_runt.settings import MOST_PRIORITY

if TYPE_CHECKING:
    from jupyter_runt.schedules.calendar import Calendar

MISFIRES = ("skip", "once", "all")
"""What is made up for of the due times at which no worker was there: nothing, the newest, each."""
OVERLAPS = ("skip", "queue", "cancel_running")
"""What a due time does while the schedule's run before goes on: pass, wait for its end, or end it."""

YEAR_9999 = 253_370_764_800
"""Seconds since the epoch. Zones shift times by hours, and calendars end with that year."""
SCHEDULE_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One schedule. ScheduleError when a value is not what it must be, but for `cron` and `tz`: `calendar` looks at those, as what
    is known of zones differs between machines, and a schedule must be listed also where it cannot fire. Times are in seconds."""

    schedule_id: str
    cron: str
    tz: str
    notebook: str
    """A path, or a template's name."""
    content: str | None = None
    """The notebook's text as it was pinned; None: it is read anew at each firing."""
    content_name: str = ""
    """What `content` is called; its suffix tells the format."""
    order: Mapping[str, Any] = field(default_factory=dict)
    """What else is said of each run, by the names of `client.base.Wishes`."""
    environment: Mapping[str, Any] | None = None
    """How its kernel is started, as it was resolved where the schedule was defined (a launch, as runs record it). It holds for as
    long as the notebook asks for that runtime. None: as the worker finds it."""
    notify: Mapping[str, Any] | None = None
    """Whom its runs told of what when it was defined (a policy's `notify`): that its notebook can be read no more is told them, too."""
    misfire: str = "once"
    window: float = 86400.0
    """A due time that was missed for longer is never made up for."""
    overlap: str = "skip"
    ends_at: float | None = None
    """The last instant at which it may be due, since the epoch; None: it goes on."""
    origin: str = ""
    """The file that `sync` made it from."""
    requested_by: str = ""
    via: str = ""
    """By what no more than that is known of who asked, as runs have it."""
    created_at: float = 0.0

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            check.look(name, getattr(self, name))
        for name, value in self.order.items():
            if name in _ORDER_CHECKS:
                _ORDER_CHECKS[name].look(f"order.{name}", value)

    def calendar(self) -> Calendar:
        """When it is due. ScheduleError: the expression is wrong, or its zone is not known on this machine."""
        from jupyter_runt.schedules.calendar import calendar_of  # and cronsim, where only words are wanted

        return calendar_of(self.cron, self.tz)

    def to_json(self) -> dict[str, Any]:
        """As the store and the API have it."""
        return asdict(self) | {"order": dict(self.order)}

    @classmethod
    def of_json(cls, data: Any) -> Definition:
        """What `to_json` wrote, this release's or another one's: keys that are not known are left out. ScheduleError."""
        if not isinstance(data, Mapping):
            raise ScheduleError(f"A schedule is an object, not {type(data).__name__}.")
        given = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        for name in ("schedule_id", "cron", "tz", "notebook"):
            if name not in given:
                raise ScheduleError(f"A schedule needs a {name}.", remedy=_CHECKS[name].remedy)
        order = given.get("order", {})
        if isinstance(order, Mapping):
            given["order"] = {name: order[name] for name in _ORDER_CHECKS if name in order}
        return cls(**given)


def id_from(name: str) -> str:
    """An id that says which notebook it is of, as `daily-report` of `reports/Daily Report.yml`."""
    path = PurePath(name)
    stem = path.stem if path.suffix.lower() in (".yml", ".yaml", ".ipynb", ".json") else path.name
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii").lower()
    made = re.sub(r"[^a-z0-9._]+", "-", plain).lstrip("-._")
    return made[:_LONGEST_ID].rstrip("-._") or "schedule"


# -- what the values may be ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Check:
    """What a value has to be, for the machine and in words."""

    holds: Callable[[Any], bool]
    accepted: str

    @property
    def remedy(self) -> str:
        return f"It is {self.accepted}."

    def look(self, name: str, value: Any) -> None:
        if not self.holds(value):
            shown = repr(value)
            raise ScheduleError(
                f"A schedule's {name} cannot be {shown if len(shown) <= 80 else shown[:80] + '…'}.", remedy=self.remedy
            )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    """Of a size that calendars know: neither infinite nor NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e11 < value < 1e11


def _or_none(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or holds(value)


def _is_one_of(values: tuple[str, ...]) -> _Check:
    return _Check(lambda value: value in values, f"one of {', '.join(values)}")


def _is_list_of(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and all(holds(each) for each in value)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


_TEXT = _Check(_is_text, "a text")
_NAMED = _Check(lambda value: _is_text(value) and bool(value.strip()), "a text that is not empty")
_TEXT_OR_NONE = _Check(_or_none(_is_text), "a text, or nothing")
_SECONDS = _Check(lambda value: _is_number(value) and value >= 0, "a number of seconds, 0 or more")
_LIMIT = _Check(
    _or_none(lambda value: _is_number(value) and value > 0), "a number of seconds of more than 0, or nothing"
)
_INSTANT = _Check(
    _or_none(lambda value: _is_number(value) and 0 <= value < YEAR_9999), "a time from 1970 to 9998, or nothing"
)
_FLAG = _Check(lambda value: isinstance(value, bool), "true or false")

_CHECKS: Mapping[str, _Check] = {
    "schedule_id": _Check(
        lambda value: _is_text(value) and SCHEDULE_ID.fullmatch(value) is not None,
        f"lower-case letters, digits and ._-, {_LONGEST_ID} at most, with a letter or digit first",
    ),
    "cron": _Check(_NAMED.holds, "a cron expression, such as 0 7 * * *, or a word such as @daily"),
    "tz": _Check(_NAMED.holds, "an IANA time zone, such as Europe/Paris or UTC"),
    "notebook": _Check(_NAMED.holds, "a path, or a template's name"),
    "content": _TEXT_OR_NONE,
    "content_name": _TEXT,
    "order": _Check(_is_mapping, "an object"),
    "environment": _Check(
        _or_none(lambda value: _is_mapping(value) and bool(value.get("argv")) and "runtime" in value),
        "an object with a runtime and its argv, or nothing",
    ),
    "notify": _Check(
        _or_none(
            lambda value: _is_mapping(value) and all(_is_list_of(_is_text)(value.get(key)) for key in ("on", "to"))
        ),
        "an object with the lists of texts on and to, or nothing",
    ),
    "misfire": _is_one_of(MISFIRES),
    "window": _SECONDS,
    "overlap": _is_one_of(OVERLAPS),
    "ends_at": _INSTANT,
    "origin": _TEXT,
    "requested_by": _TEXT,
    "via": _TEXT,
    "created_at": _SECONDS,
}

_ORDER_CHECKS: Mapping[str, _Check] = {
    "layers": _Check(_is_list_of(_is_mapping), "a list of objects"),
    "runtime": _TEXT_OR_NONE,
    "cwd": _TEXT_OR_NONE,
    "run_timeout": _LIMIT,
    "cell_timeout": _LIMIT,
    "keep_going": _Check(_or_none(_FLAG.holds), "true, false, or nothing"),
    "input": _Check(
        lambda value: value in (None, "ask", "fail", "wait", "answer"), "ask, fail, wait, answer, or nothing"
    ),
    "answers": _Check(_is_list_of(_is_text), "a list of texts"),
    "env_file": _TEXT_OR_NONE,
    "skip_unsupported": _FLAG,
    "priority": _Check(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST_PRIORITY,
        f"a whole number from -{MOST_PRIORITY} to {MOST_PRIORITY}",
    ),
    "labels": _Check(
        lambda value: _is_mapping(value) and all(_is_text(each) for each in value.values()), "an object of texts"
    ),
}
