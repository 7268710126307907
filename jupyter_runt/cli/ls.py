"""`ls`: the list of runs."""

from __future__ import annotations

import argparse

from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import add_store, opened, print_json, say
from jupyter_runt.cli.render import tables
from jupyter_runt.client.base import Client
from jupyter_runt.client.rows import row_json
from jupyter_runt.errors import UsageError
from jupyter_runt.store.base import STATUSES, RunFilter, RunRow

EXAMPLES = (
    "jupyter runt ls --status failed --label team=ops --limit 5\n  jupyter runt ls --server http://127.0.0.1:8888/"
)

HEADERS = ["RUN", "STATUS", "CELLS", "NOTEBOOK", "SUBMITTED", "TOOK"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--status",
        action="append",
        default=[],
        choices=STATUSES,
        metavar="S",
        help=f"{', '.join(STATUSES)}; repeatable",
    )
    parser.add_argument("--notebook", default="", metavar="N", help="part of the notebook's name or title")
    parser.add_argument("--label", action="append", default=[], metavar="K=V", help="a label; repeatable")
    parser.add_argument("--pinned", action="store_true", help="runs that are pinned")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most N runs (default 20)")
    parser.add_argument("--before", metavar="RUN", help="runs older than this one: the next page")
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        app.client.tend()
        rows, has_more = listed(app.client, args)
        if args.json:
            print_json([row_json(row) for row in rows])
        elif rows:
            now = app.clock.now().wall
            print(tables.table(HEADERS, [line(row, now) for row in rows]))
            if has_more:
                say(f"older runs: jupyter runt ls --before {rows[-1].run_id}")
        elif args.status or args.notebook or args.label or args.pinned:
            say("No run matches.")
        else:
            say("There are no runs yet: `jupyter runt execute NOTEBOOK` makes one.")
    return 0


def listed(client: Client, args: argparse.Namespace) -> tuple[list[RunRow], bool]:
    """The runs that the options mean, and whether there are older ones."""
    if args.limit < 1:
        raise UsageError("--limit needs a number of 1 or more.")
    where = RunFilter(
        status=args.status,
        name=args.notebook,
        labels=notebook_options.labels(args.label),
        pinned=args.pinned,
        before=client.find(args.before) if args.before else None,
        limit=args.limit + 1,
    )
    found = client.rows(where)
    return found[: args.limit], len(found) > args.limit


def status_of(row: RunRow) -> str:
    """The status with its reason, where that says more."""
    return row.status if row.reason in (None, "cancelled_by_user") else f"{row.status} ({row.reason})"


def seconds_of(row: RunRow) -> float | None:
    """How long a run took from its first cell to its end; None before that."""
    return None if row.started_at is None or row.finished_at is None else row.finished_at - row.started_at


def line(row: RunRow, now: float) -> list[str]:
    """A run in the columns of HEADERS."""
    took = "" if row.started_at is None else tables.duration((row.finished_at or now) - row.started_at)
    cells = f"{row.cells_done}/{row.cells_total}"
    return [row.run_id, status_of(row), cells, row.title or row.name, tables.ago(now - row.submitted_at), took]
