"""The earlier reports of the same monitor, read through the client from the store of the run that we are part of."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_runt.errors import RuntError
from jupyter_runt.kernel.strays import RUN_VARIABLE
from jupyter_runt.monitoring import values
from jupyter_runt.monitoring.comparison import Comparison, compare, past
from jupyter_runt.monitoring.report import Report
from jupyter_runt.settings import STORE_VARIABLE

if TYPE_CHECKING:
    from concurrent.futures import Future

Found = tuple[Sequence[tuple[str, Mapping[str, Any]]], int]
"""Run ids and their reports, the newest first, and how many of them are in a row."""


class Earlier:
    """Begins to read when it is made, so that this costs no time while the notebook measures."""

    def __init__(self, monitor: str, subject: str) -> None:
        run_id, url = os.environ.get(RUN_VARIABLE), os.environ.get(STORE_VARIABLE)
        self._found: Future[Found] | None = None
        if run_id and url:
            from jupyter_runt.monitoring.parallel import begun

            self._found = begun(_read, url, run_id, monitor, subject)

    def beside(self, report: Report) -> Report:
        """The report with its comparison; as it is where no run is around us, or none whose store is known. What keeps us from
        looking is said, and keeps nobody from the report."""
        if self._found is None:
            return report
        try:
            return replace(report, comparison=_comparison(report, *self._found.result()))
        except (RuntError, OSError) as error:
            note = values.shortened(f"earlier runs could not be read: {error}")
            return replace(report, comparison=Comparison(0, note=note))


def _read(url: str, run_id: str, monitor: str, subject: str) -> Found:
    from jupyter_runt.client import monitors

    return monitors.earlier(url, run_id, monitor, subject)


def _comparison(report: Report, reports: Sequence[tuple[str, Mapping[str, Any]]], row: int) -> Comparison:
    pasts = [past(each, each_id) for each_id, each in reports]
    # One that cannot be read leaves a hole in the row, which ends it there.
    whole = next((index for index, each in enumerate(pasts[:row]) if each is None), row)
    known = [each for each in pasts if each is not None]
    return compare(report.status, report.at, report.checks, known, min(whole, row))
