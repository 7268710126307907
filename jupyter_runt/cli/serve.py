"""`serve`: a Jupyter server with nothing but runs."""

from __future__ import annotations

import argparse
import os
import sys

from jupyter_runt.cli.context import add_store, opened

EXAMPLES = "jupyter runt serve --port 8899\n  jupyter runt serve --ip 0.0.0.0 --ServerApp.base_url=/runs/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, metavar="N", help="the port (default: 8888, or the next free one)")
    parser.add_argument("--ip", metavar="ADDRESS", help="the address to listen on (default: localhost)")
    parser.add_argument(
        "more", nargs="*", metavar="OPTION", help="options of `jupyter server`, as --ServerApp.base_url=/x/ or --debug"
    )
    parser.set_defaults(passes_on=True)
    add_store(parser, at_hand=True)


def run(args: argparse.Namespace) -> int:
    with opened(
        args, at_hand=True
    ) as app:  # whoever asks for a server of one store wants to hear now that it cannot be used
        store = app.settings.store
    options = [f"--RuntApp.store={store}"]
    options += [f"--ServerApp.{name}={value}" for name in ("port", "ip") if (value := getattr(args, name)) is not None]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "jupyter_runt.server", *options, *args.more])  # noqa: S606 -- no shell
