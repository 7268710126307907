"""`rm`: removes ended runs."""

from __future__ import annotations

import argparse

from jupyter_runt.cli.context import add_store, opened, say
from jupyter_runt.errors import RuntError

EXAMPLES = "jupyter runt rm 20261120-104850-bk7w3q\n  jupyter runt rm --force last      # also when it is pinned"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    parser.add_argument("--force", action="store_true", help="remove pinned runs, too")
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    code = 0
    with opened(args) as app:
        for name in args.runs:
            try:
                run_id = app.client.find(name)
                app.client.delete(run_id, force=args.force)
                say(f"run {run_id} is removed")
            except RuntError as error:  # the others are removed all the same
                say(f"jupyter runt: {error}")
                code = error.exit_code
    return code
