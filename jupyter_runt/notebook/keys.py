"""The keys that a notebook knows, as tables from name to check. Both formats are checked by them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from jupyter_runt.notebook import durations
from jupyter_runt.notebook.model import LATER_TYPES, NBFORMAT_TYPES, RETRY_CAUSES
from jupyter_runt.notebook.report import Report, Where, did_you_mean, expected, spell
from jupyter_runt.settings import NOTIFY_ON, NOTIFY_REMEDY, NOTIFY_TARGET

Check = Callable[[Report, Where, Any], None]

CELL_TYPES = (*NBFORMAT_TYPES, *LATER_TYPES)
TYPE_KEYS = ("celltype", "cell_type", "type")
INPUT_POLICIES = ("fail", "wait", "answer")
FAIL_ON = ("critical", "warning")
MISFIRES = ("skip", "once", "all")
OVERLAPS = ("skip", "queue", "cancel_running")
RESERVED = "jupyter_runt"
PACKAGE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._,-]+\])?", re.ASCII)
VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def text(report: Report, where: Where, value: Any) -> None:
    """Text. To YAML a bare yes, no, on or off is a boolean, and a bare 2024 a number: as text they need quotes."""
    if isinstance(value, str):
        return
    quoting = not isinstance(value, list | dict) and value is not None
    remedy = "YAML reads bare yes, no, on and off as booleans; quote it" if isinstance(value, bool) else "quote it"
    report.add(where, expected("text", value, where), remedy if quoting else "")


def boolean(report: Report, where: Where, value: Any) -> None:
    """true or false."""
    if not isinstance(value, bool):
        report.add(where, expected("true or false", value, where))


def duration(report: Report, where: Where, value: Any) -> None:
    """A duration of more than nothing."""
    try:
        if durations.seconds(value) > 0:
            return
    except ValueError:
        pass
    report.add(where, expected(f"{durations.ACCEPTED}, above 0", value, where))


def delay(report: Report, where: Where, value: Any) -> None:
    """A duration that may be 0."""
    try:
        durations.seconds(value)
    except ValueError:
        report.add(where, expected(durations.ACCEPTED, value, where))


def counting(report: Report, where: Where, value: Any) -> None:
    """A whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        report.add(where, expected("a whole number from 1", value, where))


def factor(report: Report, where: Where, value: Any) -> None:
    """What each delay is multiplied by; waiting never gets shorter."""
    # `not >=` rather than `<`: nan is refused as well.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < 1e6:
        report.add(where, expected("a number from 1", value, where))


def mapping(report: Report, where: Where, value: Any) -> None:
    """Any mapping with text keys."""
    if not isinstance(value, dict):
        report.add(where, expected("a mapping", value, where))
        return
    for key in value:
        if not isinstance(key, str):
            report.add(where, f"{expected('text as a key', key, where)}", "quote it")


def anything(report: Report, where: Where, value: Any) -> None:
    """No check: kept, and read by others."""


def one_of(accepted: Collection[str]) -> Check:
    """A check for one of a few words."""

    def check(report: Report, where: Where, value: Any) -> None:
        if value not in accepted:
            hint = did_you_mean(value, accepted) if isinstance(value, str) else ""
            report.add(where, expected(f"one of {', '.join(accepted)}", value, where), hint)

    return check


def list_of(item_check: Check) -> Check:
    """A check for a list whose items pass `item_check`."""

    def check(report: Report, where: Where, value: Any) -> None:
        if not isinstance(value, list):
            report.add(where, expected("a list", value, where))
            return
        for index, item in enumerate(value):
            item_check(report, (*where, index), item)

    return check


def tag(report: Report, where: Where, value: Any) -> None:
    """A cell's tag, as Jupyter allows it."""
    if not isinstance(value, str):
        text(report, where, value)
    elif not value or "," in value:
        report.add(where, expected("a tag without commas", value, where), "write one tag an item")


def named(what: str, pattern: re.Pattern[str], remedy: str) -> Check:
    """A check for a name of that form."""

    def check(report: Report, where: Where, value: Any) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            report.add(where, expected(what, value, where), remedy)

    return check


def target(report: Report, where: Where, value: Any) -> None:
    """Where a notification goes: a reference to a URL. Whatever else stands here may be a secret, and is never shown."""
    if not isinstance(value, str) or not NOTIFY_TARGET.fullmatch(value):
        report.add(where, f"{spell(where)}: expected a reference to the target's URL, which is a secret", NOTIFY_REMEDY)


def unshown(kind: type, what: str, check: Check) -> Check:
    """A check for a `kind` of value whose text may be a secret: when it is something else, that is not shown."""

    def checked(report: Report, where: Where, value: Any) -> None:
        if isinstance(value, kind):
            check(report, where, value)
        else:
            report.add(where, f"{spell(where)}: expected {what}", NOTIFY_REMEDY)

    return checked


