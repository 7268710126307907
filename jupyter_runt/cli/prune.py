"""`prune`: retention, now."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable

from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import App, add_store, opened, print_json, say
from jupyter_runt.cli.render import tables
from jupyter_runt.errors import Refused, UsageError
from jupyter_runt.store import retention
from jupyter_runt.store.base import DRIVEN, RunRow
from jupyter_runt.store.retention import Limits, Pruned

EXAMPLES = """\
jupyter runt prune --dry-run                  # what the configured limits would remove
  jupyter runt prune --older-than 7d --max-size 2GB
  jupyter runt prune --vacuum                   # and give the room back to the disk"""

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:([kmgt]i?)b?|b)?\s*", re.IGNORECASE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--older-than", metavar="TIME", help="runs that ended longer ago: 12h, 7d (default: as configured, else 30d)"
    )
    parser.add_argument(
        "--max-size",
        metavar="SIZE",
        help="then the oldest, until the rest is this small: 500MB, 2GB (default: as configured, else 5GB)",
    )
    parser.add_argument("--dry-run", action="store_true", help="remove nothing, and say what would be removed")
    parser.add_argument(
        "--vacuum", action="store_true", help="give unused room back to the disk, while no run is driven"
    )
    add_store(parser, data=True, at_hand=True)


def run(args: argparse.Namespace) -> int:
    age = notebook_options.seconds("--older-than", args.older_than)
    size = None if args.max_size is None else _bytes("--max-size", args.max_size)
    if args.dry_run and args.vacuum:
        raise UsageError("--dry-run removes nothing, and --vacuum would change the file: choose one of them.")
    with opened(args, at_hand=True) as app:
        configured = Limits.of(app.settings)
        limits = Limits(configured.age if age is None else age, configured.size if size is None else size)
        runs: list[str] = []
        told = _progress()

        def removed(row: RunRow, so_far: Pruned) -> None:
            runs.append(row.run_id)
            told(f"{so_far.runs} runs, {tables.size(so_far.bytes)}")

        done = retention.prune(app.store, app.clock.now().wall, limits, dry_run=args.dry_run, told=removed)
        kept, pinned = sum(app.store.counts().values()), retention.pinned(app.store)
        if args.dry_run:
            kept -= done.runs
        told("")
        if args.json:
            print_json(
                {"dry_run": args.dry_run, "removed": runs, "bytes": done.bytes, "kept": kept, "pinned": pinned,
                 "usage": done.usage}
            )  # fmt: skip
        else:
            _print(done, kept, pinned, dry_run=args.dry_run)
        if args.vacuum:
            _vacuum(app, told)
    return 0


def _print(done: Pruned, kept: int, pinned: int, *, dry_run: bool) -> None:
    verb = "would remove" if dry_run else "removed"
    about = "about " if dry_run else ""
    print(f"{verb} {_runs(done.runs)}, {about}{tables.size(done.bytes)}" if done.runs else f"{verb} no run")
    print(f"kept {_runs(kept)} ({pinned} pinned), {about}{tables.size(done.usage)}")


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _vacuum(app: App, told: Callable[[str], None]) -> None:
    """Refused while runs are driven: their workers could not write until it is done, and would give up after a while."""
    counts = app.store.counts()
    driven = sum(counts.get(status, 0) for status in DRIVEN)
    if driven:
        raise Refused(
            f"The store is busy: {_runs(driven)} on the way, which a rewritten file would hold up.",
            remedy="Try --vacuum again when they have ended: jupyter runt ls --status running",
        )
    told("rewriting the file")
    app.store.vacuum()
    told("")
    say("the unused room is given back to the disk")


def _progress() -> Callable[[str], None]:
    """Writes over one line of a terminal; '' wipes it. Where there is no terminal nobody waits for the end of a line."""
    if not sys.stderr.isatty():
        return lambda text: None

    def told(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    return told


def _bytes(option: str, text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise UsageError(f"{option} {text!r} is not a size such as 500MB, 2GB or 1.5GiB.")
    found = round(float(match[1]) * _UNITS[(match[2] or "").lower()])
    if found < 1:
        raise UsageError(f"{option} {text!r}: the size must be more than 0.")
    return found
