"""What every store refuses, in the same words."""

from __future__ import annotations

from jupyter_runt.errors import Refused, RunNotFound, StaleEpoch
from jupyter_runt.store.base import ENDED


def unknown(run_id: str) -> RunNotFound:
    """No run has that id."""
    return RunNotFound(f"There is no run {run_id}.", remedy="See the runs there are: jupyter runt ls")


def taken(run_id: str) -> Refused:
    """A run of that id is there already."""
    return Refused(f"There is a run {run_id} already.", remedy="Choose another id.")


def check_driver(run_id: str, status: str, current: int, epoch: int) -> None:
    """StaleEpoch unless a write under `epoch` is one of the run's present driver."""
    if status in ENDED:
        raise StaleEpoch(f"The run {run_id} has ended ({status}); nothing can be added.")
    if epoch != current:
        raise StaleEpoch(f"The run {run_id} is at epoch {current} by now; a write under epoch {epoch} is refused.")


def check_deletable(run_id: str, status: str) -> None:
    """Refused while the run has not ended."""
    if status not in ENDED:
        raise Refused(f"The run {run_id} is {status}.", remedy=f"Cancel it first: jupyter runt cancel {run_id}")


def check_open(run_id: str, status: str) -> None:
    """Refused once the run has ended."""
    if status in ENDED:
        raise Refused(f"The run {run_id} has ended: {status}.", remedy=f"See it: jupyter runt show {run_id}")
