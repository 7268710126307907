"""What `run`, `rerun` and `sweep` have in common: what is submitted, and what becomes of it in this notebook."""

from __future__ import annotations

import argparse
import keyword
from typing import Any

from jupyter_runt.cli import notebook_options, submit
from jupyter_runt.cli.context import add_store
from jupyter_runt.client.base import Order
from jupyter_runt.errors import UsageError
from jupyter_runt.magics import shell
from jupyter_runt.magics.live import Shown
from jupyter_runt.notebook.library import STDIN


def add_notebook(parser: argparse.ArgumentParser, name: str) -> None:
    """The notebook, which may be the cell's body instead."""
    about = f"a path, or a template's name; %%%%runt {name} takes the cell"
    parser.add_argument("notebook", nargs="?", metavar="NOTEBOOK", help=about)


def add_here(parser: argparse.ArgumentParser, given: str) -> None:
    """What becomes of it in this notebook; `given` is what the command gives."""
    parser.add_argument(
        "-w", "--wait", action="store_true", help="wait for the end; an interrupt ends the waiting, not the run"
    )
    parser.add_argument("--check", action="store_true", help="wait, and let the cell fail unless the run succeeds")
    parser.add_argument(
        "--var", type=_variable, metavar="NAME", help=f"a variable of this notebook that becomes the {given}"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="show nothing")


def add_submission(parser: argparse.ArgumentParser) -> None:
    """What the command line knows of a submission, too."""
    notebook_options.add_parameters(parser)
    notebook_options.add_run(parser)
    notebook_options.add_queue(parser)
    add_store(parser)


def order_of(args: argparse.Namespace) -> Order:
    """What the options ask for: a file, a template, or the cell's body."""
    if args.cell is not None and args.notebook not in (None, STDIN):
        raise UsageError(f"Both a cell's body and {args.notebook!r} are given.", remedy="Leave one of them out.")
    if args.cell is None and args.notebook in (None, STDIN):
        raise UsageError(
            f"%runt {args.command} needs a notebook.",
            remedy=f"Give a path or a template's name, or write it below %%runt {args.command}.",
        )
    if args.cell is None:
        return Order(notebook=str(args.notebook), **options_of(args))
    # The magic's own line is counted as well: a fault's line is the one that the cell has beside it.
    content = f"\n{args.cell}".encode("utf-8", "surrogateescape")
    return Order(notebook=STDIN, content=content, content_name="cell", **options_of(args))


def options_of(args: argparse.Namespace) -> dict[str, Any]:
    """The keyword arguments of an Order. A run asks here where somebody can be asked, unless the options say otherwise."""
    policy = args.input or ("wait" if shell.can_ask() and not args.answer else None)
    return submit.order_options(args, "wait" if policy == "ask" else policy)


def keep(args: argparse.Namespace, made: Shown) -> None:
    """Puts it into the variable that the options name, before anything else can be interrupted; with `-q` nothing shows it."""
    if args.var is not None:
        shell.shell().user_ns[args.var] = made
    if args.quiet:
        made.hide()


def _variable(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise argparse.ArgumentTypeError(f"{name!r} is no name of a variable")
    return name
