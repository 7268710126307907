"""`new`: a commented starter notebook."""

from __future__ import annotations

import argparse
from pathlib import Path

from jupyter_runt.cli.context import say
from jupyter_runt.errors import OutputPathError

EXAMPLES = "jupyter runt new first.yml\n  jupyter runt execute first.yml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the file to make: .yml, .yaml or .ipynb")


def run(args: argparse.Namespace) -> int:
    from jupyter_runt.notebook import library, starter

    path = Path(args.file)
    library.check_output(path)
    if path.exists():
        raise OutputPathError(f"{path} exists already.", remedy="Choose another name.")
    library.write_atomically(path, starter.starter(path.suffix).encode())
    say(f"{path} is made. Run it: jupyter runt execute {path}")
    return 0
