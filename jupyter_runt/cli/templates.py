"""`templates`: the notebooks that can be run by name."""

from __future__ import annotations

import argparse
import os

from jupyter_runt.cli.context import print_json, say
from jupyter_runt.cli.render import tables

EXAMPLES = "jupyter runt templates\n  jupyter runt execute simple-health-check"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from jupyter_runt import settings
    from jupyter_runt.notebook import library, values

    found = library.templates(settings.load(os.environ).template_folders)
    if args.json:
        print_json(
            [
                {"name": each.name, "title": each.title, "description": each.description, "path": str(each.path),
                 "parameters": values.to_json(each.parameters)}
                for each in found
            ]
        )  # fmt: skip
    elif found:
        print(
            tables.table(["NAME", "TITLE", "PARAMETERS"], [[t.name, t.title, ", ".join(t.parameters)] for t in found])
        )
    else:
        say("There are no templates: put notebooks into share/jupyter/jupyter_runt/templates of a Jupyter data path.")
    return 0
