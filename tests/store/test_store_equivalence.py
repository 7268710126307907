"""Whatever is asked of them, the stores answer alike."""

from __future__ import annotations

import operator
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_runt.errors import RuntError
from jupyter_runt.store.base import RunFilter, Store, Summary
from jupyter_runt.store.memory import MemoryStore
from jupyter_runt.store.reports import ReportFilter
from jupyter_runt.store.sqlite import SqliteStore
from tests.invariants import check_store
from tests.manual_clock import ManualClock
from tests.store.making import blob, fire, line, report, result, retrying, schedule, submission, worker

Ask = Callable[[Store], Any]

RUNS = st.sampled_from(["r1", "r2", "r3"])
WORKERS = st.sampled_from(["w1", "w2"])
PLACES = st.sampled_from(["here", "there"])
EPOCHS = st.integers(0, 3)
CONTENT = st.sampled_from([b"one", b"two"])
STATUSES = st.sampled_from(["queued", "running", "waiting", "succeeded", "failed"])
MONITORS = st.sampled_from(["disk", "site"])
RESULTS = st.sampled_from(["health", "other"])
FACTS = st.one_of(
    st.integers(0, 9).map(line),
    st.builds(report, st.sampled_from([50, 100]), result=RESULTS, monitor=MONITORS, subject=PLACES),
    RESULTS.map(result),
    st.builds(retrying),
)
LABELS = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["x", "y"]))


def asks(name: str, *arguments: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]) -> st.SearchStrategy[Ask]:
    """Calls of one method."""
    given = st.tuples(st.tuples(*arguments), st.fixed_dictionaries(named))
    return given.map(lambda values: lambda store: getattr(store, name)(*values[0], **values[1]))


SUBMISSIONS = st.builds(
    submission,
    RUNS,
    priority=st.integers(0, 1),
    labels=LABELS,
    needs_worker=st.sampled_from([None, "w1"]),
    idempotency_key=st.sampled_from([None, "k"]),
    after_run=st.none() | RUNS,
    blobs=st.lists(CONTENT.map(blob), max_size=1),
)
SCHEDULES = st.sampled_from(["daily", "hourly"])
TIMES = st.sampled_from([None, 10.0, 20.0])
REVISIONS = st.integers(1, 3)
NEXT_TIMES = st.sampled_from([None, 20.0, 30.0])
FIRES = st.builds(
    fire, SCHEDULES, TIMES, REVISIONS, NEXT_TIMES, st.none() | RUNS, replaces=st.lists(RUNS, max_size=2, unique=True)
)
ASKS = st.one_of(
    asks("submit", SUBMISSIONS),
    asks(
        "append",
        RUNS,
        EPOCHS,
        st.lists(FACTS, max_size=3),
        summary=st.none()
        | st.builds(Summary, STATUSES, cells_done=st.integers(0, 3), finished_at=st.sampled_from([None, 1.0, 2.0])),
        cursor=st.none() | st.fixed_dictionaries({"at": st.integers()}),
        blobs=st.lists(CONTENT.map(blob), max_size=2),
        signals=st.lists(st.integers(1, 3), max_size=2),
    ),
    asks("claim", WORKERS, PLACES),
    asks("claim", WORKERS, PLACES, run_id=RUNS),
    asks("renew", WORKERS),
    asks("release", RUNS, EPOCHS),
    asks("expire", WORKERS),
    asks("set_place", RUNS, EPOCHS, st.just("") | PLACES),
    asks("runs_elsewhere", PLACES),
    asks("register", WORKERS.map(worker)),
    asks("unregister", WORKERS),
    asks("signal", RUNS, st.just("pause"), st.just("me")),
    asks("delete", RUNS, force=st.booleans()),
    asks("sweep"),
    st.just(lambda store: [row.run_id for row in store.removable(limit=2)]),
    asks("pin", RUNS, st.booleans()),
    asks("save_snapshot", RUNS, CONTENT),
    asks("monitors", st.none() | MONITORS),
    asks(
        "reports",
        st.builds(
            ReportFilter,
            monitor=MONITORS,
            subject=PLACES,
            since=st.sampled_from([None, 0.0, 1e12]),
            until=st.sampled_from([None, 0.0, 1e12]),
            status=st.sampled_from(["", "HEALTHY"]),
            other_than=st.sampled_from(["", "HEALTHY"]),
            failing=st.booleans(),
            oldest_first=st.booleans(),
            limit=st.integers(1, 3),
        ),
    ),
    asks("add_schedule", st.builds(schedule, SCHEDULES, next_at=TIMES)),
    asks("change_schedule", st.builds(schedule, SCHEDULES, next_at=TIMES, paused=st.booleans(), revision=REVISIONS)),
    asks("remove_schedule", SCHEDULES),
    asks("schedule", SCHEDULES),
    asks("due", st.sampled_from([10.0, 20.0, 30.0])),
    asks("fire", st.lists(FIRES, max_size=2, unique_by=lambda fire: fire.schedule.schedule_id)),
    asks("firings", SCHEDULES, limit=st.integers(1, 2)),
    asks("open_runs"),
    asks("read", RUNS, st.integers(0, 5), st.integers(1, 3), st.integers(1, 100)),
    asks(
        "runs",
        st.builds(
            RunFilter,
            status=st.lists(STATUSES, max_size=3),
            labels=LABELS,
            pinned=st.booleans(),
            name=st.sampled_from(["", "YML", "no"]),
            text=st.sampled_from(["", "YML", "R1", "B", "no"]),
            id=st.sampled_from(["", "r", "r1", "no"]),
            since=st.sampled_from([None, 0.0, 1e12]),
            until=st.sampled_from([None, 0.0, 1e12]),
            before=st.none() | RUNS,
            limit=st.integers(1, 3),
        ),
    ),
)
STEPS = st.lists(ASKS | st.sampled_from([1.0, 16.0, "reboot"]), max_size=30)


def answer(ask: Ask, store: Store) -> Any:
    try:
        return ask(store)
    except (RuntError, KeyError) as error:
        return type(error), str(error)


def everything(store: Store) -> list[Any]:
    found: list[Any] = [store.match(""), dict(store.counts()), store.workers(), store.runs(RunFilter())]
    for sha256 in (blob(b"one").sha256, blob(b"two").sha256):
        found += [answer(operator.methodcaller("blob", sha256), store), store.blob_runs(sha256)]
    found += [store.monitors(), store.schedules(), store.next_due()]
    found += [store.firings(each.schedule_id) for each in store.schedules()]
    found += [store.last_firings(limit=limit) for limit in (1, 50)]
    found += [store.reports(ReportFilter(each.monitor, each.subject)) for each in store.monitors()]
    for run_id in store.match(""):
        found += [store.read(run_id), store.cursor(run_id), store.signals(run_id), store.snapshot(run_id)]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_of_calls_has_the_same_answers_on_every_store(short, steps):
    clock = ManualClock()
    memory = MemoryStore(clock)
    with tempfile.TemporaryDirectory(dir=short) as folder:
        sqlite = SqliteStore(Path(folder) / "store.sqlite", clock)
        for step in steps:
            if step == "reboot":
                clock.reboot()
            elif isinstance(step, float):
                clock.advance(step)
            else:
                assert answer(step, memory) == answer(step, sqlite)
        assert everything(memory) == everything(sqlite)
        for store in (memory, sqlite):
            check_store(store)
            store.close()
