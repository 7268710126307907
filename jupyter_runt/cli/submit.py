"""`submit`: queue a notebook and print the run's id."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import App, add_store, opened, print_json, say
from jupyter_runt.client.base import Order, Queued
from jupyter_runt.errors import UsageError

EXAMPLES = "jupyter runt submit report.yml -p day 2026-11-20 --label team=ops\n  jupyter runt follow last"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebook", metavar="NOTEBOOK", help="a path, - for standard input, or a template's name")
    notebook_options.add_parameters(parser)
    notebook_options.add_run(parser)
    notebook_options.add_queue(parser)
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        queued = submit(app, args, input_policy=args.input)
        tell(app, queued, args)
        return 0


def submit(app: App, args: argparse.Namespace, *, input_policy: str | None) -> Queued:
    """Queues the notebook that the options describe and sees to it that a worker lives."""
    if input_policy == "ask":
        raise UsageError("--input ask needs a terminal that stays.", remedy="Use `run`, or --input wait and `reply`.")
    order = Order(
        notebook=args.notebook,
        content=sys.stdin.buffer.read() if args.notebook == "-" else b"",
        **order_options(args, input_policy),
    )
    queued = app.client.queue(order)
    say_what(app, queued)
    return queued


def order_options(args: argparse.Namespace, input_policy: str | None) -> dict[str, Any]:
    """What `submit` and `rerun` have in common."""
    return {
        "run_id": args.id,
        "input": input_policy,
        "priority": args.priority,
        "idempotency_key": args.idempotency_key,
        "start_worker": not args.no_worker,
        **notebook_options.request_options(args),
    }


def say_what(app: App, queued: Queued) -> None:
    """What its submitter should know: warnings, that the run is an earlier one, that a worker was started for it."""
    from jupyter_runt.cli.render import tables

    for warning in queued.warnings:
        say(f"warning: {warning}")
    if not queued.created:
        say(f"the idempotency key is known: this is run {queued.run_id}, {queued.status}")
    elif queued.worker_started:
        idle = tables.duration(app.settings.idle_exit).removesuffix(" 0 s")
        say(f"no worker was running: one was started; it ends itself after {idle} without work")


def tell(app: App, queued: Queued, args: argparse.Namespace) -> None:
    """The run's id on stdout, and on stderr its live page where a server shows it; or all of it as JSON."""
    page = app.client.page_url(queued.run_id)
    if args.json:
        place = "store" if app.at_hand is not None else "server"
        print_json({"run_id": queued.run_id, "created": queued.created, place: app.client.where, "page": page})
        return
    print(queued.run_id, flush=True)
    say_page(page)


def say_page(page: str | None) -> None:
    """Where a browser can watch."""
    if page is not None:
        say(f"live page: {page}")
