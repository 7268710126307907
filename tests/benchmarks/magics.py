"""What people wait for at a cell with `%runt`: a run's end, and what Tab offers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from statistics import median

from tests.benchmarks.process import Sample, run
from tests.benchmarks.scratch import ROOT, Scratch, script
from tests.cli.conftest import fresh
from tests.cli.runt import Runt
from tests.magics.completer import Completer
from tests.magics.session import Session

EXAMPLE = ROOT / "notebooks" / "example.yml"
TIMES = 3
LOADED = "%load_ext jupyter_runt"
UNNOTICED = "get_ipython().extension_manager.load_extension('jupyter_' 'r' 'unt')"
"""As a kernelspec loads it: no cell speaks of it."""


def by_magic(scratch: Scratch) -> Sample:
    """From the cell's request to its end; the first run of the session is counted apart."""
    with _home() as home:
        session = Session(home)
        try:
            session(LOADED)
            taken, over = [], []
            for _ in range(1 + TIMES):
                begin = time.perf_counter()
                session(f"run = %runt run {EXAMPLE} --wait")
                taken.append(time.perf_counter() - begin)
                over.append(taken[-1] - _own(home))
        finally:
            session.close()
    first, later = over[0], median(over[1:])
    counts = {"over the run's own time": round(1e6 * later), "the first in a session": round(1e6 * first)}
    return Sample(median(taken[1:]), counts=counts)


def by_process(scratch: Scratch) -> Sample:
    """The whole process."""
    with _home() as home:
        taken, over = [], []
        for _ in range(TIMES):
            taken.append(run([*script("jupyter-runt"), "run", str(EXAMPLE)], home.env, home.home).seconds)
            over.append(taken[-1] - _own(home))
    return Sample(median(taken), counts={"over the run's own time": round(1e6 * median(over))})


@contextmanager
def _home() -> Iterator[Runt]:
    """With a worker that has executed a run already."""
    with contextmanager(fresh)() as home:
        home("run", EXAMPLE, "-p", "delay", 0)
        yield home


def _own(home: Runt) -> float:
    """Seconds from the newest run's submission to its end."""
    row = home.json("ls", "--limit", 1)[0]
    submitted, finished = (datetime.fromisoformat(row[name]) for name in ("submitted_at", "finished_at"))
    return (finished - submitted).total_seconds()


def completion_of(line: str) -> Callable[[Scratch], Sample]:
    """The median of some answers to this line, in a session that has completed others."""

    def measured(scratch: Scratch) -> Sample:
        completer = Completer(scratch.folder, scratch.environment, LOADED)
        try:
            completer.seconds(line)
            return Sample(median(completer.seconds(line) for _ in range(10)))
        finally:
            completer.close()

    return measured


def first_completion(scratch: Scratch) -> Sample:
    """After `%load_ext` in a cell, once what is imported in the background is there; and where nothing was imported before."""
    taken = []
    for cell in (LOADED, UNNOTICED):
        completer = Completer(scratch.folder, scratch.environment, cell)
        try:
            if cell == LOADED:
                completer.warm()
            taken.append(completer.seconds("%runt show 2"))
        finally:
            completer.close()
    return Sample(taken[0], counts={"without the imports before": round(1e6 * taken[1])})
