"""`execute`: submit, drive in this process, follow to the end, write the result."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_runt.cli import ask, notebook_options, outcome, reports
from jupyter_runt.cli.arguments import conceal
from jupyter_runt.cli.context import App, add_store, hand_on, named_store, opened, refuse_server, say
from jupyter_runt.errors import OutputPathError, RuntError, UsageError

EXAMPLES = (
    "jupyter runt execute notebooks/example.yml -p data_size 500\n"
    "  jupyter runt execute report.ipynb done.ipynb\n"
    "  jupyter runt execute a.yml b.yml c.yml -j 3 --report junit=report.xml"
)

ORPHAN_SECONDS = 20.0
"""After kill -9 of `execute` nobody will come for its kernel: it ends itself within 30 s."""

ENDINGS = {signal.SIGINT: ("Ctrl-C", 130), signal.SIGTERM: ("SIGTERM", 143), signal.SIGHUP: ("hang-up", 129)}


STDIN_NAME = "stdin"


@dataclass(slots=True)
class Job:
    """One notebook of the command line: where its result goes, and what became of it."""

    source: str
    notebook: Any
    output: str | None
    run_id: str = ""
    watch: Any = None
    notes: Sequence[Any] = field(default_factory=list)

    @property
    def shown_path(self) -> str:
        """The notebook's file, where it has one."""
        return str(self.notebook.source_path or self.source)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "notebooks", nargs="+", metavar="NOTEBOOK", help="a path, - for standard input, or a template's name; a second one "
        "that is not there yet, or that an earlier run of the first one wrote, is the OUTPUT")  # fmt: skip
    parser.add_argument(
        "-o", "--output", metavar="OUT", help="write the result: a .ipynb or .yml file, - for stdout, or a folder"
    )
    parser.add_argument("--inplace", action="store_true", help="write the result into the notebook itself")
    notebook_options.add_parameters(parser)
    notebook_options.add_run(parser)
    parser.add_argument("-j", "--jobs", type=int, default=1, metavar="N", help="run N notebooks at once (default 1)")
    parser.add_argument("--report", action="append", default=[], metavar="KIND", help=reports.HELP)
    parser.add_argument("--no-record", action="store_true", help="keep nothing in the store")
    parser.add_argument(
        "--survive", action="store_true", help="if this process is killed, let the kernel wait for a worker"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="only cell output and errors")
    parser.add_argument("-v", "--verbose", action="store_true", help="also kernel, parameters, attempts")
    add_store(parser, at_hand=True)
    parser.set_defaults(may_use_scratch=True)


def run(args: argparse.Namespace) -> int:
    """Runs the notebooks; the exit code is the worst of theirs."""
    from jupyter_runt import settings
    from jupyter_runt.store.retention import Limits, prune_a_little

    refuse_server(args)
    wanted = reports.wanted(args.report)
    options = notebook_options.request_options(args)
    folders = settings.load(os.environ, store=args.store).template_folders
    jobs = _jobs(args, folders)
    if args.jobs < 1:
        raise UsageError("-j needs a number of 1 or more.")
    if args.id and len(jobs) > 1:
        raise UsageError("--id names one run: give one notebook with it.")
    with opened(args, at_hand=True, scratch=args.no_record) as app:
        hand_on(app)
        try:
            return Execution(app, args, jobs, options).run()
        finally:
            reports.write(app.client, wanted, [(job.run_id, job.shown_path) for job in jobs if job.run_id])
            # Who only ever executes has no worker that lives long enough to do it.
            with contextlib.suppress(RuntError):
                prune_a_little(app.store, app.clock.now().wall, Limits.of(app.settings))
                if not app.temporary and app.store.next_notification() is not None:
                    app.local.tend()  # what could not be sent yet, a worker sends later


# -- what to run and where it goes -------------------------------------------------------------------------------------


def _jobs(args: argparse.Namespace, folders: Sequence[str]) -> list[Job]:
    names, output = list(args.notebooks), args.output
    if len(names) == 2 and output is None and not args.inplace and _is_output(names[1], names[0]):
        output = names.pop()
    if output is not None and args.inplace:
        raise UsageError("Give either -o or --inplace.")
    if names.count("-") > 1:
        raise UsageError("Standard input can be read once only.")
    jobs = [Job(name, notebook_options.load(name, folders), None) for name in names]
    for job in jobs:
        job.output = _output_of(job, output, several=len(jobs) > 1, inplace=args.inplace)
    return jobs


