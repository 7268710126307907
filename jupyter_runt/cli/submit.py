"""`submit`: queue a notebook and print the run's id."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import App, add_store, opened, print_json, say
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
        run_id, created = submit(app, args, input_policy=args.input)
        if args.json:
            print_json({"run_id": run_id, "created": created, "store": app.store.url})
        else:
            print(run_id)
        return 0


def submit(app: App, args: argparse.Namespace, *, input_policy: str | None) -> tuple[str, bool]:
    """Queues the notebook that the options describe and sees to it that a worker lives."""
    from jupyter_runt.client.request import Request

    if input_policy == "ask":
        raise UsageError("--input ask needs a terminal that stays.", remedy="Use `run`, or --input wait and `reply`.")
    notebook = notebook_options.load(args.notebook, app.settings.template_folders)
    variables, looked_at = variables_for(app, args)
    request = Request(
        notebook=notebook,
        run_id=args.id or app.client.new_id(),
        name="stdin" if args.notebook == "-" else os.path.basename(notebook.source_path or args.notebook),
        input=input_policy,
        priority=args.priority,
        idempotency_key=args.idempotency_key,
        variables=variables,
        looked_at=looked_at,
        orphan_timeout=app.settings.orphan_timeout,
        **notebook_options.request_options(args),
    )
    run_id, created, prepared = app.client.submit(request)
    for note in prepared.notes:
        say(f"warning: {note}")
    see_to_it(app, run_id, created, start_worker=not args.no_worker)
    return run_id, created


def variables_for(app: App, args: argparse.Namespace) -> tuple[set[str], list[str]]:
    """The names of the variables that references may name, and whose they are; see `known_variables`."""
    from jupyter_runt.client.variables import known_variables
    from jupyter_runt.worker.prepare import read_env_file

    variables, looked_at = known_variables(app.store, starts_worker=not args.no_worker)
    if args.env_file and looked_at:
        variables |= set(read_env_file(Path(args.env_file)))
    return variables, looked_at


def see_to_it(app: App, run_id: str, created: bool, *, start_worker: bool) -> None:
    """Starts a worker for a new run when none lives; says so, or that the run is an earlier one."""
    from jupyter_runt.cli.render import tables

    if not created:
        say(f"the idempotency key is known: this is run {run_id}, {app.store.run(run_id).status}")
    elif start_worker and app.client.ensure_worker() is not None:
        idle = tables.duration(app.settings.idle_exit).removesuffix(" 0 s")
        say(f"no worker was running: one was started; it ends itself after {idle} without work")
