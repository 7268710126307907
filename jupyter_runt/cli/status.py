"""`status`: one look at everything."""

from __future__ import annotations

import argparse

from jupyter_runt.cli.context import add_store, opened, print_json
from jupyter_runt.store.base import STATUSES

EXAMPLES = "jupyter runt status --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        found = app.client.status()
        counts = found["runs"]
        if args.json:
            print_json(found)
        else:
            print(f"jupyter-runt {found['version']}")
            if app.at_hand is None:
                print(f"server   {app.client.where}")
            print(f"store    {found['store']}")
            print(f"workers  {found['workers']}")
            print(
                "runs     " + (", ".join(f"{counts[each]} {each}" for each in STATUSES if counts.get(each)) or "none")
            )
    return 0
