"""What is removed, in which order, and what stays; and that a removal may be interrupted anywhere."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_runt.client.follow import follow
from jupyter_runt.errors import Refused, RunNotFound, StoreBusy
from jupyter_runt.events import Draft
from jupyter_runt.settings import Settings
from jupyter_runt.store import removal, retention
from jupyter_runt.store.base import RunFilter, Store, Summary
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.listing import REMOVABLE_ROWS, page_of_runs
from jupyter_runt.store.retention import DAY, Limits, prune
from jupyter_runt.store.sqlite import SqliteStore
from tests.invariants import check_store
from tests.store.making import FINISHED, blob, driven, ended, line, submit
from tests.store.processes import python
from tests.store.test_sqlite_store import plan

LONG = 250


@pytest.fixture
def small_pieces(monkeypatch):
    """A run of LONG events goes in several transactions, with a pause after each."""
    monkeypatch.setattr(removal, "EVENTS_AT_ONCE", 100)
    monkeypatch.setattr(removal, "BLOB_BYTES_AT_ONCE", 10)
    monkeypatch.setattr(retention, "BREATH_SECONDS", 0.0)


def finished(store: Store, run_id: str, at: float, *, lines: int = 1, **fields: Any) -> None:
    epoch = driven(store, run_id, **fields)
    facts = [*map(line, range(lines)), FINISHED]
    store.append(run_id, epoch, facts, summary=Summary("succeeded", finished_at=at))


def ids(store: Store) -> list[str]:
    return sorted(store.match("", 1000))


def left(store: SqliteStore) -> dict[str, int]:
    """Rows that belong to no run."""
    asked = {
        "events": "SELECT count(*) FROM events WHERE id >> 32 NOT IN (SELECT run FROM runs)",
        "blobs": "SELECT count(*) FROM blobs WHERE blob NOT IN (SELECT blob FROM blob_runs)",
        **{
            table: f"SELECT count(*) FROM {table} WHERE run NOT IN (SELECT run FROM runs)"
            for table in ("blob_runs", "labels", "signals", "snapshots", "doomed")
        },
    }
    with store._database.read() as db:
        found = {name: db.execute(sql).fetchone()[0] for name, sql in asked.items()}
    return {name: count for name, count in found.items() if count}


# -- which ones ----------------------------------------------------------------------------------------------------


def test_runs_that_may_go_come_in_the_order_in_which_they_finished_page_by_page(store):
    for run_id, at in (("b", 2.0), ("late", 9.0), ("a", 2.0), ("first", 1.0), ("pin", 0.5)):
        finished(store, run_id, at)
    store.pin("pin", True)
    submit(store, "queued")
    driven(store, "open")
    page = store.removable(limit=2)
    assert [row.run_id for row in page] == ["first", "a"]
    assert page[0] == store.run("first")
    store.delete("a")
    assert [row.run_id for row in store.removable(after=page[-1])] == ["b", "late"]
    store.pin("pin", False)
    assert [row.run_id for row in store.removable()] == ["pin", "first", "b", "late"]


def test_runs_that_ended_too_long_ago_go_and_pinned_and_open_ones_stay(store):
    for run_id, at in (("old", 100.0), ("pinned", 100.0), ("edge", 200.0), ("new", 250.0)):
        finished(store, run_id, at)
    store.pin("pinned", True)
    driven(store, "open")
    told: list[str] = []
    done = prune(store, 300.0, Limits(age=100.0), told=lambda row, so_far: told.append(row.run_id))
    assert told == ["old"]
    assert done.runs == 1
    assert done.bytes >= 0
    assert done.usage == store.usage()
    assert ids(store) == ["edge", "new", "open", "pinned"]


def test_what_is_too_much_goes_oldest_first_until_the_rest_is_small_enough(store):
    for number in range(6):
        finished(store, f"r{number}", float(number), blobs=[blob(bytes([number]) * 100_000)])
    store.pin("r1", True)
    whole = store.usage()
    assert whole > 600_000
    done = prune(store, 10_000.0, Limits(size=whole - 150_000))
    assert (done.runs, ids(store)) == (2, ["r1", "r3", "r4", "r5"])
    assert done.usage == store.usage() <= whole - 150_000
    assert 150_000 <= done.bytes == whole - done.usage
    prune(store, 10_000.0, Limits(size=1))
    assert ids(store) == ["r1"]


def test_a_run_that_has_just_ended_is_kept_whatever_its_size(store):
    finished(store, "fresh", at=9_000.0)
    assert prune(store, 10_000.0, Limits(size=1)).runs == 0
    assert prune(store, 13_000.0, Limits(size=1)).runs == 1


def test_without_limits_nothing_goes(store):
    finished(store, "r1", 1.0)
    assert Limits.of(Settings(retention_days=0, retention_bytes=0)) == Limits(None, None)
    assert prune(store, 1e12, Limits()).runs == 0
    assert Limits.of(Settings()) == Limits(30 * DAY, 5_000_000_000)


def test_a_dry_run_says_what_would_go_and_removes_nothing(store):
    for number in range(4):
        finished(store, f"r{number}", float(number), blobs=[blob(bytes([number]) * 100_000)])
    whole, told = store.usage(), []
    done = prune(
        store, 10_000.0, Limits(size=whole - 150_000), dry_run=True, told=lambda row, _: told.append(row.run_id)
    )
    assert told == ["r0", "r1"]
    assert (done.runs, done.usage) == (2, whole - done.bytes)
    assert done.bytes == pytest.approx(200_000, rel=0.05)
    assert len(ids(store)) == 4


def test_a_run_that_somebody_else_pins_or_removes_meanwhile_is_passed_over(store):
    for number in range(3):
        finished(store, f"r{number}", float(number))

    def meanwhile(row: object, so_far: object) -> None:
        if "r1" in ids(store):
            store.pin("r1", True)

    assert prune(store, 1e9, Limits(age=1.0), told=meanwhile).runs == 2
    assert ids(store) == ["r1"]


def test_pinned_runs_are_listed_and_counted(store):
    for number in range(60):
        ended(store, f"r{number:02}", labels={"a": "b"})
        store.pin(f"r{number:02}", number % 30 == 0)
    assert [row.run_id for row in store.runs(RunFilter(pinned=True))] == ["r30", "r00"]
    assert [
        row.run_id for row in store.runs(RunFilter(pinned=True, labels={"a": "b"}, status=["succeeded"], limit=1))
    ] == ["r30"]
    assert retention.pinned(store) == 2


def test_a_pinned_run_is_deleted_only_by_force(store):
    ended(store, "r1")
    store.pin("r1", True)
    with pytest.raises(Refused, match="pinned") as caught:
        store.delete("r1")
    assert "unpin r1" in caught.value.remedy
    store.delete("r1", force=True)
    assert ids(store) == []
    driven(store, "r2")
    with pytest.raises(Refused, match="queued"):
        store.delete("r2", force=True)


# -- how they go ---------------------------------------------------------------------------------------------------


def test_a_long_run_vanishes_at_once_and_its_rest_goes_in_pieces(sqlite_store, small_pieces):
    blobs = [blob(bytes([number]) * 10) for number in range(3)]
    finished(sqlite_store, "r1", 1.0, lines=LONG, blobs=blobs, labels={"a": "b"}, idempotency_key="k")
    sqlite_store.save_snapshot("r1", b"{}")
    sqlite_store.delete("r1")
    with pytest.raises(RunNotFound):
        sqlite_store.read("r1")
    assert sqlite_store.runs(RunFilter(labels={"a": "b"})) == []
    assert sqlite_store.blob(blobs[2].sha256)  # its turn comes below, but nobody refers to it any more
    assert sqlite_store.blob_runs(blobs[2].sha256) == []
    seen = []
    while sqlite_store.sweep():
        seen.append(left(sqlite_store))
    all_events = LONG + 2
    assert seen == [
        {"events": all_events, "blob_runs": 1, "doomed": 1},
        {"events": all_events - 100, "doomed": 1},
        {"events": all_events - 200, "doomed": 1},
        {},
    ]
    assert not sqlite_store.sweep()
    with pytest.raises(RunNotFound, match="removed"):
        sqlite_store.blob(blobs[0].sha256)


def test_a_run_that_comes_while_another_is_being_removed_inherits_nothing_and_keeps_its_blobs(
    sqlite_store, small_pieces
):
    shared = blob(b"shared" * 10)
    finished(sqlite_store, "r1", 1.0, lines=LONG, blobs=[blob(b"own" * 10), shared], idempotency_key="k")
    sqlite_store.delete("r1")
    assert submit(sqlite_store, "r1", idempotency_key="k", blobs=[shared]) == "r1"
    assert [event.type for event in sqlite_store.read("r1")] == ["run.submitted"]
    while sqlite_store.sweep():
        assert len(sqlite_store.read("r1")) == 1
    assert sqlite_store.blob(shared.sha256) == shared.content
    assert left(sqlite_store) == {}


def test_removing_one_run_takes_it_to_the_last_byte(sqlite_store, small_pieces):
    finished(sqlite_store, "r0", 1.0, lines=5)
    finished(sqlite_store, "r1", 1.0, lines=LONG)
    finished(sqlite_store, "r2", 1.0, lines=5)
    retention.remove(sqlite_store, "r1")
    assert left(sqlite_store) == {}
    assert ids(sqlite_store) == ["r0", "r2"]


def test_a_pause_may_end_the_pruning_and_the_next_one_goes_on(sqlite_store, small_pieces):
    for number in range(3):
        finished(sqlite_store, f"r{number}", float(number), lines=LONG)
    answers = iter([False, False, True])
    assert prune(sqlite_store, 1e9, Limits(age=1.0), pause=lambda seconds: next(answers)).runs == 0
    assert ids(sqlite_store) == ["r1", "r2"]
    assert left(sqlite_store)["doomed"] == 1
    retention.prune_a_little(sqlite_store, 1e9, Limits(age=1.0))
    assert len(ids(sqlite_store)) == 2  # a moment is not enough for more than a piece
    assert prune(sqlite_store, 1e9, Limits(age=1.0)).runs == 2
    assert (ids(sqlite_store), left(sqlite_store)) == ([], {})


def test_two_that_prune_at_once_do_not_remove_too_much(path, clock, small_pieces):
    one, two = SqliteStore(path, clock), SqliteStore(path, clock)
    for number in range(6):
        finished(one, f"r{number}", float(number), lines=LONG, blobs=[blob(bytes([number]) * 100_000)])
    limits = Limits(size=one.usage() - 150_000)
    steps: Iterator[int] = iter(range(1000))

    def other(seconds: float) -> None:
        if next(steps) == 2:  # the first run has vanished, and most of its bytes are still there
            prune(two, 10_000.0, limits)

    prune(one, 10_000.0, limits, pause=other)
    assert ids(one) == ["r2", "r3", "r4", "r5"]
    assert left(two) == {}
    for store in (one, two):
        check_store(store)
        store.close()


PRUNE = """
from jupyter_runt.store import removal, retention
removal.EVENTS_AT_ONCE, retention.BREATH_SECONDS = 100, 0.0
def pause(seconds):
    print("piece", flush=True)
    sys.stdin.readline()
