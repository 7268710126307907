"""`run`: submit and follow. A worker drives the run; Ctrl-C only detaches."""

from __future__ import annotations

import argparse

from jupyter_runt.cli import ask, follow, submit
from jupyter_runt.cli.context import opened

EXAMPLES = (
    "jupyter runt run report.yml -p day 2026-11-20\n"
    "  jupyter runt run report.yml --server https://jupyter.example/user/ada/ --token-file ~/.jupyter-token"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    submit.add_arguments(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="only cell output and errors")
    parser.add_argument("-v", "--verbose", action="store_true", help="also kernel, worker, parameters, attempts")


def run(args: argparse.Namespace) -> int:
    asks = args.input in (None, "ask") and not args.answer and ask.can_ask() and args.notebook != "-"
    with opened(args) as app:
        policy = "wait" if asks else args.input
        run_id = submit.submit(app, args, input_policy=policy).run_id
        if not args.quiet:
            submit.say_page(app.client.page_url(run_id))
        return follow.to_the_end(app, args, run_id, source=args.notebook, interactive=asks)
