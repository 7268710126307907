"""`workers`: who takes runs from this store's queue."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from jupyter_runt.cli.context import add_store, opened, print_json, say
from jupyter_runt.cli.render import tables
from jupyter_runt.events.codec import iso
from jupyter_runt.kernel.place import here
from jupyter_runt.store.base import RunFilter
from jupyter_runt.store.life import bury_the_dead, is_held

EXAMPLES = "jupyter runt workers\n  jupyter runt workers --start"
ACTIVE = ("starting", "running", "waiting")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--start", action="store_true", help="start a worker in the background when none lives")
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        if args.start:
            bury_the_dead(app.store, here())
            pid = app.client.ensure_worker()
            say("a worker takes runs already" if pid is None else f"a worker was started (pid {pid})")
            return 0
        found = app.store.workers()
        driven: dict[str, list[str]] = {}
        for row in app.store.runs(RunFilter(status=ACTIVE, limit=1000)):
            driven.setdefault(row.worker or "", []).append(row.run_id)
        alive = {each.worker_id: is_held(each.lock) if each.place == here() else None for each in found}
        if args.json:
            print_json(
                [
                    {**asdict(each), "started_at": iso(each.started_at), "alive": alive[each.worker_id],
                     "runs": driven.get(each.worker_id, [])}
                    for each in found
                ]
            )  # fmt: skip
        elif found:
            now = app.clock.now().wall
            states = {True: "alive", False: "dead", None: "elsewhere"}
            rows = [
                [each.worker_id, str(each.pid), each.host, states[alive[each.worker_id]],
                 f"{len(driven.get(each.worker_id, []))}/{each.concurrency}", tables.ago(now - each.started_at)]
                for each in found
            ]  # fmt: skip
            print(tables.table(["WORKER", "PID", "HOST", "STATE", "RUNS", "STARTED"], rows))
        else:
            say("No worker is running: `submit` and `run` start one, or `jupyter runt worker`.")
    return 0
