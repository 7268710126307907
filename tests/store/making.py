"""Short ways to runs and their states."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from jupyter_runt.events import Draft
from jupyter_runt.store.base import Blob, Store, Submission, Summary, WorkerRow
from jupyter_runt.store.schedules import FIRED, Fire, FiringRow, ScheduleRow

FINISHED = Draft("run.finished", {"status": "succeeded"})
SUCCEEDED = Summary("succeeded", finished_at=5.0)


def submission(run_id: str, **fields: Any) -> Submission:
    return Submission(run_id, Draft("run.submitted", {"notebook": "n"}), **{"name": "notebooks/n.yml", **fields})


def submit(store: Store, run_id: str, **fields: Any) -> str:
    return store.submit(submission(run_id, **fields))[0]


def driven(store: Store, run_id: str = "r1", *, worker: str = "w1", **fields: Any) -> int:
    """Submits a run and claims it; returns the epoch."""
    submit(store, run_id, **fields)
    claim = store.claim(worker, "here", run_id=run_id)
    assert claim is not None
    return claim.epoch


def ended(store: Store, run_id: str, *, status: str = "succeeded", **fields: Any) -> None:
    epoch = driven(store, run_id, **fields)
    store.append(run_id, epoch, [FINISHED], summary=Summary(status), durable=True)


def line(number: int) -> Draft:
    return Draft("stream.appended", {"index": 0, "text": f"line {number}\n"}, cell_id="c1", attempt=1)


def report(number: int, *, result: str = "health", monitor: str = "disk", subject: str = "here") -> Draft:
    """A report whose score is `number`, below 100 with a failing check."""
    failing = [] if number == 100 else [{"status": "WARNING", "name": "disk", "group": "", "message": f"{number} %"}]
    status = "WARNING" if failing else "HEALTHY"
    brief = {"monitor": monitor, "subject": subject, "status": status, "score": number, "failing": failing}
    return Draft("result.recorded", {"name": result, "data": {}, "health": brief}, cell_id="c1", attempt=1)


def result(name: str = "health") -> Draft:
    return Draft("result.recorded", {"name": name, "data": {"text/plain": "3"}}, cell_id="c1", attempt=1)


def retrying() -> Draft:
    return Draft("run.retrying", {})


def blob(content: bytes) -> Blob:
    return Blob(hashlib.sha256(content).hexdigest(), content)


def worker(worker_id: str, **fields: Any) -> WorkerRow:
    known = {
        "name": worker_id.upper(),
        "pid": 1,
        "place": "here",
        "host": "h",
        "started_at": 1.0,
        "concurrency": 4,
        "lock": "/l",
        "socket": "/s",
        "version": "1",
    }
    return WorkerRow(worker_id, **{**known, **fields})


def schedule(schedule_id: str = "daily", *, next_at: float | None = 10.0, **fields: Any) -> ScheduleRow:
    return ScheduleRow(schedule_id, {"cron": "0 7 * * *"}, next_at, **fields)


def fire(
    schedule_id: str,
    due_at: float | None,
    revision: int,
    next_at: float | None = None,
    run_id: str | None = None,
    *,
    replaces: Sequence[str] = (),
) -> Fire:
    """The firing of a schedule that was found due then; with a run if there is an id for one."""
    found = schedule(schedule_id, next_at=due_at, revision=revision)
    firing = FiringRow(schedule_id, due_at or 0.0, FIRED, run_id)
    runs = [] if run_id is None else [submission(run_id, labels={"schedule": schedule_id})]
    return Fire(found, next_at, [firing], runs, replaces)
