"""Where a round takes place: a home of its own, a worker with its supervisor in it, and who can be hit there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.request import Request
from jupyter_runt.kernel.strays import RUN_VARIABLE
from jupyter_runt.notebook import library
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.sqlite import SqliteStore
from tests.chaos.watching import Stuck
from tests.cli.runt import ROOT, Ended, Runt

SITE = Path(__file__).parent / "site"
PATIENCE = 20.0


class Scene(Runt):
    """A home whose processes can be crashed at named points. One run at a time, as a point knows nothing of runs."""

    def __init__(self, home: Path, store: str = "s/store.sqlite") -> None:
        super().__init__(home)
        self.path = home / store
        self.order = home / "order"
        self._orders = 0
        self.env |= {
            "PYTHONPATH": f"{SITE}:{ROOT}",
            "RUNT_CRASH": str(self.order),
            "JUPYTER_RUNT_STORE": self.url,
        }
        self.log = home / "worker.log"
        self.path.parent.mkdir(exist_ok=True)
        self.open_store = SqliteStore(self.path, SystemClock())
        self.supervisor: subprocess.Popen[str] | None = None

    def reopen(self) -> None:
        """After the store's file was out of reach."""
        self.open_store = SqliteStore(self.path, SystemClock())

    # -- workers -----------------------------------------------------------------------------------------------------

    def start_worker(self, *options: str) -> subprocess.Popen[str]:
        """`jupyter runt worker`, as a person or a service starts it."""
        with self.log.open("a") as log:
            self.supervisor = self.start("worker", *options, stdout=subprocess.DEVNULL, stderr=log)
        return self.supervisor

    def see_to_it(self) -> None:
        """The next command that comes along: it starts a worker when none is left."""
        code = None if self.supervisor is None else self.supervisor.poll()
        assert code in (None, 0, -signal.SIGKILL), f"the supervisor ended with {code}"
        if self.supervisor is None or (code is not None and not self.workers()):
            self.start_worker()

    def workers(self) -> list[int]:
        """The living workers: forked by a supervisor, which somebody started or which leads a session of its own."""
        started = [process.pid for process in self.started]
        return [pid for pid in self._commands() if pid not in started and not _leads_session(pid)]

    def _commands(self) -> list[int]:
        return [pid for pid, command in self.processes().items() if "jupyter_runt.cli worker " in command + " "]

    # -- who is hit --------------------------------------------------------------------------------------------------

    def kernels_of(self, run_id: str) -> list[int]:
        """The processes that carry the run's id."""
        mark, found = f"{RUN_VARIABLE}={run_id}".encode(), []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found

    def victims(self, whom: str, run_id: str) -> list[int]:
        """Whom to kill; waits until they are there."""
        wanted = {
            "worker": self.workers,
            "kernel": lambda: self.kernels_of(run_id),
            "supervisor and worker": self._commands,
            "all at once": lambda: self.kernels_of(run_id) and self.victims("supervisor and worker", run_id),
        }[whom]
        end = time.monotonic() + PATIENCE
        while not (found := wanted()):
            if time.monotonic() > end or self.open_store.run(run_id).ended:
                raise Stuck(f"there is no {whom} to be killed")
            time.sleep(0.005)
        return [*found, *self.kernels_of(run_id)] if whom == "all at once" else found

    def kill(self, whom: str, run_id: str) -> float:
        """Kills them; returns when, on the monotonic clock."""
        pids = self.victims(whom, run_id)
        at = time.monotonic()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return at

    def crash_at(self, point: str, count: int, whom: str) -> None:
        """From now on the COUNT-th call of the point hits."""
        self._orders += 1
        scratch = self.order.with_suffix(".new")
        scratch.write_text(f"{point} {count} {whom.replace(' ', '_')} {self._orders}")
        scratch.replace(self.order)

    @property
    def crashed(self) -> bool:
        """Whether the last order was carried out."""
        return not self.order.exists()

    # -- afterwards --------------------------------------------------------------------------------------------------

    def leftovers(self, run_id: str) -> str:
        """What is left of an ended run, in words; '' when nothing is."""
        found = [f"process {pid} carries the run's id" for pid in self.kernels_of(run_id)]
        for folder in self.open_store.runtime.glob(f"k/{run_id}.*"):
            with suppress(FileNotFoundError):  # it is just going
                found.append(f"the kernel's folder with {sorted(os.listdir(folder))}")
        found += [f"the zombie {child}" for child in self._zombies()]
        return "; ".join(found)

    def _zombies(self) -> list[psutil.Process]:
        """What a supervisor, or a worker, did not wait for."""
        found = []
        for pid in self._commands():
            with suppress(psutil.NoSuchProcess):
                found += [child for child in psutil.Process(pid).children() if child.status() == psutil.STATUS_ZOMBIE]
        return found

    def story(self, run_id: str) -> str:
        """The worker's log and the run's events, for a person who has to find out what happened."""
        events = [f"{event.seq} {event.type} {str(event.data)[:160]}" for event in self._told(run_id)]
        log = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(["-- events", *events[1:20], "…", *events[20:][-30:], "-- the worker's log", *log[-30:]])

    def _told(self, run_id: str) -> Sequence[Any]:
        with suppress(Exception):  # a store that cannot be read any more is part of the story
            return self.open_store.read(run_id, limit=100_000, max_bytes=1 << 30)
        return []

    def enqueue(self, notebook: str, run_id: str) -> None:
        """What `submit` does, in this process."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JUPYTER_DATA_DIR", self.env["JUPYTER_DATA_DIR"])
            loaded = library.load(str(self.home / notebook))
            LocalClient(self.open_store, SystemClock(), "tester").submit(Request(notebook=loaded, run_id=run_id))

    def command(self, *arguments: object, code: int | None = 0) -> Ended:
        """One `jupyter runt …` to its end."""
        return self(*arguments, code=code, env={"RUNT_CRASH": ""})


def _leads_session(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


@contextmanager
def scene(home: Path | None = None, **options: str) -> Iterator[Scene]:
    """A scene, in a new home or the one given; at its end everything is checked, and nothing stays."""
    folder = home or Path(tempfile.mkdtemp(prefix="rt-"))
    made = Scene(folder, **options)
    try:
        yield made
        made.open_store.close()
        made.close()
    finally:
        for pid in made.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in made.started:
            process.wait()
        made.open_store.close()
        shutil.rmtree(made.open_store.runtime, ignore_errors=True)  # it may lie far away, or on a disk that is gone
        if home is None:
            shutil.rmtree(folder)
