"""`workers`: who takes runs from this store's queue."""

from __future__ import annotations

import argparse

from jupyter_runt.cli.context import add_store, opened, print_json, say
from jupyter_runt.cli.render import tables
from jupyter_runt.events import codec
from jupyter_runt.kernel.place import here
from jupyter_runt.store.life import bury_the_dead

EXAMPLES = "jupyter runt workers\n  jupyter runt workers --start"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--start", action="store_true", help="start a worker in the background when none lives")
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args, at_hand=args.start) as app:
        if args.start:
            bury_the_dead(app.store, here())
            pid = app.local.ensure_worker()
            say("a worker takes runs already" if pid is None else f"a worker was started (pid {pid})")
            return 0
        found = app.client.workers()
        if args.json:
            print_json(found)
        elif found:
            now = app.clock.now().wall
            states = {True: "alive", False: "dead", None: "elsewhere"}
            rows = [
                [each["worker_id"], str(each["pid"]), each["host"], states[each["alive"]],
                 f"{len(each['runs'])}/{each['concurrency']}", tables.ago(now - codec.seconds(each["started_at"]))]
                for each in found
            ]  # fmt: skip
            print(tables.table(["WORKER", "PID", "HOST", "STATE", "RUNS", "STARTED"], rows))
        else:
            say("No worker is running: `submit` and `run` start one, or `jupyter runt worker`.")
    return 0
