"""`follow`: a run that is there already, live and to its end."""

from __future__ import annotations

import argparse

from jupyter_runt.cli.context import App, add_store
from jupyter_runt.magics import shell
from jupyter_runt.magics.commands.show import add_run, named
from jupyter_runt.magics.interrupted import detached
from jupyter_runt.magics.run import Run

EXAMPLES = "%runt follow last\n  %runt follow $run --check"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--check", action="store_true", help="let the cell fail unless the run succeeds")
    add_store(parser)


def run(args: argparse.Namespace) -> Run:
    app, found = named(args)
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
