"""Records the golden logs: real workers drive real kernels. `python -m tests.run.golden.record [NAME …]`, then look at what changed.

A log that is there already need not be recorded again: the fold is what is tested, and new cases are added beside the others.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jupyter_runt.run.outputs import OutputStage
from tests.run.golden import folded
from tests.run.golden.cases import CASES
from tests.run.golden.stable import stable
from tests.worker.conftest import built

QUOTA = 2000
"""Bytes of output of a run, in place of gigabytes."""

Case = Callable[[Any], Awaitable[str]]


def record(name: str, case: Case) -> None:
    """Writes the log of the run that the case makes, and its view."""
    with built() as house, pytest.MonkeyPatch.context() as patch:
        if name == "truncated":
            patch.setattr(OutputStage.__init__, "__defaults__", (None, QUOTA))
        run_id = asyncio.run(_to_the_end(house, case))
        events = stable(name, house.read(run_id).events, str(house.folder))
    (folded.LOGS / f"{name}.json").write_text(folded.lines(events), "utf-8")
    views = list(folded.changes(folded.log(name)))
    (folded.VIEWS / f"{name}.json").write_text(folded.lines(views), "utf-8")
    print(f"{name}: {len(events)} events, {(folded.LOGS / f'{name}.json').stat().st_size} bytes")


async def _to_the_end(house: Any, case: Case) -> str:
    run_id = await case(house)
    await house.end(run_id)
    return run_id


if __name__ == "__main__":
    for chosen in sys.argv[1:] or sorted(CASES):
        record(chosen, CASES[chosen])
