"""What every store refuses, in the same words."""

from __future__ import annotations

from jupyter_runt.errors import NotFound, Refused, RunNotFound, StaleEpoch
from jupyter_runt.store.base import ENDED


def unknown(run_id: str) -> RunNotFound:
    """No run has that id."""
    return RunNotFound(f"There is no run {run_id}.", remedy="See the runs there are: jupyter runt ls")


def taken(run_id: str) -> Refused:
    """A run of that id is there already."""
    return Refused(f"There is a run {run_id} already.", remedy="Choose another id.")


def check_epoch(run_id: str, status: str, current: int, epoch: int) -> None:
    """StaleEpoch unless the run is open and `epoch` is its present one."""
    if status in ENDED:
        raise StaleEpoch(f"The run {run_id} has ended ({status}); nothing can be added.")
    if epoch != current:
        raise StaleEpoch(f"The run {run_id} is at epoch {current} by now; a write under epoch {epoch} is refused.")


def check_leased(run_id: str, leased: bool) -> None:
    """StaleEpoch when the run's lease was ended: its driver let go of it, or was found dead."""
    if not leased:
        raise StaleEpoch(
            f"The run {run_id} has no driver since its lease was ended; a write is refused until it is claimed."
        )


def no_blob(sha256: str) -> RunNotFound:
    """A blob outlives no run that refers to it: whoever asks has read a log that is being removed."""
    return RunNotFound(
        f"There is no blob {sha256}: its run has been removed.", remedy="See the runs there are: jupyter runt ls"
    )


def check_deletable(run_id: str, status: str, pinned: bool, force: bool) -> None:
    """Refused while the run has not ended, and, unless `force`, while it is pinned."""
    if status not in ENDED:
        raise Refused(f"The run {run_id} is {status}.", remedy=f"Cancel it first: jupyter runt cancel {run_id}")
    if pinned and not force:
        raise Refused(
            f"The run {run_id} is pinned.",
            remedy=f"Unpin it first: jupyter runt unpin {run_id} (or: jupyter runt rm --force {run_id})",
        )


def check_open(run_id: str, status: str) -> None:
    """Refused once the run has ended."""
    if status in ENDED:
        raise Refused(f"The run {run_id} has ended: {status}.", remedy=f"See it: jupyter runt show {run_id}")


def schedule_taken(schedule_id: str) -> Refused:
    """A schedule of that id is there already."""
    return Refused(
        f"There is a schedule {schedule_id!r} already.",
        remedy="Choose another id (--name), or have it replaced (--replace).",
    )


def no_schedule(schedule_id: str) -> NotFound:
    """No schedule has that id."""
    return NotFound(
        f"There is no schedule {schedule_id!r:.80}.", remedy="See the schedules there are: jupyter runt schedule ls"
    )
