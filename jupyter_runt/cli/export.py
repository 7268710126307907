"""`export`: a run's notebook with its outputs, as far as it has come."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jupyter_runt.cli.context import add_store, opened, say

EXAMPLES = "jupyter runt export last -o done.ipynb\n  jupyter runt export last -o report.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="a .ipynb, .yml or .html file, or - for .ipynb on stdout"
    )
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    from jupyter_runt.client import export
    from jupyter_runt.notebook import library

    with opened(args) as app:
        run_id = app.client.find(args.run_name)
        if args.output == "-":
            for piece in export.exported(app.client, run_id).ipynb():
                sys.stdout.write(piece)
            return 0
        path = Path(args.output)
        library.check_output(path, (".ipynb", ".yml", ".yaml", ".html"))
        found = export.exported(app.client, run_id)
        if path.suffix.lower() == ".html":
            library.write_atomically(path, export.html(found).encode("utf-8", "replace"))
        else:
            found.write(path)
        if not found.state.ended:
            say(f"run {run_id} is {found.state.status}: this is what it has shown so far")
        say(f"written to {path}")
    return 0
