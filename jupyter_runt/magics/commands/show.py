"""`show` and `follow`: a run that is there already."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_runt.cli.context import App, add_store
from jupyter_runt.magics import shell
from jupyter_runt.magics.connection import connections
from jupyter_runt.magics.interrupted import detached
from jupyter_runt.magics.run import Run

EXAMPLES = {
    "show": "%runt show last\n  run = %runt show 20261121-1015\n  %runt show $run --result total",
    "follow": "%runt follow last\n  %runt follow $run --check",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run_name",
        nargs="?",
        default="last",
        metavar="RUN",
        help="an id, a unique beginning of it, $run, or `last`, the default",
    )
    if parser.prog.endswith("show"):
        parser.add_argument("--result", metavar="NAME", help="only this named result, as a Python value")
    else:
        parser.add_argument("--check", action="store_true", help="let the cell fail unless the run succeeds")
    add_store(parser)


def run(args: argparse.Namespace) -> Any:
    app = connections.app(args)
    app.client.tend()
    found = Run(app.client, app.client.find(str(args.run_name)))
    if args.command == "show":
        if args.result is not None:
            return found.result(args.result)
        found.show()
        return found
    if shell.is_notebook():
        found.show()
    to_the_end(app, found, source=found.name)
    return found.check() if args.check else found


def to_the_end(app: App, run: Run, *, source: str, quiet: bool = False) -> None:
    """Until the run has ended: a notebook shows it meanwhile by its picture, a terminal as `jupyter runt follow` does."""
    if shell.is_notebook() or quiet:
        run.wait()
        return
    from jupyter_runt.cli.render.base import Look
    from jupyter_runt.cli.watch import Watch

    try:
        look = Look(source_path=source, interactive_input=shell.can_ask())
        Watch(app.client, run.id, look, program="%runt").run()
    except KeyboardInterrupt:
        raise detached(run.id) from None
