"""`run` and `rerun`: a run of a notebook, shown live."""

from __future__ import annotations

import argparse
import keyword
import os
import sys
from typing import Any

from jupyter_runt.cli import notebook_options, submit
from jupyter_runt.cli.context import App, add_store
from jupyter_runt.client.base import Order, Queued
from jupyter_runt.errors import UsageError
from jupyter_runt.magics import shell
from jupyter_runt.magics.commands.show import to_the_end
from jupyter_runt.magics.connection import connections
from jupyter_runt.magics.run import Run
from jupyter_runt.notebook.library import STDIN

EXAMPLES = {
    "run": "%runt run report.yml -p day 2026-11-20\n  run = %runt run report.yml -p rows $rows --wait\n"
    "  %runt run simple-health-check --check      # a template; the cell fails if the run does\n"
    "  %%runt run --wait                           # the cell's body is a YAML notebook",
    "rerun": "%runt rerun last -p size 500 --wait",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    if parser.prog.endswith("rerun"):
        parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, `last`, or $run")
    else:
        parser.add_argument(
            "notebook", nargs="?", metavar="NOTEBOOK", help="a path, or a template's name; %%%%runt run takes the cell"
        )
    add_here(parser, "Run")
    add_submission(parser)


def add_here(parser: argparse.ArgumentParser, given: str) -> None:
    """What becomes of it in this notebook; `given` is what the command gives."""
    parser.add_argument(
        "-w", "--wait", action="store_true", help="wait for the end; an interrupt ends the waiting, not the run"
    )
    parser.add_argument("--check", action="store_true", help="wait, and let the cell fail unless the run succeeds")
    parser.add_argument(
        "--var", type=_variable, metavar="NAME", help=f"a variable of this notebook that becomes the {given}"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="show nothing")


def _variable(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise argparse.ArgumentTypeError(f"{name!r} is no name of a variable")
    return name


def add_submission(parser: argparse.ArgumentParser) -> None:
    """What the command line knows of a submission, too."""
    notebook_options.add_parameters(parser)
    notebook_options.add_run(parser)
    notebook_options.add_queue(parser)
    add_store(parser)


def run(args: argparse.Namespace) -> Run:
    if args.command == "run":
        order = order_of(args)
    app = connections.app(args)
    if args.command == "run":
        queued = app.client.queue(order)
    else:
        queued = app.client.rerun(app.client.find(args.run_name), Order(**_options(args)))
    made = Run(app.client, queued.run_id)
    if args.var is not None:
        shell.shell().user_ns[args.var] = made
    return _shown(app, args, made, queued)


def order_of(args: argparse.Namespace, **more: Any) -> Order:
    """What the options ask for: a file, a template, or the cell's body."""
    if args.cell is not None and args.notebook not in (None, STDIN):
        raise UsageError(f"Both a cell's body and {args.notebook!r} are given.", remedy="Leave one of them out.")
    if args.cell is None and args.notebook in (None, STDIN):
        raise UsageError(
            f"%runt {args.command} needs a notebook.",
            remedy=f"Give a path or a template's name, or write it below %%runt {args.command}.",
        )
    options = {**_options(args), **more}
    if args.cell is None:
        return Order(notebook=str(args.notebook), **options)
    # The magic's own line is counted as well: a fault's line is the one that the cell has beside it.
    content = f"\n{args.cell}".encode("utf-8", "surrogateescape")
    return Order(notebook=STDIN, content=content, content_name="cell", **options)


def _options(args: argparse.Namespace) -> dict[str, Any]:
    policy = args.input or ("wait" if shell.can_ask() and not args.answer else None)
    return submit.order_options(args, "wait" if policy == "ask" else policy)


def _shown(app: App, args: argparse.Namespace, made: Run, queued: Queued) -> Run:
    for warning in queued.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if not queued.created:
        print(f"the idempotency key is known: this is run {queued.run_id}, {queued.status}")
    waits = args.wait or args.check
    if args.quiet:
        made.hide()
    else:
        _show(app, made, waits=waits)
    if waits:
        to_the_end(app, made, source=os.path.basename(getattr(args, "notebook", None) or ""), quiet=args.quiet)
    return made.check() if args.check else made


def _show(app: App, made: Run, *, waits: bool) -> None:
    """A terminal shows it while it waits, if it does; else how to come back to it."""
    if shell.is_notebook():
        made.show()
        return
    submit.say_page(made.page)
    if not waits:
        print(
            f"Run {made.id} is {made.status}: `%runt follow {made.id}` shows it live, `%runt cancel {made.id}` ends it."
        )
