"""The programs that do a work, each as its users run it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.process import Sample, run
from tests.benchmarks.scratch import Scratch, script

Contender = Callable[[Scratch], Sample]


def ours(name: str, *, save: bool = True, count_events: bool = False, keep_runs: bool = True) -> Contender:
    """`jupyter-runt execute NAME.ipynb`, with `-o OUT.ipynb` when `save`."""

    def measure(scratch: Scratch) -> Sample:
        options = ["-o", str(scratch.folder / "ours.ipynb")] if save else []
        command = [*script("jupyter-runt"), "execute", str(scratch.folder / f"{name}.ipynb"), *options]
        sample = run(command, scratch.environment, scratch.folder)
        if count_events:
            sample = replace(sample, counts={"events": events_of_last_run(scratch.url)})
        if not keep_runs:
            scratch.forget_runs()
        return sample

    return measure


def papermill(name: str) -> Contender:
    """`papermill NAME.ipynb OUT.ipynb`."""

    def measure(scratch: Scratch) -> Sample:
        command = [*script("papermill"), str(scratch.folder / f"{name}.ipynb"), str(scratch.folder / "papermill.ipynb")]
        return run(command, scratch.environment, scratch.folder)

    return measure


def jupyter_execute(name: str) -> Contender:
    """`jupyter execute NAME.ipynb --output=OUT`, without the second interpreter that the `jupyter` command would cost."""

    def measure(scratch: Scratch) -> Sample:
        command = [*script("jupyter-execute"), str(scratch.folder / f"{name}.ipynb"), "--output=executed"]
        return run(command, scratch.environment, scratch.folder)

    return measure


def bare_kernel(source: str) -> Contender:
    """The cell alone in a stock kernel: neither its start nor any import is in the figure."""
    program = str(Path(__file__).parent / "bare_kernel.py")

    def measure(scratch: Scratch) -> Sample:
        sample = run([sys.executable, program, source], scratch.environment, scratch.folder, keep_output=True)
        return Sample(float(sample.printed))

    return measure


def program(*command: str) -> Contender:
    """Any command line, timed whole."""
    return lambda scratch: run([*script(command[0]), *command[1:]], scratch.environment, scratch.folder)


def seconds_printed(code: str) -> Contender:
    """A Python program that prints how long what it measures took."""

    def measure(scratch: Scratch) -> Sample:
        sample = run([sys.executable, "-c", code], scratch.environment, scratch.folder, keep_output=True)
        return Sample(float(sample.printed))

    return measure


def events_of_last_run(url: str) -> int:
    """How many events the newest run of a store has."""
    from jupyter_runt.store.base import RunFilter
    from jupyter_runt.store.open import open_store

    store = open_store(url)
    try:
        return store.runs(RunFilter(limit=1))[0].seq
    finally:
        store.close()
