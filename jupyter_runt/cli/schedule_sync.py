"""`schedule sync`: schedules as notebooks declare them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from jupyter_runt.cli.context import App, refuse_server, say
from jupyter_runt.cli.render import tables
from jupyter_runt.cli.schedule_add import own_zone


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("places", nargs="+", metavar="PATH", help="a notebook, or a folder with all that is in it")
    parser.add_argument("--tz", metavar="ZONE", help="of schedules that name no time zone (default: this machine's)")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, and say what would be changed")


def sync(app: App, args: argparse.Namespace) -> list[dict[str, Any]]:
    """The changes, as `--json` prints them."""
    from jupyter_runt.client.schedule_sync import UNCHANGED
    from jupyter_runt.client.schedule_sync import sync as make_equal

    refuse_server(args)
    zone = args.tz or own_zone()
    found = make_equal(app.local, args.places, zone, app.settings.template_folders, dry_run=args.dry_run)
    if not args.json:
        if found:
            rows = [[each.action, each.schedule_id, each.cron, each.tz, each.origin] for each in found]
            print(tables.table(["WHAT", "SCHEDULE", "CRON", "ZONE", "NOTEBOOK"], rows))
        changed = sum(each.action != UNCHANGED for each in found)
        nothing = "nothing to change" if found else "no notebook there declares a schedule (metadata.schedule)"
        say(f"{changed} {'would be' if args.dry_run else 'of them'} changed" if changed else nothing)
    return [asdict(each) for each in found]
