"""`show`: a run that is there already; live, if it has not ended."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_runt.cli.context import App, add_store
from jupyter_runt.magics.connection import connections
from jupyter_runt.magics.run import Run

EXAMPLES = "%runt show last\n  run = %runt show 20261121-1015\n  %runt show $run --result total"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--result", metavar="NAME", help="only this named result, as a Python value")
    add_store(parser)


def run(args: argparse.Namespace) -> Any:
    _, found = named(args)
    if args.result is not None:
        return found.result(args.result)
    found.show()
    return found


def add_run(parser: argparse.ArgumentParser) -> None:
    """Which run."""
    about = "an id, a unique beginning of it, $run, or `last`, the default"
    parser.add_argument("run_name", nargs="?", default="last", metavar="RUN", help=about)


def named(args: argparse.Namespace) -> tuple[App, Run]:
    """The run that the options name, and where it is."""
    app = connections.app(args)
    app.client.tend()
    return app, Run(app.client, app.client.find(str(args.run_name)))
