"""From the line of a `%runt` to the command that it names; every error is one message below the cell."""

from __future__ import annotations

import argparse
import importlib
import os
import re
from difflib import get_close_matches
from typing import Any, NoReturn

from jupyter_runt.cli import main as command_line
from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import saying
from jupyter_runt.cli.notebook_options import Value
from jupyter_runt.errors import RuntError, ServerError, UsageError
from jupyter_runt.magics import shell, values, words
from jupyter_runt.magics.connection import connections
from jupyter_runt.magics.interrupted import Interrupted

# Each a module of `commands`, and what it does: those that give objects, and what only a notebook needs.
OWN = {
    "run": "submit a notebook and show it live, while other cells run",
    "sweep": "submit a notebook once for each of several values, and show all runs in one table",
    "ls": "list runs, newest first",
    "show": "show one run; live, if it has not ended",
    "follow": "show one run live and wait for its end",
    "rerun": "submit a run's notebook again, with other parameters if you like",
    "reply": "answer the input() that a run waits for",
    "connect": "choose the server, or the store, that %runt uses from now on",
}
# As on the command line, which says what they do.
SHARED = (
    "cancel", "interrupt", "kill", "pause", "resume", "pin", "unpin", "rm", "params", "convert", "validate", "templates", "export",
    "health", "schedule", "status", "workers", "runtimes",
)  # fmt: skip
NAMES = (*OWN, *SHARED)
_AS_MAGIC = {"execute": "run", "submit": "run", "logs": "follow"}
"""What the command line calls otherwise."""
_COMMAND = re.compile(r"jupyter runt (\w+)")
TAKING_A_CELL = ("run", "sweep")


def dispatch(line: str, cell: str | None, local_ns: dict[str, Any] | None) -> Any:
    """Runs the command; returns what it gives. RuntError."""
    try:
        # IPython leaves the `;` to us by which a cell says that its value is not to be shown.
        arguments = words.split(line.rstrip().removesuffix(";"), _evaluator(local_ns or {}))
        if not arguments:
            print(overview())
            return None
        return _command(arguments, cell)
    except RuntError as error:
        error.remedy = as_magic(error.remedy)
        if isinstance(error, ServerError) and connections.chosen is not None:
            error.remedy = f"{error.remedy}\n  `%runt connect --here` leaves that server.".strip()
        raise
    except KeyboardInterrupt as interrupt:
        raise (interrupt if isinstance(interrupt, Interrupted) else Interrupted()) from None
    except Exception as error:
        if os.environ.get("JUPYTER_RUNT_DEBUG"):
            raise
        raise RuntError(
            f"internal error: {type(error).__name__}: {error}",
            remedy="Please report it; with JUPYTER_RUNT_DEBUG=1 in os.environ the traceback shows where it happened.",
        ) from None


def overview() -> str:
    """All commands with what they do."""
    rows = [f"  %runt {name:10} {_purpose(name)}" for name in NAMES]
    return "\n".join(["Commands, each with --help, or with ? behind it:", *rows])


def parser(name: str) -> argparse.ArgumentParser:
    """The parser of one command, with `run` as its default."""
    command = _module(name)
    purpose = _purpose(name)
    made = _Parser(
        prog=f"%runt {name}",
        description=purpose[0].upper() + purpose[1:] + ".",
        epilog=f"examples:\n  {command_line.examples(command, name)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(made)
    made.set_defaults(command=name, run=command.run)
    return made


class _Parser(argparse.ArgumentParser):
    """One that ends no process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}", remedy=f"{self.prog}? shows its options.")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise _HelpShownError

    def _parse_optional(self, word: str) -> Any:
        """A variable's value is never an option, whatever it begins with."""
        return None if isinstance(word, Value) else super()._parse_optional(word)

    def format_help(self) -> str:
        return as_magic(super().format_help())


class _HelpShownError(Exception):
    """Nothing more is to be done."""


def _command(arguments: list[str], cell: str | None) -> Any:
    name, *rest = arguments
    if name in ("-h", "--help", "help"):
        print(overview())
        return None
    if name not in NAMES:
        raise _unknown(name)
    if cell is not None and name not in TAKING_A_CELL:
        raise UsageError(
            f"%%runt {name} has no use for a cell's body.", remedy=f"Write %runt {name} with one percent sign."
        )
    try:
        args = parser(name).parse_args(notebook_options.shielded(rest))
    except _HelpShownError:
        return None
    args.cell = cell
    if hasattr(args, "layers"):
        values.settle(args)
    if name in OWN:
        return args.run(args)
    return _shared(args)


def _unknown(name: str) -> UsageError:
    if name in _AS_MAGIC:
        return UsageError(f"There is no command {name!r} here.", remedy=f"%runt {_AS_MAGIC[name]} does it.")
    if name in command_line.COMMANDS:
        return UsageError(
            f"There is no command {name!r} here.", remedy=f"It is one for a terminal: !jupyter runt {name}"
        )
    close = get_close_matches(name, NAMES, 1)
    meant = f": did you mean {close[0]!r}?" if close else "."
    return UsageError(f"There is no command {name!r}{meant}", remedy="%runt lists the commands.")


def _shared(args: argparse.Namespace) -> None:
    """A command of the command line: what it says, it says in the cell's output."""
    if hasattr(args, "server"):
        args.app = connections.app(args)
    told: list[str] = []
    with saying(told.append):
        code = args.run(args)
    text = as_magic("\n".join(told).replace("jupyter runt: ", "")).strip()
    if code:
        raise UsageError(text or f"%runt {args.command} was not done, or not all of it: see above.")
    if text:
        print(text)


def as_magic(text: str) -> str:
    """A message of the command line that names commands, as one that names magics."""

    def named(found: re.Match[str]) -> str:
        name = _AS_MAGIC.get(found[1], found[1])
        return f"%runt {name}" if name in NAMES else found[0]

    return _COMMAND.sub(named, text)


def _module(name: str) -> Any:
    if name in OWN:
        return importlib.import_module(f"jupyter_runt.magics.commands.{name}")
    return importlib.import_module(f"jupyter_runt.cli.{command_line.COMMANDS[name][0]}")


def _purpose(name: str) -> str:
    return OWN[name] if name in OWN else command_line.COMMANDS[name][1]


def _evaluator(local_ns: dict[str, Any]) -> words.Evaluate:
    interactive = shell.shell()
    names = interactive.user_ns if interactive is not None else {}
    inner = {} if local_ns is names else local_ns

    def evaluate(expression: str) -> Any:
        # Its globals are the notebook's, and a comprehension inside sees a function's variables as well.
        return eval(expression.strip(), {**names, **inner})  # noqa: S307 - the user's own code in the user's own notebook

    return evaluate
