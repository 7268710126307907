"""`templates`: the notebooks that can be run by name."""

from __future__ import annotations

import argparse
import os
from typing import Any

from jupyter_runt.cli.context import add_server, at_server, print_json, say
from jupyter_runt.cli.render import tables

EXAMPLES = "jupyter runt templates\n  jupyter runt execute simple-health-check"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server(parser)


def run(args: argparse.Namespace) -> int:
    with at_server(args) as client:
        found = client.templates() if client is not None else _here()
    if args.json:
        print_json(found)
    elif found:
        rows = [[each["name"], each["title"], ", ".join(each["parameters"])] for each in found]
        print(tables.table(["NAME", "TITLE", "PARAMETERS"], rows))
    else:
        say("There are no templates: put notebooks into share/jupyter/jupyter_runt/templates of a Jupyter data path.")
    return 0


def _here() -> list[dict[str, Any]]:
    from jupyter_runt import settings
    from jupyter_runt.client import catalogue

    return catalogue.templates(settings.load(os.environ).template_folders)