def section(table: Mapping[str, Check], *, required: Collection[str] = (), closed: bool = False) -> Check:
    """A check for a mapping with the keys of `table`; unless `closed`, keys that resemble none of them are kept."""

    def check(report: Report, where: Where, value: Any) -> None:
        mapping(report, where, value)
        if not isinstance(value, dict):
            return
        for key, item in value.items():
            if not isinstance(key, str):
                continue
            if key in table:
                if item is not None or key in required:
                    table[key](report, (*where, key), item)
            elif not report.unknown((*where, key), table) and closed:
                report.add((*where, key), f"unknown key {key!r}", f"known are {', '.join(table)}", key=True)
        for key in required:
            if key not in value:
                report.add(where, f"{expected(f'the key {key!r}', value, where)} without it")

    return check


def schemas(report: Report, where: Where, value: Any) -> None:
    """Parameter names to JSON Schemas. The schemas themselves are checked where jsonschema is loaded anyway."""
    mapping(report, where, value)
    if not isinstance(value, dict):
        return
    for name, schema in value.items():
        mapping(report, (*where, name), schema)
        for key in ("x-secret", "x-required"):
            if isinstance(schema, dict) and key in schema:
                boolean(report, (*where, name, key), schema[key])


def version(report: Report, where: Where, value: Any) -> None:
    """The version of the YAML format: 1, so far."""
    if value != 1 or isinstance(value, bool):
        report.add(where, expected("1", value, where), "a newer release of jupyter-runt may read this file")


def reserved(report: Report, where: Where, value: Any) -> None:
    """Where .ipynb files keep what only this product knows."""
    report.add(where, f"the key {RESERVED!r} is reserved for .ipynb files", "use another name", key=True)


RETRY = section(
    {"attempts": counting, "delay": delay, "backoff": factor, "on": list_of(one_of(RETRY_CAUSES))},
    required=("attempts",),
    closed=True,
)

INPUT = section({"policy": one_of(INPUT_POLICIES), "deadline": duration, "answers": list_of(text)}, closed=True)

REQUIRES = section(
    {
        "packages": list_of(named("a package's name", PACKAGE, "write it as pip takes it, without a version")),
        "variables": list_of(named("a variable's name", VARIABLE, "write it without $ and braces")),
    },
    closed=True,
)

SCHEDULE = section(
    {
        "cron": text, "tz": text, "id": text, "misfire": one_of(MISFIRES), "window": duration, "overlap": one_of(OVERLAPS), "until": text,
        "pinned": boolean,
    },
    required=("cron",),
    closed=True,
)  # fmt: skip


def schedule(report: Report, where: Where, value: Any) -> None:
    """A cron expression, or an object with one."""
    (text if isinstance(value, str) else SCHEDULE)(report, where, value)


NOTIFY = unshown(
    dict,
    "a mapping",
    section(
        {"on": list_of(one_of(NOTIFY_ON)), "to": unshown(list, "a list of references", list_of(target))}, closed=True
    ),
)

IPYNB = section({"metadata": mapping, "top": mapping, "nbformat_minor": counting})

METADATA: dict[str, Check] = {
    "title": text,
    "description": text,
    "runtime": text,
    "kernelspec": section({"name": text, "display_name": text, "language": text}, required=("name",)),
    "language_info": section({"name": text}, required=("name",)),
    "tags": list_of(text),
    "schedule": schedule,
    "stop_on_error": boolean,
    "timeout": duration,
    "cell_timeout": duration,
    "retry": RETRY,
    "input": INPUT,
    "fail_on": one_of(FAIL_ON),
    "notify": NOTIFY,
    "requires": REQUIRES,
    RESERVED: reserved,
}

CELL: dict[str, Check] = {
    "id": text,
    **dict.fromkeys(TYPE_KEYS, one_of(CELL_TYPES)),
    "source": anything,
    "timeout": duration,
    "retry": RETRY,
    "when": anything,
    "needs": list_of(text),
    "allow_errors": boolean,
    "tags": list_of(tag),
    "metadata": mapping,
    "attachments": mapping,
    "outputs": list_of(mapping),
    "execution_count": anything,
    "ipynb": mapping,
}

TOP: dict[str, Check] = {
    "version": version,
    "metadata": section(METADATA),
    "parameters": mapping,
    "parameter_schema": schemas,
    "cells": anything,
    "ipynb": IPYNB,
}

# What `extra` keeps of a cell and of a file: known names that no field of the model holds, and all unknown ones.
CELL_FIELDS = frozenset(CELL) - {"retry", "when", "needs", "ipynb"}
TOP_FIELDS = frozenset(TOP) - {"version", "ipynb"}


def without_repeated_name(metadata: dict[str, Any]) -> dict[str, Any]:
    """The metadata without a display name that only repeats the kernelspec's name: .ipynb must have one."""
    spec = metadata.get("kernelspec")
    if not isinstance(spec, dict) or "name" not in spec or spec.get("display_name") != spec["name"]:
        return metadata
    return {**metadata, "kernelspec": {key: value for key, value in spec.items() if key != "display_name"}}
