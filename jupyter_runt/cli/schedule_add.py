"""`schedule add`: from options, and from what the notebook declares, to the schedule that is wanted."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_runt.cli import notebook_options, schedule_service
from jupyter_runt.cli.context import App, refuse_server, say
from jupyter_runt.cli.render import schedules as render
from jupyter_runt.errors import NotFound, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from jupyter_runt.schedules.definition import MISFIRES, OVERLAPS

    parser.add_argument("notebook", metavar="NOTEBOOK", help="a path, - for standard input, or a template's name")
    when = parser.add_argument_group("when", "What is left out is as the notebook's metadata.schedule says.")
    when.add_argument(
        "--cron",
        metavar="CRON",
        help='"MINUTE HOUR DAY MONTH WEEKDAY", or @hourly, @daily, @weekly, @monthly, @yearly',
    )
    when.add_argument("--tz", metavar="ZONE", help="the time zone, as Europe/Paris (default: this machine's)")
    when.add_argument("--until", metavar="TIME", help="the last time it may be due, as 2027-01-31 or 2027-01-31T18:00")
    when.add_argument(
        "--misfire",
        choices=MISFIRES,
        help="what is made up for of times at which no worker was there: none, the newest, each (default once)",
    )
    when.add_argument("--window", metavar="TIME", help="what was missed for longer is not made up for (default 1d)")
    when.add_argument(
        "--overlap",
        choices=OVERLAPS,
        help="while the run before goes on: pass, wait for its end, or end it (default skip)",
    )
    what = parser.add_argument_group("what")
    what.add_argument("--name", metavar="ID", help="the schedule's id (default: from the notebook's name)")
    what.add_argument(
        "--pin",
        action="store_true",
        help="always run the notebook as it is now (default: as its file is then); with --server a file is always sent and kept",
    )
    what.add_argument("--replace", action="store_true", help="in place of a schedule of the same id")
    what.add_argument(
        "--priority", type=int, default=0, metavar="N", help="of its runs: higher ones run first (default 0)"
    )
    after = parser.add_argument_group("after a logout or a reboot", "In place of the id, which goes to stderr then.")
    schedule_service.add_arguments(after)
    notebook_options.add_parameters(parser)
    notebook_options.add_run(parser, scheduled=True)


def add(app: App, args: argparse.Namespace) -> dict[str, Any]:
    """Defines it; the id goes to stdout, or the file that is asked for, what its owner should know to stderr."""
    from jupyter_runt.client import endurance
    from jupyter_runt.client.base import Order
    from jupyter_runt.client.schedules import Wanted
    from jupyter_runt.schedules.calendar import calendar_of

    if args.systemd or args.crontab:
        refuse_server(args)
    content = sys.stdin.buffer.read() if args.notebook == "-" else b""
    declared = _declared(app, args.notebook, content)
    cron = args.cron or declared.get("cron")
    if not cron:
        raise UsageError(
            f"Neither --cron nor the metadata.schedule of {args.notebook} says when it is due.",
            remedy='--cron "0 7 * * *" is every day at seven.',
        )
    zone = args.tz or declared.get("tz") or own_zone()
    calendar_of("@daily", zone)  # a wrong zone is told as one, before --until is read in it
    until = args.until or declared.get("until")
    wanted = Wanted(
        order=Order(
            notebook=args.notebook,
            content=content,
            priority=args.priority,
            input=args.input,
            **notebook_options.request_options(args),
        ),
        cron=cron,
        tz=zone,
        schedule_id=args.name or declared.get("id") or "",
        pinned=args.pin or bool(declared.get("pinned")),
        misfire=args.misfire or declared.get("misfire") or "once",
        window=notebook_options.seconds("--window", str(args.window or declared.get("window") or "1d")) or 0.0,
        overlap=args.overlap or declared.get("overlap") or "skip",
        ends_at=_instant(until, zone),
        replace=args.replace,
    )
    found = app.client.add_schedule(wanted)
    for warning in found["warnings"]:
        say(f"warning: {warning}")
    if not args.json:
        text = schedule_service.file(app, args)
        if text:
            say(f"schedule {found['schedule_id']}")
        print(text or f"{found['schedule_id']}\n", end="", flush=True)
        say(f"next: {render.when(found['next'][0], found['tz'])}" if found["next"] else "it is paused")
        if found["next"] and app.at_hand is not None:
            for each in endurance.told(os.environ):
                say(each)
    return found


def own_zone() -> str:
    """This machine's time zone by its name; UTC where it has none."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named and not named.startswith("/"):
        return named
    path = os.path.realpath(named or "/etc/localtime")
    _, found, name = path.partition("zoneinfo/")
    if found:
        return name
    try:
        return Path("/etc/timezone").read_text().strip() or "UTC"
    except OSError:
        return "UTC"


def _declared(app: App, name: str, content: bytes) -> Mapping[str, Any]:
    """What the notebook says of its schedule itself, wherever it is: an empty mapping, if nothing. NotebookError."""
    from jupyter_runt.notebook import library

    if name == library.STDIN:
        notebook = library.load(name, content)
    elif app.at_hand is not None:
        notebook = library.load(library.find(name, app.settings.template_folders))
    elif os.path.isfile(name) or os.sep in name:
        notebook = library.load(name)
    else:
        notebook = library.parse(_template(app, name), name)
    given = notebook.metadata.get("schedule") or {}
    return {"cron": given} if isinstance(given, str) else dict(given)


def _template(app: App, name: str) -> bytes:
    """The text of a template of the server. NotebookError: it has none of that name."""
    from jupyter_runt.client.remote.orders import nothing_of_that_name

    try:
        return str(app.client.template(name)["source"]).encode()
    except NotFound as error:
        raise nothing_of_that_name(app.client.where, name) from error


def _instant(text: Any, zone: str) -> float | None:
    from jupyter_runt.client.schedule_sync import ends_at

    try:
        return ends_at(None if text is None else str(text), zone)
    except ValueError as error:
        raise UsageError(
            f"--until {text!r} is no time.", remedy="Write it as 2027-01-31 or 2027-01-31T18:00."
        ) from error