retention.prune(store, 1e9, retention.Limits(age=1.0), pause=pause)
"""


@pytest.mark.parametrize("pieces", [1, 2, 4, 6])
def test_what_a_killed_prune_left_is_removed_by_the_next(path, pieces):
    store = SqliteStore(path, SystemClock())
    shared = blob(b"shared")
    for number in range(4):
        finished(store, f"r{number}", float(number), lines=LONG, blobs=[shared, blob(bytes([number]))])
    store.pin("r3", True)
    with python(PRUNE, path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for piece in range(pieces):
            assert process.stdout.readline() == "piece\n"
            if piece < pieces - 1:
                process.stdin.write("go on\n")
                process.stdin.flush()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    check_store(store)
    submit(store, "new")
    prune(store, 1e9, Limits(age=1.0))
    assert (ids(store), left(store)) == (["new", "r3"], {})
    assert store.blob(shared.sha256) == b"shared"
    assert store.check() == ""
    check_store(store)
    store.close()


def test_a_follower_of_a_run_that_is_removed_hears_that_it_is_gone(sqlite_store, small_pieces):
    big = blob(b"x" * 100)
    epoch = driven(sqlite_store, "r1", blobs=[big])
    lines = [Draft("stream.appended", {"index": 0, "text": {"$blob": big.sha256, "size": 100}})] * LONG
    sqlite_store.append("r1", epoch, [*lines, FINISHED], summary=Summary("succeeded", finished_at=1.0))
    events = follow(sqlite_store, "r1")
    for _ in range(3):
        next(events)
    retention.remove(sqlite_store, "r1")  # the page has been read, its blobs have not
    with pytest.raises(RunNotFound, match="removed"):
        next(events)
    with pytest.raises(RunNotFound):
        next(follow(sqlite_store, "r1"))


def test_a_page_that_is_read_while_its_run_is_removed_is_whole_or_refused(path, small_pieces):
    """The second store deletes the run between any two statements of the first."""
    reader, remover = SqliteStore(path, SystemClock()), SqliteStore(path, SystemClock())
    finished(reader, "r1", 1.0, lines=LONG)
    deleted: list[str] = []

    def at_a_statement(sql: str) -> None:
        if not deleted and sql.startswith("SELECT id & "):
            deleted.append(sql)
            remover.delete("r1")

    reader._database._connection.set_trace_callback(at_a_statement)
    try:
        page = reader.read("r1", limit=1000)
    except RunNotFound:
        page = []
    reader._database._connection.set_trace_callback(None)
    assert deleted
    assert [event.seq for event in page] in ([], list(range(1, LONG + 3)))
    for store in (reader, remover):
        store.close()


# -- the file ------------------------------------------------------------------------------------------------------


def test_room_that_removed_runs_leave_is_not_counted_and_goes_back_to_the_disk_when_asked(path):
    store = SqliteStore(path, SystemClock())
    finished(store, "r1", 1.0, blobs=[blob(b"x" * 1_000_000)])
    finished(store, "r2", 2.0)
    before = store.usage()
    retention.remove(store, "r1")
    assert before - store.usage() > 900_000
    assert path.stat().st_size > 1_000_000 or path.with_name("store.sqlite-wal").stat().st_size > 1_000_000
    store.vacuum()
    assert path.stat().st_size == store.usage() < 300_000
    check_store(store)
    store.close()


def test_a_vacuum_while_somebody_writes_is_refused(path):
    store, other = SqliteStore(path, SystemClock(), busy_seconds=0.05), SqliteStore(path, SystemClock())
    with other._database.write(), pytest.raises(StoreBusy, match="locked"):
        store.vacuum()
    store.close()
    other.close()


def test_what_may_go_is_looked_up_in_its_own_index(sqlite_store):
    found = plan(sqlite_store, REMOVABLE_ROWS, {"finished_at": 1.0, "run_id": "r", "limit": 100})
    assert "SEARCH runs USING INDEX runs_removable" in found
    assert "SCAN" not in found
    assert "INDEX runs_pinned" in plan(sqlite_store, *page_of_runs(RunFilter(pinned=True), None))
