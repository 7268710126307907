"""`reply`: answer the input() that a run waits for."""

from __future__ import annotations

import argparse
import getpass
import sys

from jupyter_runt.cli.arguments import conceal
from jupyter_runt.cli.context import add_store, opened, print_json, say
from jupyter_runt.errors import Refused

EXAMPLES = "jupyter runt reply last yes\n  jupyter runt reply last              # asks here; passwords are not echoed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    parser.add_argument(
        "text", nargs="?", metavar="TEXT", help="the reply; without it, it is asked for, or read from stdin"
    )
    parser.add_argument("--input-id", metavar="ID", help="answer only this question")
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        run_id = app.client.find(args.run_name)
        question = app.client.question(run_id)
        if question is None:
            raise Refused(f"Run {run_id} is not waiting for an input: it is {app.client.row(run_id).status}.")
        text = args.text
        conceal([text])
        if text is None and question.password:
            text = getpass.getpass(question.prompt or "Password: ")
        elif text is None:
            if sys.stdin.isatty():
                sys.stderr.write(question.prompt)
                sys.stderr.flush()
            text = sys.stdin.readline().rstrip("\n")
        input_id = app.client.reply(run_id, text, args.input_id or question.input_id)
        if args.json:
            print_json({"run_id": run_id, "input_id": input_id, "accepted": True})
        else:
            say(f"run {run_id} has the reply")
    return 0
