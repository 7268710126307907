"""`schedule service`: what has schedules fire after a logout and a reboot, too; `schedule add` says it as well."""

from __future__ import annotations

import argparse
import os
from typing import Any

from jupyter_runt.cli.context import App, refuse_server


def add_arguments(parser: argparse._ActionsContainer) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--systemd", action="store_true", help="print a systemd user unit that keeps a worker alive")
    which.add_argument("--crontab", action="store_true", help="print a line for crontab that starts one at each boot")


def service(app: App, args: argparse.Namespace) -> dict[str, Any]:
    """Words on stdout, or the text of a file that can be redirected to its place."""
    from jupyter_runt.client import endurance

    refuse_server(args)
    url = app.store.url
    told = endurance.told(os.environ)
    if not args.json:
        print(file(app, args) or "\n".join(told) + "\n", end="")
    return {"told": told, "systemd": endurance.systemd_unit(url), "crontab": endurance.crontab_line(url)}


def file(app: App, args: argparse.Namespace) -> str:
    """The text of the file that is asked for; empty if none is."""
    from jupyter_runt.client import endurance

    if args.systemd:
        return endurance.systemd_unit(app.store.url)
    return endurance.crontab_line(app.store.url) if args.crontab else ""
