"""Who is to be told of runs: whether that can be done from here, and what could not be."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

from jupyter_runt.client.doctor.finding import Finding, counted
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.variables import known_variables
from jupyter_runt.errors import ParameterError
from jupyter_runt.events.codec import iso
from jupyter_runt.notebook import references
from jupyter_runt.store.notifications import FAILED, NotificationRow

LOOK_BACK_SECONDS = 86400.0
PACKAGE = "apprise"
INSTALL = 'pip install "jupyter-runt[notify]" where the workers run'


def findings(client: LocalClient, now: float) -> Iterator[Finding]:
    """`now` is the wall clock. What is not asked for is not missing."""
    troubled = client.store.troubled_notifications(now - LOOK_BACK_SECONDS)
    defaults = client.notify.to if client.notify.on else ()
    if defaults:
        names, owners = known_variables(client.store, starts_worker=True)
        yield from targets(defaults, names, "; ".join(owners))
    if (defaults or troubled) and not is_installed():
        yield Finding("notify", f"Apprise is missing, so nobody is notified: {INSTALL}", "FAIL")
    by_cause: dict[tuple[str, str, str], list[NotificationRow]] = {}
    for row in troubled:
        by_cause.setdefault((row.status, row.target, row.error), []).append(row)
    for (status, target, error), rows in by_cause.items():
        given_up = status == FAILED
        became = "given up" if given_up else "not sent yet"
        told = f"{counted(len(rows), 'notification')} to {target} {became}, the last of run {rows[0].run_id} at {iso(rows[0].at)}: {error}"
        yield Finding("notify", told, "FAIL" if given_up else "note")


def targets(wanted: Sequence[str], names: set[str], looked_at: str) -> Iterator[Finding]:
    """Whether what the targets refer to is there. No value is told."""
    for target in wanted:
        try:
            (referred,) = references.references(target)
        except (ParameterError, ValueError):
            continue
        if referred.kind == "file":
            missing = Path(referred.name).is_absolute() and not Path(referred.name).is_file()
            told = f"the file {referred.name}" if missing else ""
        else:
            told = f"the variable {referred.name}" if referred.name not in names and referred.default is None else ""
        if told:
            yield Finding(
                "notify", f"{target}: nobody has {told} (looked at: {looked_at}); set it where workers start", "FAIL"
            )
        else:
            yield Finding("notify", f"{target} is told of runs")


def is_installed() -> bool:
    """Whether this Python has Apprise, which workers that are started from here would use."""
    return importlib.util.find_spec(PACKAGE) is not None
