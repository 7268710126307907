"""`run`: a run of a notebook, shown live."""

from __future__ import annotations

import argparse
import os
import sys

from jupyter_runt.cli import submit
from jupyter_runt.cli.context import App
from jupyter_runt.client.base import Queued
from jupyter_runt.magics import shell
from jupyter_runt.magics.commands.follow import to_the_end
from jupyter_runt.magics.commands.submission import add_here, add_notebook, add_submission, keep, order_of
from jupyter_runt.magics.connection import connections
from jupyter_runt.magics.run import Run

EXAMPLES = (
    "%runt run report.yml -p day 2026-11-20\n  run = %runt run report.yml -p rows $rows --wait\n"
    "  %runt run simple-health-check --check      # a template; the cell fails if the run does\n"
    "  %%runt run --wait                           # the cell's body is a YAML notebook"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_notebook(parser, "run")
    add_here(parser, "Run")
    add_submission(parser)


def run(args: argparse.Namespace) -> Run:
    order = order_of(args)
    app = connections.app(args)
    return given(app, args, app.client.queue(order), source=os.path.basename(args.notebook or ""))


def given(app: App, args: argparse.Namespace, queued: Queued, *, source: str = "") -> Run:
    """The run, shown and awaited as the options say. `source` is the notebook's file."""
    made = Run(app.client, queued.run_id)
    keep(args, made)
    for warning in queued.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if not queued.created:
        print(f"the idempotency key is known: this is run {queued.run_id}, {queued.status}")
    waits = args.wait or args.check
    if not args.quiet:
        _show(made, waits=waits)
    if waits:
        to_the_end(app, made, source=source, quiet=args.quiet)
    return made.check() if args.check else made


def _show(made: Run, *, waits: bool) -> None:
    """A terminal shows it while it waits, if it does; else how to come back to it."""
    if shell.is_notebook():
        made.show()
        return
    submit.say_page(made.page)
    if not waits:
        print(
            f"Run {made.id} is {made.status}: `%runt follow {made.id}` shows it live, `%runt cancel {made.id}` ends it."
        )
