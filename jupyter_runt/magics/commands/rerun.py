"""`rerun`: the same notebook again, as the earlier run kept it, with other parameters if you like."""

from __future__ import annotations

import argparse

from jupyter_runt.client.base import Order
from jupyter_runt.magics.commands.run import given
from jupyter_runt.magics.commands.submission import add_here, add_submission, options_of
from jupyter_runt.magics.connection import connections
from jupyter_runt.magics.run import Run

EXAMPLES = "%runt rerun last -p size 500 --wait"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, `last`, or $run")
    add_here(parser, "Run")
    add_submission(parser)


def run(args: argparse.Namespace) -> Run:
    app = connections.app(args)
    queued = app.client.rerun(app.client.find(args.run_name), Order(**options_of(args)))
    return given(app, args, queued)
