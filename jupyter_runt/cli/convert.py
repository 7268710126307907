"""`convert`: YAML to .ipynb and back, nothing lost."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jupyter_runt.cli.context import say
from jupyter_runt.errors import OutputPathError

EXAMPLES = "jupyter runt convert analysis.ipynb analysis.yml\n  jupyter runt convert analysis.yml - > analysis.ipynb"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="IN", help="a notebook: .yml, .yaml, .ipynb, .json, or - for standard input")
    parser.add_argument(
        "target", metavar="OUT", help="a .ipynb or .yml file, or - for the other format on standard output"
    )
    parser.add_argument(
        "--outputs", action=argparse.BooleanOptionalAction, help="keep outputs (default: only towards .ipynb)"
    )
    parser.add_argument("--force", action="store_true", help="write over an existing file")


def run(args: argparse.Namespace) -> int:
    from jupyter_runt.notebook import library

    notebook = library.load(args.source, sys.stdin.buffer.read() if args.source == "-" else None)
    if args.target == "-":
        suffix = ".ipynb" if notebook.format == "yaml" else ".yml"
        sys.stdout.write(library.dump(notebook, suffix, outputs=args.outputs))
        return 0
    target = Path(args.target)
    library.check_output(target)
    if target.exists() and not args.force:
        raise OutputPathError(f"{target} exists already.", remedy="Add --force to write over it.")
    library.save(notebook, target, outputs=args.outputs)
    say(f"written to {target}: {len(notebook.cells)} cells")
    return 0
