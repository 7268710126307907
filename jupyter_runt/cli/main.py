"""Finds the command, runs it, and turns every error into one message and an exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from jupyter_runt._version import __version__
from jupyter_runt.cli import notebook_options
from jupyter_runt.errors import RuntError

# command -> (module, what it does); only the module of the command that is asked for is imported.
COMMANDS = {
    "execute": ("execute", "run notebooks in this process and follow them to the end"),
    "run": ("run", "submit a notebook and follow it; Ctrl-C detaches"),
    "submit": ("submit", "queue a notebook for a worker and print the run's id"),
    "worker": ("worker", "run a worker that takes runs from the queue"),
    "ls": ("ls", "list runs, newest first"),
    "show": ("show", "show one run: cells, statuses, durations, outputs"),
    "follow": ("follow", "show a run's output from its first line, and stay until its end"),
    "logs": ("follow", "the same as follow"),
    "cancel": ("signals", "end a run; cells that never ran become cancelled"),
    "interrupt": ("signals", "interrupt the running cell, as Ctrl-C would"),
    "kill": ("signals", "end a run at once, without grace"),
    "pause": ("signals", "hold a run before its next cell"),
    "resume": ("signals", "let a paused run go on"),
    "reply": ("reply", "answer the input() that a run waits for"),
    "rerun": ("rerun", "submit a run's notebook again, with other parameters if you like"),
    "rm": ("rm", "remove ended runs from the store"),
    "pin": ("pin", "keep runs for good: retention leaves them alone"),
    "unpin": ("pin", "give pinned runs back to retention"),
    "prune": ("prune", "remove the oldest ended runs now, as workers do by themselves"),
    "export": ("export", "write a run's notebook with its outputs (.ipynb, .yml, .html)"),
    "convert": ("convert", "convert a notebook between YAML and .ipynb"),
    "validate": ("validate", "check notebook files and name every fault"),
    "params": ("params", "list a notebook's parameters"),
    "templates": ("templates", "list the notebooks that can be run by name"),
    "new": ("new", "write a commented starter notebook"),
    "runtimes": ("runtimes", "list the runtimes (kernels) that notebooks can name"),
    "workers": ("workers", "list the workers of the store"),
    "schedule": ("schedule", "have notebooks run at due times: add, ls, show, pause, resume, run-now, rm"),
    "health": ("health", "how everything is that runs watch, or one monitor's history"),
    "status": ("status", "one look at store, queue and workers"),
    "serve": ("serve", "start a Jupyter server that shows and steers the runs; Ctrl-C ends it, not the runs"),
    "open": ("open", "open a run's live page in the browser"),
    "doctor": ("doctor", "check that everything that runs need is in order"),
}

EPILOG = """\
examples:
  jupyter runt execute notebooks/example.yml -p data_size 500
  jupyter runt execute report.ipynb -o done.ipynb
  jupyter runt run report.yml                    # a worker runs it; Ctrl-C only detaches
  jupyter runt ls --status running
  jupyter runt follow last

exit codes: 0 succeeded, 1 a cell failed, 2 bad notebook, parameter or usage, 3 the kernel could not start, or died,
4 timeout, 5 the named store or server cannot be used, 6 cancelled by somebody else, 70 internal error, 129, 130 and 143 ended by a
hang-up, Ctrl-C or SIGTERM, 141 when whoever read the output has closed it.
"""


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser of all commands, or, to start quickly, with the options of one command only."""
    parser = argparse.ArgumentParser(
        prog="jupyter runt",
        description="Runs notebooks that outlive the browser, the server and the worker, and never lose a line.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"jupyter-runt {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, (module, purpose) in COMMANDS.items():
        if only is not None and name != only:
            commands.add_parser(name, help=purpose, add_help=False)
            continue
        command = importlib.import_module(f"jupyter_runt.cli.{module}")
        sub = commands.add_parser(
            name,
            help=purpose,
            description=purpose[0].upper() + purpose[1:] + ".",
            epilog=f"example:\n  {examples(command, name)}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,  # or a script's `--out` would mean something else once there is a second such option
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run, parser=sub)
    return parser


def examples(command: Any, name: str) -> Any:
    """Those of a command's module, which may be that of several commands."""
    return command.EXAMPLES.get(name) if isinstance(command.EXAMPLES, dict) else command.EXAMPLES


def _unknown(word: str) -> str:
    """What to say of a first word that is no command: often it is a notebook."""
    from difflib import get_close_matches

    if os.path.exists(word):
        return f"{word!r} is no command. To run the notebook: jupyter runt execute {word}"
    close = get_close_matches(word, COMMANDS, 1)
    return f"there is no command {word!r}{f': did you mean {close[0]!r}?' if close else ''} (--help lists the commands)"


def _in_order(words: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """These words as they stood in the arguments, where an option may be followed by its value; `--` has done its work."""
    left = [word for word in words if word != "--"]
    found: list[str] = []
    for word in reversed(arguments):
        if word in left:
            left.remove(word)
            found.insert(0, word)
    return found


def _open_closed_streams() -> None:
    """Where a daemon's starter has closed them, the next file to be opened, the store, would become standard output."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code."""
    if os.name != "posix":
        print("jupyter runt: Windows is not supported; Linux in Windows (WSL 2) is.", file=sys.stderr)
        return 2
    _open_closed_streams()
    arguments = list(sys.argv[1:] if argv is None else argv)
    named = next((word for word in arguments if not word.startswith("-")), None)
    if named is None and not any(word in ("-h", "--help", "--version") for word in arguments):
        build_parser("").print_help()
        return 2 if arguments else 0
    parser = build_parser(named if named in COMMANDS else "")
    try:
        if named is not None and named not in COMMANDS:
            parser.error(_unknown(named))
        args, unknown = parser.parse_known_args(notebook_options.shielded(arguments))
        if unknown and getattr(args, "passes_on", False):
            args.more = _in_order([*args.more, *unknown], arguments)
        elif unknown:  # told with the usage of the command, not with that of all commands
            args.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        return int(args.run(args))
    except SystemExit as end:  # argparse has said what is wrong already
        return end.code if isinstance(end.code, int) else 2
    except RuntError as error:
        print(f"jupyter runt: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone. Nothing may be written at exit, or Python complains about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # the outermost frame: a defect of ours is one line, unless somebody wants it all
        if os.environ.get("JUPYTER_RUNT_DEBUG"):
            raise
        print(
            f"jupyter runt: internal error: {type(error).__name__}: {error}\n"
            "  Please report it; JUPYTER_RUNT_DEBUG=1 shows where it happened.",
            file=sys.stderr,
        )
        return RuntError.exit_code


if __name__ == "__main__":
    sys.exit(main())