def _is_output(name: str, first: str) -> bool:
    """Whether a second NOTEBOOK is the OUTPUT: nothing is there yet, or what an earlier run of the first one left there.

    A notebook that holds its own result (`--inplace`) is a notebook: it must not be written over with another's.
    """
    from jupyter_runt.client.export import made_from

    path = Path(name)
    if path.suffix.lower() not in (".ipynb", ".yml", ".yaml") or path.is_dir():
        return False
    if not path.exists() or path.stat().st_size == 0:
        return True
    source = made_from(path)
    mine = STDIN_NAME if first == "-" else Path(first).name
    return source is not None and source != path.name and mine in (source, Path(source).stem)


def _output_of(job: Job, output: str | None, *, several: bool, inplace: bool) -> str | None:
    from jupyter_runt.notebook import library

    if inplace:
        if job.source == "-":
            raise UsageError("--inplace needs a file, not standard input.")
        output = job.notebook.source_path
    elif output is not None and output != "-" and (several or output.endswith(os.sep) or os.path.isdir(output)):
        if not os.path.isdir(output):
            raise OutputPathError(f"{output}: several notebooks need a folder to write to, and this is none.")
        output = os.path.join(output, Path(job.notebook.source_path or "stdin").stem + ".ipynb")
    elif output == "-" and several:
        raise UsageError("Standard output takes the result of one notebook only.")
    if output is not None and output != "-":
        library.check_output(output)
    return output


# -- running -----------------------------------------------------------------------------------------------------------


