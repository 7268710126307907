"""`runtimes`: where notebooks can be executed."""

from __future__ import annotations

import argparse

from jupyter_runt.cli.context import print_json, say
from jupyter_runt.cli.render import tables

EXAMPLES = "jupyter runt runtimes\n  jupyter runt execute notebook.ipynb -k ir"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from jupyter_runt.kernel import specs

    found = specs.known()
    if args.json:
        print_json([{"name": name, **about, "default": name == specs.DEFAULT_RUNTIME} for name, about in found.items()])
    elif found:
        rows = [
            [
                name + (" (default)" if name == specs.DEFAULT_RUNTIME else ""),
                about["display_name"],
                about["language"],
                about["resource_dir"],
            ]
            for name, about in found.items()
        ]
        print(tables.table(["NAME", "SHOWN AS", "LANGUAGE", "FOLDER"], rows))
    else:
        say("No kernelspec is installed here: `pip install ipykernel` brings one.")
    return 0
