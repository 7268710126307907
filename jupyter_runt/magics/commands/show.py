"""`show`: a run that is there already, or a sweep; live, if it has not ended."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_runt.cli.context import App, add_store
from jupyter_runt.errors import RunNotFound
from jupyter_runt.magics.connection import connections
from jupyter_runt.magics.run import Run
from jupyter_runt.magics.sweep import found_again

EXAMPLES = "%runt show last\n  run = %runt show 20261121-1015\n  %runt show $run --result total"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser, "; that of a sweep shows its table")
    parser.add_argument("--result", metavar="NAME", help="only this named result, as a Python value")
    add_store(parser)


def run(args: argparse.Namespace) -> Any:
    try:
        _, found = named(args)
    except RunNotFound:
        sweep = found_again(connections.app(args).client, str(args.run_name))
        if sweep is None:
            raise
        sweep.show()
        return sweep
    if args.result is not None:
        return found.result(args.result)
    found.show()
    return found


def add_run(parser: argparse.ArgumentParser, more: str = "") -> None:
    """Which run."""
    about = f"an id, a unique beginning of it, $run, or `last`, the default{more}"
    parser.add_argument("run_name", nargs="?", default="last", metavar="RUN", help=about)


def named(args: argparse.Namespace) -> tuple[App, Run]:
    """The run that the options name, and where it is."""
    app = connections.app(args)
    app.client.tend()
    return app, Run(app.client, app.client.find(str(args.run_name)))
