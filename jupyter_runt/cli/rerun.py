"""`rerun`: the same notebook again, as the earlier run kept it, with other parameters if you like."""

from __future__ import annotations

import argparse

from jupyter_runt.cli import notebook_options, submit
from jupyter_runt.cli.context import add_store, opened, print_json

EXAMPLES = "jupyter runt rerun last -p size 500\n  jupyter runt follow last"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    notebook_options.add_parameters(parser)
    notebook_options.add_run(parser)
    notebook_options.add_queue(parser)
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    from jupyter_runt.client.again import again

    with opened(args) as app:
        options = notebook_options.request_options(args)
        variables, looked_at = submit.variables_for(app, args)
        chosen = {"priority": args.priority, "idempotency_key": args.idempotency_key, "input": args.input,
                  "variables": variables, "looked_at": looked_at}  # fmt: skip
        run_id, created = again(app.client, app.client.find(args.run_name), args.id, {**options, **chosen})
        submit.see_to_it(app, run_id, created, start_worker=not args.no_worker)
        if args.json:
            print_json({"run_id": run_id, "created": created})
        else:
            print(run_id)
    return 0
