"""`reply`: answer the input() that a run waits for; without a text it is asked for here."""

from __future__ import annotations

import argparse
import getpass

from jupyter_runt.cli.context import add_store
from jupyter_runt.errors import Refused, UsageError
from jupyter_runt.magics import shell
from jupyter_runt.magics.connection import connections

EXAMPLES = "%runt reply last yes\n  %runt reply $run              # asks here; passwords are not echoed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, `last`, or $run")
    parser.add_argument("text", nargs="?", metavar="TEXT", help="the reply")
    add_store(parser)


def run(args: argparse.Namespace) -> None:
    client = connections.app(args).client
    run_id = client.find(str(args.run_name))
    question = client.question(run_id)
    if question is None:
        raise Refused(f"Run {run_id} is not waiting for an input: it is {client.row(run_id).status}.")
    text = args.text
    if text is None and not shell.can_ask():
        raise UsageError("Nobody can be asked here.", remedy=f"%runt reply {run_id} TEXT")
    if text is None:
        text = getpass.getpass(question.prompt) if question.password else input(question.prompt)
    client.reply(run_id, str(text), question.input_id)
    print(f"run {run_id} has the reply")
