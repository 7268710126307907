"""`worker`: takes runs from the queue and drives them."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_runt.cli import notebook_options
from jupyter_runt.cli.context import add_store, hand_on, opened, say
from jupyter_runt.errors import RuntError, StoreTooNew, UsageError

if TYPE_CHECKING:
    from jupyter_runt.worker.loop import Options

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
        "--no-supervisor",
        action="store_true",
        help="be the worker itself: nobody starts another one when this process is killed",
    )
    parser.add_argument(
        "--log-level", default="info", choices=("debug", "info", "warning", "error"), help="(default: info)"
    )
    add_store(parser, at_hand=True)


def run(args: argparse.Namespace) -> int:
    from jupyter_runt.store.retention import Limits
    from jupyter_runt.worker.loop import Options
    from jupyter_runt.worker.supervisor import Supervisor

    if args.concurrency is not None and args.concurrency < 1:
        raise UsageError("--concurrency needs a number of 1 or more.")
    logging.basicConfig(
        level=args.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    with opened(
        args, at_hand=True
    ) as app:  # closed again before a process is forked, which must not inherit a connection
        hand_on(app)
        runtime = app.store.runtime
        options = Options(
            name=args.name,
            concurrency=args.concurrency or app.settings.concurrency,
            until_empty=args.until_empty,
            idle_exit=notebook_options.seconds("--idle-exit", args.idle_exit),
            labels=notebook_options.labels(args.label),
            limits=Limits.of(app.settings),
        )
    if args.no_supervisor:
        _serve(args, options)
        return 0
    own = os.getpid()
    supervisor = Supervisor(runtime, lambda: _supervised(args, options, own))
    status = supervisor.run()
    if supervisor.handed_over and supervisor.ended_by == signal.SIGHUP:
        # Whoever closes a terminal ends what runs in it, but not the runs.
        with opened(args, at_hand=True) as app:
            app.local.ensure_worker()
    return status


def _supervised(args: argparse.Namespace, options: Options, supervisor: int) -> int:
    """A worker's exit status, as its supervisor reads it."""
    from jupyter_runt.worker.supervisor import HANDED_OVER

    try:
        return HANDED_OVER if _serve(args, options, supervisor) else 0
    except StoreTooNew as error:
        print(f"jupyter runt: {error}", file=sys.stderr)
        return HANDED_OVER
    except RuntError as error:
        print(f"jupyter runt: {error}", file=sys.stderr)
        return error.exit_code


def _serve(args: argparse.Namespace, options: Options, supervisor: int | None = None) -> bool:
    """One worker's life; whether it let go of runs that have not ended."""
    from jupyter_runt.client.notifications import NotificationsDesk
    from jupyter_runt.client.schedules import SchedulesDesk
    from jupyter_runt.store.notifications import Rate
    from jupyter_runt.worker.firing import Firing
    from jupyter_runt.worker.loop import Worker
    from jupyter_runt.worker.notifying import Notifying

    with opened(args, at_hand=True) as app:

        async def serve() -> bool:
            desk = SchedulesDesk(app.local, app.settings.template_folders)
            rate = Rate(app.settings.notify_most, app.settings.notify_within)
            notifying = Notifying(app.store, app.clock, NotificationsDesk(app.store), rate)
            worker = Worker(app.store, app.clock, options, Firing(app.store, app.clock, desk), notifying)
            worker.register()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
                    loop.add_signal_handler(number, worker.drain)
            if supervisor is not None:
                _when_parent_is_gone(supervisor, lambda: worker.end_when_idle(app.settings.idle_exit))
            say(f"worker {worker.worker_id} serves {app.store.url} ({options.concurrency} at once)")
            await worker.serve()
            say(f"worker {worker.worker_id} has ended")
            return worker.handed_over

        return asyncio.run(serve())


def _when_parent_is_gone(pid: int, act: Callable[[], None]) -> None:
    """Calls `act` once this process's parent, which is that of the pid, has ended."""
    from jupyter_runt.kernel.ending import Ending
    from jupyter_runt.kernel.identity import GONE, Identity

    loop = asyncio.get_running_loop()
    try:
        ending = Ending(Identity.of(pid) or GONE)
    except ProcessLookupError:
        loop.call_soon(act)
        return

    def gone() -> None:
        ending.close()
        act()

    ending.tell(gone)
    if os.getppid() != pid:  # it was quicker, and the pid is another process's by now
        loop.call_soon(gone)