class Execution:
    """A worker for these notebooks alone in this thread's event loop, and a thread that shows what happens.

    The two are apart so that a terminal that does not read (Ctrl-S, a full pipe) holds up the picture, not the runs.
    """

    def __init__(self, app: App, args: argparse.Namespace, jobs: list[Job], options: dict[str, Any]) -> None:
        self._app, self._args, self._jobs, self._options = app, args, jobs, options
        self._interactive = self._may_ask()
        self._ended_by: signal.Signals | None = None
        self._signals = 0
        self._broken: BaseException | None = None

    def _may_ask(self) -> bool:
        if self._args.input in ("fail", "wait") or self._args.answer:
            return False
        usable = ask.can_ask() and not any(job.source == "-" for job in self._jobs)
        if self._args.input == "ask" and not usable:
            raise UsageError("--input ask needs a terminal.", remedy="Use --answer TEXT, or --input wait and `reply`.")
        return usable and (self._args.jobs == 1 or len(self._jobs) == 1)

    def run(self) -> int:
        """The exit code, after everything is shown and written."""
        asyncio.run(self._drive())
        codes = []
        for job in self._jobs:
            try:
                codes.append(self._conclude(job))
            except RuntError as error:  # the results of the others are written all the same
                self._broken = self._broken or error
        if self._broken is not None:
            raise self._broken
        if self._ended_by is not None and outcome.CANCELLED in codes:
            return ENDINGS[self._ended_by][1]
        return max(codes, key=lambda code: (code != 0, -code), default=0)

    async def _drive(self) -> None:
        from jupyter_runt.client.notifications import NotificationsDesk
        from jupyter_runt.store.notifications import Rate
        from jupyter_runt.worker.loop import Options, Worker
        from jupyter_runt.worker.notifying import Notifying

        worker = Worker(
            self._app.store,
            self._app.clock,
            Options(name="execute", concurrency=self._args.jobs, until_empty=True, exclusive=True),
            notifying=Notifying(
                self._app.store,
                self._app.clock,
                NotificationsDesk(self._app.store),
                Rate(self._app.settings.notify_most, self._app.settings.notify_within),
                driven=True,
            ),
        )
        loop = asyncio.get_running_loop()
        # Before the runs are queued: asyncio's own answer to Ctrl-C would leave them to nobody. Not what nohup has ignored.
        heeded = [number for number in ENDINGS if signal.getsignal(number) != signal.SIG_IGN]
        for number in heeded:
            loop.add_signal_handler(number, self._heed, number, worker)
        try:
            worker.register()
            self._submit(worker)
        except BaseException:
            await worker.abandon()
            raise
        watching = threading.Thread(target=self._watch, daemon=True)
        watching.start()
        try:
            await worker.serve()
        finally:
            for failed in worker.failures.values():
                self._broken = self._broken or failed
            await self._wait_for(watching)
            for number in heeded:
                loop.remove_signal_handler(number)

    def _submit(self, worker: Any) -> None:
        from jupyter_runt.client.request import Request
        from jupyter_runt.kernel.env_file import read_env_file
        from jupyter_runt.kernel.process import environment
        from jupyter_runt.worker.prepare import Private

        variables = {*environment(), *(read_env_file(Path(self._args.env_file)) if self._args.env_file else ())}
        requests = [
            Request(
                notebook=job.notebook,
                run_id=self._args.id or self._app.local.new_id(),
                name=_shown_name(job),
                input=self._args.input or ("ask" if self._interactive else None),
                private=True,
                needs_worker=worker.worker_id,
                variables=variables,
                looked_at=["this process"],
                orphan_timeout=self._app.settings.orphan_timeout if self._args.survive else ORPHAN_SECONDS,
                survive=self._args.survive,
                **self._options,
            )
            for job in self._jobs
        ]
        for job, request in zip(self._jobs, requests, strict=True):
            job.run_id, _, prepared = self._app.local.submit(request)
            job.notes = prepared.notes
            worker.entrust(job.run_id, Private(prepared.secrets, prepared.answers))
            conceal([*prepared.secrets.values(), *prepared.answers])
            for note in prepared.notes:
                say(f"warning: {note}")
            page = None if self._app.temporary or self._args.quiet else self._app.client.page_url(job.run_id)
            if page is not None:
                say(f"live page: {page}")

    async def _wait_for(self, watching: threading.Thread) -> None:
        """Until everything is shown; a second signal is not kept waiting by a terminal that does not read."""
        while watching.is_alive() and self._broken is None and self._signals < 2:
            await asyncio.to_thread(watching.join, 0.25)

    def _heed(self, number: signal.Signals, worker: Any) -> None:
        """The first signal interrupts and cancels, a second one kills."""
        self._signals += 1
        self._ended_by = self._ended_by or signal.Signals(number)
        kind = "cancel" if self._signals == 1 else "kill"
        who = ENDINGS[self._ended_by][0]
        for job in self._jobs:
            performer = worker.performer(job.run_id)
            if performer is not None:
                performer.signal(kind, who)
            else:
                with contextlib.suppress(RuntError):  # it has ended meanwhile; nothing is left to cancel
                    self._app.store.signal(job.run_id, "cancel", who)
        if self._signals == 1 and number == signal.SIGINT:
            told = "interrupting; what the cells have shown so far is kept. Ctrl-C again kills the kernel."
            # In a thread: a terminal that does not read must not hold up what was asked for.
            threading.Thread(target=self._say, args=(told,), daemon=True).start()

    def _say(self, text: str) -> None:
        """Beside whatever is on the screen."""
        watch = next((job.watch for job in self._jobs if job.watch is not None), None)
        watch.say(text) if watch is not None else say(text)

    # -- the showing thread ------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        several = len(self._jobs) > 1
        if several and self._args.jobs > 1:
            threads = [threading.Thread(target=self._watch_one, args=(job, True), daemon=True) for job in self._jobs]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            for job in self._jobs:
                self._watch_one(job, False)

    def _watch_one(self, job: Job, labelled: bool) -> None:
        from jupyter_runt.cli.render.base import Look
        from jupyter_runt.cli.watch import Watch

        look = Look(
            quiet=self._args.quiet,
            verbose=self._args.verbose,
            label=Path(job.source).stem if labelled else "",
            source_path=job.shown_path,
            interactive_input=self._interactive,
            github=reports.GITHUB in self._args.report,
        )
        try:
            job.watch = Watch(self._app.client, job.run_id, look, stdout=sys.stderr if job.output == "-" else None)
            job.watch.run()
        except Exception as error:  # noqa: BLE001 - the picture must not take the run down; the main thread reports it
            self._broken = self._broken or error

    # -- the end -----------------------------------------------------------------------------------------------------

    def _conclude(self, job: Job) -> int:
        """Writes the result, says where the run can be seen, gives its exit code."""
        from jupyter_runt.client.export import exported

        if job.output == "-":
            for piece in exported(self._app.client, job.run_id).ipynb():
                sys.stdout.write(piece)
            sys.stdout.flush()
        elif job.output is not None:
            try:
                exported(self._app.client, job.run_id).write(Path(job.output))
            except OutputPathError as error:  # the disk is full by now, or the folder gone: the run itself is not lost
                if not self._app.temporary:
                    error.remedy = (
                        f"The run is kept: jupyter runt export {job.run_id} -o OUT.ipynb{named_store(self._args)}"
                    )
                raise
        state = self._app.local.state(job.run_id)
        if not self._args.quiet:
            self._say_where(job)
        return outcome.exit_code(state)

    def _say_where(self, job: Job) -> None:
        if job.output not in (None, "-"):
            say(f"written to {job.output}")
        if self._app.temporary:
            return
        hint = f"run {job.run_id}: jupyter runt show {job.run_id}{named_store(self._args)}"
        if job.output is None and os.environ.get("CI"):
            hint += "  (in CI, -o OUT.ipynb keeps the result as a file)"
        say(hint)


def _shown_name(job: Job) -> str:
    return STDIN_NAME if job.source == "-" else os.path.basename(job.notebook.source_path or job.source)
