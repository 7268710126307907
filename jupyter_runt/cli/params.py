"""`params`: what a notebook can be given."""

from __future__ import annotations

import argparse
import os
from typing import Any

from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import print_json, say
from jupyter_runt.cli.render import tables

EXAMPLES = "jupyter runt params notebooks/example.yml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebook", metavar="NOTEBOOK", help="a path, - for standard input, or a template's name")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from jupyter_runt import settings

    notebook = notebook_options.load(args.notebook, settings.load(os.environ).template_folders)
    found = _described(notebook)
    if args.json:
        print_json(found)
    elif found:
        rows = [[each["name"], each["type"], _shown(each), each["description"]] for each in found]
        print(tables.table(["NAME", "TYPE", "DEFAULT", "DESCRIPTION"], rows))
    else:
        say("This notebook has no parameters.")
    return 0


def _described(notebook: Any) -> list[dict[str, Any]]:
    from jupyter_runt.notebook import parameters, references, values

    assigned, _ = parameters.cell_defaults(notebook)
    defaults = {**assigned, **notebook.parameters}
    names = [*dict.fromkeys([*notebook.parameters, *notebook.parameter_schema, *assigned])]
    secret = parameters.secrets(notebook)
    found = []
    for name in names:
        schema, default = notebook.parameter_schema.get(name, {}), defaults.get(name)
        found.append(
            {
                "name": name,
                "type": schema.get("type") or (parameters.type_name(default) if default is not None else "any"),
                "default": values.to_json(references.masked(default) if name in secret else default),
                "required": bool(schema.get("x-required")),
                "secret": name in secret,
                "description": schema.get("description", ""),
            }
        )
    return found


def _shown(parameter: dict[str, Any]) -> str:
    marks = [mark for mark in ("required", "secret") if parameter[mark]]
    default = "" if parameter["default"] is None else repr(parameter["default"])
    return " ".join([default, *(f"({mark})" for mark in marks)]).strip()
