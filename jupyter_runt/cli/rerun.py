"""`rerun`: the same notebook again, as the earlier run kept it, with other parameters if you like."""

from __future__ import annotations

import argparse

from jupyter_runt.cli import notebook_options, submit
from jupyter_runt.cli.context import add_store, opened
from jupyter_runt.client.base import Order

EXAMPLES = "jupyter runt rerun last -p size 500\n  jupyter runt follow last"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    notebook_options.add_parameters(parser)
    notebook_options.add_run(parser)
    notebook_options.add_queue(parser)
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        order = Order(**submit.order_options(args, args.input))
        queued = app.client.rerun(app.client.find(args.run_name), order)
        submit.say_what(app, queued)
        submit.tell(app, queued, args)
    return 0
