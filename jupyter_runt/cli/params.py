"""`params`: what a notebook can be given."""

from __future__ import annotations

import argparse
import os
from typing import Any

from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import add_server, at_server, print_json, say
from jupyter_runt.cli.render import tables
from jupyter_runt.notebook import values

EXAMPLES = "jupyter runt params notebooks/example.yml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebook", metavar="NOTEBOOK", help="a path, - for standard input, or a template's name")
    add_server(parser)


def run(args: argparse.Namespace) -> int:
    with at_server(args) as client:
        is_template = client is not None and not (args.notebook == "-" or os.path.isfile(args.notebook))
        found = client.template(args.notebook)["parameters"] if client and is_template else _here(args.notebook)
    if args.json:
        print_json(found)
    elif found:
        rows = [[each["name"], _type(each), _shown(each), each["description"]] for each in found]
        print(tables.table(["NAME", "TYPE", "DEFAULT", "DESCRIPTION"], rows))
    else:
        say("This notebook has no parameters.")
    return 0


def _here(name: str) -> list[dict[str, Any]]:
    from jupyter_runt import settings
    from jupyter_runt.notebook import parameters

    return parameters.described(notebook_options.load(name, settings.load(os.environ).template_folders))


def _type(parameter: dict[str, Any]) -> str:
    """A schema may name several."""
    named = parameter["type"]
    return " or ".join(map(str, named)) if isinstance(named, list) else str(named)


def _shown(parameter: dict[str, Any]) -> str:
    marks = [mark for mark in ("required", "secret") if parameter[mark]]
    default = "" if parameter["default"] is None else values.shown(parameter["default"])
    return " ".join([default, *(f"({mark})" for mark in marks)]).strip()
