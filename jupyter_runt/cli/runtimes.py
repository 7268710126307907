"""`runtimes`: where notebooks can be executed."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_runt.cli.context import add_server, at_server, print_json, say
from jupyter_runt.cli.render import tables

EXAMPLES = "jupyter runt runtimes\n  jupyter runt execute notebook.ipynb -k ir"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server(parser)


def run(args: argparse.Namespace) -> int:
    with at_server(args) as client:
        found = client.runtimes() if client is not None else _here()
    if args.json:
        print_json(found)
    elif found:
        rows = [
            [
                each["name"] + (" (default)" if each["default"] else ""),
                each["display_name"],
                each["language"],
                each["resource_dir"],
            ]
            for each in found
        ]
        print(tables.table(["NAME", "SHOWN AS", "LANGUAGE", "FOLDER"], rows))
    else:
        say("No kernelspec is installed here: `pip install ipykernel` brings one.")
    return 0


def _here() -> list[dict[str, Any]]:
    from jupyter_runt.client import catalogue

    return catalogue.runtimes()
