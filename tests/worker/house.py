"""A store of its own, real kernels, and workers in this very process or in others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.request import Request
from jupyter_runt.events import Event
from jupyter_runt.notebook import library
from jupyter_runt.run.state import RunState
from jupyter_runt.store import history
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.sqlite import SqliteStore
from jupyter_runt.worker.loop import Options, Worker
from jupyter_runt.worker.notifying import Notifying
from jupyter_runt.worker.prepare import Private
from tests.exported import exported

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
WORKER = [sys.executable, "-m", "jupyter_runt.cli", "worker"]

Cell = str | Mapping[str, Any]


class Ran:
    """A run as its log tells it."""

    def __init__(self, store: SqliteStore, run_id: str) -> None:
        self.run_id, self.events = run_id, list(history.events(store, run_id))
        self._export = exported(store, run_id)
        self._blob = store.blob

    @property
    def state(self) -> RunState:
        return self._export.state

    @property
    def ending(self) -> tuple[str, str | None]:
        return self.state.status, self.state.reason

    def cell(self, cell_id: str) -> tuple[str, str | None]:
        cell = self.state.cells[cell_id]
        return cell.status, cell.reason

    def outputs(self, cell_id: str = "c1") -> list[dict[str, Any]]:
        return self._export.document.outputs(cell_id, self._blob)

    def text(self, cell_id: str = "c1", name: str = "stdout") -> str:
        return "".join(output["text"] for output in self.outputs(cell_id) if output.get("name") == name)

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.type == kind]

    def ipynb(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads("".join(self._export.ipynb()))
        return made


class House:
    """Everything of one test, in one folder with a short path."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder, self.clock = folder, SystemClock()
        self.url = f"sqlite:///{folder}/store.sqlite"
        self.store = SqliteStore(folder / "store.sqlite", self.clock, **options)
        self.client = LocalClient(self.store, self.clock, "tester")
        self.workers: list[subprocess.Popen[bytes]] = []
        self._private: dict[str, Private] = {}

    # -- runs --------------------------------------------------------------------------------------------------------

    def submit(self, *cells: Cell, notebook: Mapping[str, Any] | None = None, **asked: Any) -> str:
        """Queues a notebook with these code cells, called c1, c2, …; JSON is YAML."""
        listed = [cell if isinstance(cell, Mapping) else {"source": cell} for cell in cells]
        named = [{"id": f"c{number}", **cell} for number, cell in enumerate(listed, 1)]
        path = self.folder / "n.yml"
        path.write_text(json.dumps({**(notebook or {}), "cells": named}))
        run_id = self.client.new_id()
        private = asked.setdefault("private", bool(asked.get("answers")))
        _, _, prepared = self.client.submit(Request(notebook=library.load(str(path)), run_id=run_id, **asked))
        if private:
            self._private[run_id] = Private(prepared.secrets, prepared.answers)
        return run_id

    def run(self, *cells: Cell, **asked: Any) -> Ran:
        """Submits it and drives it to its end in a worker of its own."""

        async def to_the_end() -> Ran:
            run_id = self.submit(*cells, **asked)
            async with self.working():
                return await self.end(run_id)

        return asyncio.run(to_the_end())

    def read(self, run_id: str) -> Ran:
        return Ran(self.store, run_id)

    # -- workers -----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def working(self, notifying: Notifying | None = None, **options: Any) -> AsyncIterator[Worker]:
        """A worker in this process; drained at the end, which must not leave anything behind."""
        worker = Worker(self.store, self.clock, Options(**options), notifying=notifying)
        for run_id, private in self._private.items():
            worker.entrust(run_id, private)
        worker.register()
        serving = asyncio.create_task(worker.serve())
        (socket,) = (row.socket for row in self.store.workers() if row.worker_id == worker.worker_id)
        await until(lambda: os.path.exists(socket), "the worker serves")
        try:
            yield worker
        finally:
            worker.drain()
            await asyncio.wait_for(serving, PATIENCE)
            assert worker.failures == {}

    def start_worker(
        self, *options: str, env: Mapping[str, str] | None = None, before: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """A worker in a process of its own, with no supervisor unless there are `options`; `before` begins the command line."""
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen([*before, *self.worker_command(*options)], env=self.worker_env(env), stderr=log)
        self.workers.append(process)
        return process

    def worker_command(self, *options: str) -> list[str]:
        """The command line of a worker of this house."""
        return [*WORKER, "--store", self.url, "--log-level", "debug", *(options or ("--no-supervisor",))]

    def worker_env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of such a command."""
        return {**os.environ, "PYTHONPATH": str(ROOT), **(more or {})}

    # -- waiting -----------------------------------------------------------------------------------------------------

    async def seen(
        self, run_id: str, kind: str | None, *, after: int = 0, where: Callable[[Event], bool] = lambda event: True
    ) -> Event:
        """The first such event, once it is there."""

        async def find() -> Event:
            async with aclosing(self._followed(run_id, after)) as events:
                async for event in events:
                    if kind in (None, event.type) and where(event):
                        return event
            raise AssertionError(f"the run ended without {kind}: {self.read(run_id).events[1:]}")

        try:
            return await asyncio.wait_for(find(), PATIENCE)
        except TimeoutError:
            told = [(event.type, event.cell_id, event.data) for event in self.read(run_id).events[1:]]
            raise AssertionError(f"{kind} did not come; so far: {told}") from None

    async def _followed(self, run_id: str, after: int) -> AsyncGenerator[Event, None]:
        """Every event up to the run's end, as soon as it is there."""
        listener, rang, loop = self.store.listen(), asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(listener.fileno(), rang.set)
        try:
            while True:
                rang.clear()
                listener.drain()
                for event in history.events(self.store, run_id, after):
                    yield event
                    after = event.seq
                    if event.type == "run.finished":
                        return
                await rang.wait()
        finally:
            loop.remove_reader(listener.fileno())
            listener.close()

    async def printed(self, run_id: str, text: str, cell_id: str = "c1") -> None:
        """Once the cell has printed this."""
        shown = ""

        def holds(event: Event) -> bool:
            nonlocal shown
            if event.cell_id == cell_id and event.type in ("output.added", "stream.appended"):
                shown += event.data.get("text") or event.data.get("output", {}).get("text", "")
            return text in shown

        await self.seen(run_id, None, where=holds)

    async def end(self, run_id: str) -> Ran:
        """The run once it has ended."""
        await self.seen(run_id, "run.finished")
        return self.read(run_id)

    # -- the end -----------------------------------------------------------------------------------------------------

    def processes(self, run_id: str = "") -> list[int]:
        """The processes that carry the id of one of this house's runs."""
        marks = [
            f"JUPYTER_RUNT_RUN_ID={name}".encode() for name in ([run_id] if run_id else self.store.match("", 1000))
        ]
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                variables = Path(f"/proc/{name}/environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if any(mark in variables for mark in marks):
                found.append(int(name))
        return found

    def kernel(self, run_id: str) -> int:
        """The pid of the run's kernel."""
        return int(self.read(run_id).of("kernel.ready")[-1].data["pid"])

    def close(self) -> None:
        for process in self.workers:
            process.kill()
            process.wait()
        for name in filter(str.isdigit, os.listdir("/proc")):  # those that were started in the background
            with contextlib.suppress(OSError):
                if self.url.encode() in Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0"):
                    os.kill(int(name), signal.SIGKILL)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.store.close()


async def until(holds: Callable[[], Any], what: str) -> Any:
    """Waits for what rings no bell here."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while not (found := holds()):
        assert asyncio.get_running_loop().time() < end, f"waited in vain until {what}"
        await asyncio.sleep(0.02)
    return found
