"""Which cron triggers fired, which had to and never did. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from jupyter_runt.monitoring.cloudflare import cron
from jupyter_runt.monitoring.cloudflare.parsing import Rows, moment, text
from jupyter_runt.monitoring.cloudflare.records import SUCCESS, Trigger, Window

SETTLING = timedelta(minutes=30)
"""Until a new or changed schedule fires: Cloudflare speaks of 15 minutes, users of 20 to 30."""
ARRIVING = timedelta(minutes=10)
"""Until a firing can be read."""

Schedules = Mapping[str, Sequence[tuple[str, datetime | None]]]
"""Of each script: cron expressions, and since when each holds."""


def known_window(firings: Rows, window: Window, *, cut: bool) -> Window:
    """The time of which all firings are known: where the list, newest first, was cut, the time after its oldest row."""
    until = window.until - ARRIVING
    if not cut:
        return Window(window.since, until)
    oldest = min((at for row in firings if (at := moment(text(row, "datetime")))), default=until)
    return Window(max(window.since, oldest + cron.MINUTE), until)


def triggers(schedules: Schedules, firings: Rows, known: Window | None) -> tuple[Trigger, ...]:
    """Every scheduled trigger; `known` is None when firings could not be read. Without its schedule, what fired is all
    that is known of a trigger, and whether it still exists is not."""
    fired: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], datetime] = {}
    for row in firings:
        which = text(row, "scriptName"), text(row, "cron")
        fired[which] += 1
        failed[which] += text(row, "status") != SUCCESS
        at = moment(text(row, "datetime"))
        if at is not None:
            last[which] = max(at, last.get(which, at))
    since = {(script, expression): at for script, held in schedules.items() for expression, at in held}
    unread = {which: None for which in fired if which[0] not in schedules}
    return tuple(
        Trigger(
            script=which[0],
            cron=which[1],
            fired=fired[which],
            failed=failed[which],
            due=_due(which[1], at, known) if which in since else None,
            last=last.get(which),
        )
        for which, at in sorted({**since, **unread}.items(), key=lambda each: each[0])
    )


def _due(expression: str, changed: datetime | None, known: Window | None) -> int | None:
    if known is None or changed is None:
        return None
    return cron.due(expression, max(known.since, changed + SETTLING), known.until)
