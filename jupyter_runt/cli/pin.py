"""`pin` and `unpin`: which runs retention leaves alone."""

from __future__ import annotations

import argparse

from jupyter_runt.cli.context import add_store, opened, say
from jupyter_runt.errors import RuntError

EXAMPLES = {
    "pin": "jupyter runt pin last",
    "unpin": "jupyter runt unpin 20261120-104850-bk7w3q",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    code, pinned = 0, args.command == "pin"
    with opened(args) as app:
        for name in args.runs:
            try:
                run_id = app.client.find(name)
                app.client.pin(run_id, pinned)
                say(f"run {run_id} is {'pinned' if pinned else 'not pinned any more'}")
            except RuntError as error:  # the others are pinned all the same
                say(f"jupyter runt: {error}")
                code = error.exit_code
    return code
