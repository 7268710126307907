"""`status`: one look at everything."""

from __future__ import annotations

import argparse

from jupyter_runt._version import __version__
from jupyter_runt.cli.context import add_store, opened, print_json
from jupyter_runt.cli.ls import STATUSES
from jupyter_runt.kernel.place import here
from jupyter_runt.store.life import is_held

EXAMPLES = "jupyter runt status --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        app.client.tend()
        workers = [each for each in app.store.workers() if each.place != here() or is_held(each.lock)]
        counts = app.store.counts()
        if args.json:
            print_json(
                {"version": __version__, "store": app.store.url, "runtime": str(app.store.runtime),
                 "workers": len(workers), "runs": {status: counts.get(status, 0) for status in STATUSES}}
            )  # fmt: skip
        else:
            print(f"jupyter-runt {__version__}")
            print(f"store    {app.store.url}")
            print(f"workers  {len(workers)}")
            print(
                "runs     " + (", ".join(f"{counts[each]} {each}" for each in STATUSES if counts.get(each)) or "none")
            )
    return 0
