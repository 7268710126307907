"""`serve`: a Jupyter server with nothing but runs."""

from __future__ import annotations

import argparse
import os
import sys

from jupyter_runt.cli.context import add_store, refuse_server
from jupyter_runt.settings import STORE_VARIABLE

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
    refuse_server(args)
    store = args.store or os.environ.get(STORE_VARIABLE)
    options = [f"--RuntApp.store={store}"] if store else []  # else as the configuration has it
    if args.port is not None:
        options += ["--ServerApp.port_retries=0"]  # another port than the one that was asked for helps nobody
    options += [f"--ServerApp.{name}={value}" for name in ("port", "ip") if (value := getattr(args, name)) is not None]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "jupyter_runt.server", *options, *args.more])  # noqa: S606 -- no shell
