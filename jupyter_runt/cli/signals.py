"""`cancel`, `interrupt`, `kill`, `pause`, `resume`: what somebody asks of a run."""

from __future__ import annotations

import argparse

from jupyter_runt.cli.context import add_store, opened, print_json, say
from jupyter_runt.errors import RuntError

EXAMPLES = {
    "cancel": "jupyter runt cancel last",
    "interrupt": "jupyter runt interrupt last",
    "kill": "jupyter runt kill last",
    "pause": "jupyter runt pause last",
    "resume": "jupyter runt resume last",
}

DONE = {
    "cancel": "is being cancelled",
    "interrupt": "is interrupted",
    "kill": "is being killed",
    "pause": "pauses before its next cell",
    "resume": "goes on",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    code, answers = 0, []
    with opened(args) as app:
        app.client.tend()
        for name in args.runs:
            try:
                run_id = app.client.find(name)
                app.client.signal(run_id, args.command)
            except RuntError as error:  # the other runs are asked all the same
                say(f"jupyter runt: {error}")
                code = error.exit_code
                answers.append({"run": name, "accepted": False, "reason": error.message})
            else:
                answers.append({"run": run_id, "accepted": True})
                if not args.json:
                    say(f"run {run_id} {DONE[args.command]}")
    if args.json:
        print_json(answers)
    return code
