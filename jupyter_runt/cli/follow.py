"""`follow` (and `logs`): a run's output from its first line, live to its end."""

from __future__ import annotations

import argparse
import sys

from jupyter_runt.cli import ask, outcome
from jupyter_runt.cli.context import App, add_store, named_store, opened, say
from jupyter_runt.errors import ServerError

EXAMPLES = {
    "follow": "jupyter runt follow last\n  jupyter runt follow 20261120-1048 --after 120",
    "logs": "jupyter runt logs last",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    parser.add_argument("--after", type=int, default=0, metavar="SEQ", help="show only the events behind this number")
    parser.add_argument("-q", "--quiet", action="store_true", help="only cell output and errors")
    parser.add_argument("-v", "--verbose", action="store_true", help="also kernel, worker, parameters, attempts")
    add_store(parser)
    parser.add_argument("--json", action="store_true", help="print the events, one JSON object a line")


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        run_id = app.client.find(args.run_name)
        app.client.tend()
        return to_the_end(app, args, run_id, source=app.client.row(run_id).name, interactive=ask.can_ask())


def to_the_end(app: App, args: argparse.Namespace, run_id: str, *, source: str, interactive: bool) -> int:
    """Shows the run until it has ended; its exit code. Ctrl-C detaches and says how to come back."""
    from jupyter_runt.cli.render.base import Look
    from jupyter_runt.cli.watch import Watch

    found = run_id + named_store(args)
    try:
        if args.json:
            return _events(app, run_id, getattr(args, "after", 0))
        look = Look(quiet=args.quiet, verbose=args.verbose, label="", source_path=source, interactive_input=interactive)
        state = Watch(app.client, run_id, look).run(getattr(args, "after", 0))
        if not args.quiet:
            say(f"run {run_id}: jupyter runt show {found}")
        return outcome.exit_code(state)
    except ServerError as error:
        error.remedy = f"{error.remedy}\n  Run {run_id} goes on: jupyter runt follow {found}".strip()
        raise
    except KeyboardInterrupt:
        say(f"\ndetached: run {run_id} goes on.\n  jupyter runt follow {found}    comes back to it"
            f"\n  jupyter runt cancel {found}    ends it")  # fmt: skip
        return 130


def _events(app: App, run_id: str, after: int) -> int:
    import json

    from jupyter_runt.events import codec
    from jupyter_runt.run.state import RunState, apply

    state = RunState(run_id)
    for event in app.client.follow(run_id, tell=say):
        apply(state, event)
        if event.seq > after:
            sys.stdout.write(json.dumps(codec.to_json(event)) + "\n")
            sys.stdout.flush()
    return outcome.exit_code(state)
