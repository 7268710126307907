"""`worker`: takes runs from the queue and drives them."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys

from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import add_store, opened, say
from jupyter_runt.errors import UsageError

EXAMPLES = "jupyter runt worker --concurrency 8\n  jupyter runt worker --until-empty"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--concurrency", type=int, metavar="N", help="runs at once (default: 4, or as configured)")
    parser.add_argument("--until-empty", action="store_true", help="end when no run waits and none is running")
    parser.add_argument(
        "--idle-exit", metavar="TIME", help="end after this time without work: 90, 5m, 1h (default: never)"
    )
    parser.add_argument("--name", default="", metavar="NAME", help="a name for people, shown by `workers`")
    parser.add_argument("--label", action="append", default=[], metavar="K=V", help="a label; repeatable")
    parser.add_argument(
        "--log-level", default="info", choices=("debug", "info", "warning", "error"), help="(default: info)"
    )
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    from jupyter_runt.worker.loop import Options, Worker

    if args.concurrency is not None and args.concurrency < 1:
        raise UsageError("--concurrency needs a number of 1 or more.")
    logging.basicConfig(
        level=args.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    with opened(args) as app:
        options = Options(
            name=args.name,
            concurrency=args.concurrency or app.settings.concurrency,
            until_empty=args.until_empty,
            idle_exit=notebook_options.seconds("--idle-exit", args.idle_exit),
            labels=notebook_options.labels(args.label),
        )

        async def serve() -> None:
            worker = Worker(app.store, app.clock, options)
            worker.register()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.add_signal_handler(number, worker.drain)
            say(f"worker {worker.worker_id} serves {app.store.url} ({options.concurrency} at once)")
            await worker.serve()
            say(f"worker {worker.worker_id} has ended")

        asyncio.run(serve())
    return 0
