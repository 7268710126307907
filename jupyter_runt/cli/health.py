"""`health`: what runs watch, how it is, and how it was."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import add_store, opened, print_json, say
from jupyter_runt.cli.render import history, tables
from jupyter_runt.client.monitors import NONE_YET
from jupyter_runt.errors import UsageError
from jupyter_runt.events.codec import seconds

EXAMPLES = """\
jupyter runt health                                  # every monitor, the worst first
  jupyter runt health simple-health-check --since 7d   # how it was, and what failed
  jupyter runt health http-health-check --json"""
MOST = 10000
"""Reports that are looked at at once."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "monitor", nargs="?", metavar="MONITOR", help="one monitor's history (default: a line for each)"
    )
    parser.add_argument("--subject", metavar="S", help="only this one of the things that monitors of the name watch")
    parser.add_argument("--since", metavar="TIME", help="what was found in so much time: 12h, 7d (default: all)")
    parser.add_argument("--limit", type=int, default=10, metavar="N", help="list at most N reports (default 10)")
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    age = notebook_options.seconds("--since", args.since)
    if not 0 < args.limit <= MOST:
        raise UsageError(f"--limit needs a number from 1 to {MOST}.")
    if args.monitor is None and (args.subject is not None or args.since is not None):
        raise UsageError("--subject and --since go with a MONITOR.", remedy="`jupyter runt health` lists the monitors.")
    with opened(args) as app:
        app.client.tend()
        now = app.clock.now().wall
        if args.monitor is None:
            _list(app.client.monitors(), now, as_json=args.json)
            return 0
        since = None if age is None else now - age
        limit = max(args.limit, MOST if args.json else history.WIDEST)
        found = app.client.monitor(args.monitor, subject=args.subject, since=since, limit=limit)
    if args.json:
        print_json(found)
    else:
        print("\n\n\n".join(_told(each, now, args.limit) for each in found["subjects"]))
    return 0


def _list(monitors: list[dict[str, Any]], now: float, *, as_json: bool) -> None:
    if as_json:
        print_json(monitors)
    elif monitors:
        headers = ["MONITOR", "SUBJECT", "STATUS", "SINCE", "SCORE", "SCORES", "NEWEST"]
        print(tables.table(headers, [_line(each, now) for each in monitors]))
    else:
        say(NONE_YET)


def _line(found: Mapping[str, Any], now: float) -> list[str]:
    scores = history.scores(found["recent"][-history.SHORT :])
    since, newest = (tables.ago(now - seconds(found[key])) for key in ("since", "at"))
    return [found["monitor"], found["subject"], found["status"], since, history.score(found["score"]), scores, newest]


def _told(found: Mapping[str, Any], now: float, limit: int) -> str:
    """One subject of a monitor."""
    points = found["points"]
    parts = [history.head(found, now)]
    if points:
        parts.append(history.strip(points))
    if found["failed"]:
        rows = [
            [*history.failing(each), tables.ago(now - seconds(each["at"])), each["run_id"]] for each in found["failed"]
        ]
        parts.append(tables.table(["NOT WELL", "CHECK", "WHY", "TIMES", "LAST", "RUN"], rows))
    rows = [
        [tables.ago(now - seconds(each["at"])), each["status"], history.score(each["score"]), each["run_id"]]
        for each in reversed(points[-limit:])
    ]
    parts.append(
        tables.table(["REPORT", "STATUS", "SCORE", "RUN"], rows) if rows else "Nothing was recorded in that time."
    )
    return "\n\n".join(parts)
