"""`sweep`: a notebook run once for each combination of some values."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from random import SystemRandom
from typing import Any

from jupyter_runt import ids
from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.notebook_options import Value
from jupyter_runt.client.base import Client, Order
from jupyter_runt.errors import RuntError, UsageError
from jupyter_runt.magics import shell
from jupyter_runt.magics.commands.submission import add_here, add_notebook, add_submission, keep, order_of
from jupyter_runt.magics.connection import connections
from jupyter_runt.magics.run import Run
from jupyter_runt.magics.sweep import LABEL, MOST, Sweep
from jupyter_runt.notebook import parameters

EXAMPLES = (
    "%runt sweep model.yml -p size 10,100,1000\n"
    "  sweep = %runt sweep model.yml -p rate $rates -p kind a,b --result score --wait\n"
    "  sweep.results                           # a table of the parameters and all named results"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_notebook(parser, "sweep")
    parser.add_argument("--result", action="append", default=[], metavar="NAME",
                        help="a named result to be shown in the table; repeatable (default: the first ones)")  # fmt: skip
    add_here(parser, "Sweep")
    add_submission(parser)


def run(args: argparse.Namespace) -> Sweep:
    if args.id is not None or args.idempotency_key is not None:
        raise UsageError("A sweep is many runs: --id and --idempotency-key are for one.")
    varied, fixed = _varied(args.layers or [])
    combinations = [dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())]
    if len(combinations) > MOST:
        raise UsageError(f"That would be {len(combinations):,} runs; a sweep has {MOST:,} at most.")
    args.layers = fixed
    app = connections.app(args)
    sweep_id = ids.run_id(app.clock.now().wall, SystemRandom())
    order = order_of(args)
    order = replace(order, labels={**order.labels, LABEL: sweep_id})
    runs = _submitted(app.client, order, combinations)
    made = Sweep(app.client, sweep_id, runs, args.result)
    keep(args, made)
    waits = args.wait or args.check
    if shell.is_notebook() and not args.quiet:
        made.show()
    elif not (waits or args.quiet):
        print(f"{len(made)} runs are queued: `%runt ls --label {LABEL}={made.id}` lists them.")
    if waits:
        _to_the_end(made, quiet=args.quiet)
    if args.check:
        made.check()
    return made


def _to_the_end(sweep: Sweep, *, quiet: bool) -> None:
    """Until all have ended; at a terminal a line tells how far they are, and the table follows."""
    if quiet or shell.is_notebook():
        sweep.wait()
        return
    if sys.stderr.isatty():
        sweep.tell(lambda line: print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True))
    sweep.wait()
    sweep.show()


def _varied(layers: Sequence[tuple[str, Any]]) -> tuple[dict[str, list[Any]], list[tuple[str, Any]]]:
    """The parameters with several values, each with those; and all other layers."""
    varied: dict[str, list[Any]] = {}
    fixed = []
    for kind, given in layers:
        values = _values(given[1]) if kind == "value" else []
        if len(values) > 1 or (kind == "value" and isinstance(given[1], Value) and isinstance(given[1].value, list)):
            if not values:
                raise UsageError(f"-p {given[0]}: there is no value in it.")
            varied[str(given[0])] = values
        else:
            fixed.append((kind, given))
    if not varied:
        raise UsageError(
            "No parameter has several values.",
            remedy="Write -p size 10,100,1000 or -p size $sizes with a list; -r NAME TEXT is never split.",
        )
    return varied, fixed


def _values(word: str) -> list[Any]:
    """`10,100`, a list as YAML or JSON has it, or a list of Python's."""
    if isinstance(word, Value):
        return list(word.value) if isinstance(word.value, list) else [word.value]
    found = parameters.parse_value(word)
    if isinstance(found, list):
        return found
    if "," not in word or isinstance(found, Mapping):
        return [found]
    return [notebook_options.value_of(part.strip(), raw=False) for part in word.split(",")]


def _submitted(
    client: Client, order: Order, combinations: Sequence[Mapping[str, Any]]
) -> list[tuple[Run, Mapping[str, Any]]]:
    """All of them or none: those before one that is refused are cancelled."""
    runs: list[tuple[Run, Mapping[str, Any]]] = []
    try:
        for values in combinations:
            queued = client.queue(replace(order, layers=[*order.layers, values]))
            runs.append((Run(client, queued.run_id), values))
    except BaseException:
        for each, _ in runs:
            with suppress(RuntError):
                each.cancel()
        raise
    return runs
