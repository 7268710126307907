"""What only the SQLite store has to prove: its file, its transactions, several processes."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from jupyter_runt.errors import StaleEpoch, StoreFull
from jupyter_runt.events import Draft
from jupyter_runt.store import connection
from jupyter_runt.store.base import RunFilter, Summary
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.listing import ROWS_ELSEWHERE, page_of_runs
from jupyter_runt.store.queries import SQL, load
from jupyter_runt.store.sqlite import SqliteStore
from tests.invariants import check_log, check_store, whole_log
from tests.store.making import SUCCEEDED, blob, driven, line, submit
from tests.store.processes import output, python


def test_everything_is_private(clock, short):
    path = short / "data" / "jupyter_runt" / "store.sqlite"
    before = os.umask(0)
    try:
        store = SqliteStore(path, clock)
        submit(store, "r1")
        store.listen().close()
        made = {str(found.relative_to(short)): found.stat().st_mode & 0o777 for found in short.rglob("*")}
    finally:
        os.umask(before)
    base = "data/jupyter_runt"
    files = {f"{base}/store.sqlite{end}": 0o600 for end in ("", "-wal", "-shm")}
    assert made.pop("data") in (0o700, 0o777)  # the last folder alone is the store's
    assert made == {base: 0o700, f"{base}/run": 0o700, f"{base}/run/bell": 0o700, **files}
    store.close()


def test_what_was_written_is_there_after_reopening(clock, path):
    store = SqliteStore(path, clock)
    epoch = driven(store, labels={"a": "b"})
    store.append("r1", epoch, [line(1)], cursor={"a": 1})
    row, log = store.run("r1"), whole_log(store, "r1")
    store.close()
    assert sorted(found.name for found in path.parent.iterdir()) == ["run", "store.sqlite"]
    again = SqliteStore(path, clock)
    assert (again.run("r1"), whole_log(again, "r1"), again.cursor("r1")) == (row, log, {"a": 1})
    again.close()


def test_a_path_through_a_link_is_the_same_store_with_the_same_bell(clock, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    one, two = (SqliteStore(tmp_path / way / "store.sqlite", clock) for way in ("real", "link"))
    assert (one.url, one.runtime) == (two.url, two.runtime)
    listener = two.listen()
    submit(one, "r1")
    assert listener.wait(1)
    listener.close()
    one.close()
    two.close()


def synchronous_at_commit(store: SqliteStore) -> list[str]:
    """Notes the statements that matter to durability, in order."""
    seen: list[str] = []
    store._database._connection.set_trace_callback(
        lambda sql: seen.append(sql) if sql.startswith(("PRAGMA synchronous", "BEGIN", "COMMIT", "ROLLBACK")) else None
    )
    return seen


def test_only_a_durable_append_changes_how_it_syncs(sqlite_store):
    epoch = driven(sqlite_store)
    seen = synchronous_at_commit(sqlite_store)
    sqlite_store.append("r1", epoch, [line(1)])
    sqlite_store.append("r1", epoch, [line(2)], durable=True)
    with pytest.raises(StaleEpoch):
        sqlite_store.append("r1", epoch + 1, [line(2)], durable=True)
    full, normal = "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"
    begin = "BEGIN IMMEDIATE"
    assert seen == [begin, "COMMIT", full, begin, "COMMIT", normal, full, begin, "ROLLBACK", normal]


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace to see the system calls")
def test_a_durable_append_really_reaches_the_disk(path, tmp_path):
    trace = tmp_path / "trace"
    code = """
import os
submit(store, "r1"); epoch = store.claim("w", "here").epoch
store.append("r1", epoch, [line(0)], durable=True)
os.write(2, b"mark normal"); store.append("r1", epoch, [line(1)])
os.write(2, b"mark durable"); store.append("r1", epoch, [line(2)], durable=True)
os.write(2, b"mark end")
"""
    calls = ("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync,write,pwrite64", "-y", "-o", str(trace))
    output(code, path, before=calls, stderr=-3)
    normal, durable = trace.read_text().partition("mark normal")[2].split("mark end")[0].split("mark durable")
    assert "sync(" not in normal
    assert "store.sqlite-wal" in normal
    last = [call for call in durable.splitlines() if "store.sqlite-wal" in call][-1]
    assert "sync(" in last  # nothing of the commit is written behind it


def test_an_append_on_a_full_store_is_refused_and_writes_nothing(sqlite_store):
    epoch = driven(sqlite_store)
    sqlite_store.append("r1", epoch, [line(1)], cursor={"at": 1}, summary=Summary("running"))
    db = sqlite_store._database._connection
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
    row, log, lost = sqlite_store.run("r1"), whole_log(sqlite_store, "r1"), blob(b"x" * 100_000)
    with pytest.raises(StoreFull, match=str(sqlite_store.path)) as caught:
        sqlite_store.append("r1", epoch, [line(2)], cursor={"at": 2}, blobs=[lost], summary=Summary("waiting"))
    assert "rm" in caught.value.remedy
    assert (sqlite_store.run("r1"), whole_log(sqlite_store, "r1"), sqlite_store.cursor("r1")) == (row, log, {"at": 1})
    db.execute("PRAGMA max_page_count = 1000000")
    assert sqlite_store.append("r1", epoch, [line(2)], blobs=[lost]) == 3


def test_the_log_stays_bounded_although_nothing_else_restarts_it(clock, path, monkeypatch):
    monkeypatch.setattr(connection, "WAL_LIMIT_BYTES", 200_000)
    monkeypatch.setattr(connection, "WAL_KEEP_BYTES", 50_000)
    store = SqliteStore(path, clock)
    wal = path.with_name("store.sqlite-wal")
    epoch = driven(store)
    draft = Draft("x", {"text": "x" * 20_000})
    sizes = []
    for _ in range(40):
        store.append("r1", epoch, [draft])
        sizes.append(wal.stat().st_size)
    assert max(sizes) < 260_000
    assert min(sizes[20:]) < 100_000
    with sqlite3.connect(path) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        for _ in range(20):  # a reader in the way: it grows, and nothing fails or waits long
            store.append("r1", epoch, [draft])
        assert wal.stat().st_size > 300_000
    reader.close()
    for _ in range(5):
        store.append("r1", epoch, [draft])
    assert wal.stat().st_size < 260_000
    assert len(whole_log(store, "r1")) == 66
    store.close()


CLAIM_ALL = """
claim = store.claim(sys.argv[2], "here")
print("has one", flush=True)
sys.stdin.readline()
while claim:
    for number in range(3):
        store.append(claim.run_id, claim.epoch, [line(number)], summary=Summary("running"))
    store.append(claim.run_id, claim.epoch, [FINISHED], summary=Summary("succeeded"), durable=True)
    print(claim.run_id)
    claim = store.claim(sys.argv[2], "here")
"""


def test_two_processes_share_the_queue_and_every_run_is_driven_once(path):
    store = SqliteStore(path, SystemClock())
    runs = [submit(store, f"r{number}") for number in range(60)]
    with python(CLAIM_ALL, path, "w1") as one, python(CLAIM_ALL, path, "w2") as two:
        for process in (one, two):
            assert process.stdout is not None
            assert process.stdout.readline() == "has one\n"
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        driven_by = [process.communicate(timeout=60)[0].split() for process in (one, two)]
    assert sorted(driven_by[0] + driven_by[1]) == sorted(runs)
    assert all(driven_by)
    assert {row.epoch for row in store.runs(RunFilter(limit=100))} == {1}
    check_store(store)
    store.close()


def test_several_processes_can_make_the_same_store_at_once(path):
    code = "submit(store, sys.argv[2]); store.close()"
    with python(code, path, "a") as a, python(code, path, "b") as b, python(code, path, "c") as c:
        assert [process.wait(30) for process in (a, b, c)] == [0, 0, 0]
    store = SqliteStore(path, SystemClock())
    assert sorted(store.match("")) == ["a", "b", "c"]
    assert path.stat().st_mode & 0o777 == 0o600
    store.close()


def test_what_a_killed_process_had_appended_is_there_and_whole(path):
    code = """
submit(store, "r1"); epoch = store.claim("w", "here").epoch
while True:
    print(store.append("r1", epoch, [line(0), line(1)]), flush=True)
"""
    with python(code, path) as process:
        assert process.stdout is not None
        seen = [int(process.stdout.readline()) for _ in range(50)]
        os.kill(process.pid, signal.SIGKILL)
        seen += map(int, process.stdout.read().split())
        process.wait(10)
    store = SqliteStore(path, SystemClock())
    log = whole_log(store, "r1")
    check_log(log)
    assert len(log) >= seen[-1]
    assert len(log) % 2 == 1  # both facts of an append or none
    store.close()


def plan(store: SqliteStore, sql: str, values: Any) -> str:
    rows = store._database._connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize(
    "where",
    [
        RunFilter(),
        RunFilter(status=["failed"]),
        RunFilter(status=["failed", "queued"]),
        RunFilter(labels={"a": "b", "c": "d"}),
        RunFilter(text="a", id="2026", since=1.0, until=2.0),
    ],
)
def test_lists_walk_an_index_from_its_end_and_sort_no_more_than_a_page(sqlite_store, where):
    found = plan(sqlite_store, *page_of_runs(where, 7))
    assert "SCAN runs" not in found or where == RunFilter()
    if len(where.status) < 2:
        assert "TEMP B-TREE" not in found


def test_claims_and_renewals_look_at_open_runs_only(sqlite_store):
    asked = {"worker": "w", "place": "p", "run_id": None, "boot": "b", "now": 1.0, "until": 2.0}
    for name in ("claimable_run", "renew_leases", "leases_of_worker", "end_leases_of_worker"):
        assert "INDEX runs_open" in plan(sqlite_store, SQL[name], asked), name
    assert "TEMP B-TREE" not in plan(sqlite_store, SQL["claimable_run"], asked)


def test_runs_elsewhere_are_looked_for_among_open_runs_only(sqlite_store):
    found = plan(sqlite_store, ROWS_ELSEWHERE, {"place": "p", "boot": "b", "now": 1.0})
    assert "INDEX runs_open" in found
    assert "SCAN runs\n" not in f"{found}\n"


def test_only_a_store_on_a_network_file_system_is_shared(clock, path, short):
    (short / "far").mkdir()
    for store, shared in (
        (SqliteStore(path, clock, network=False), False),
        (SqliteStore(short / "far/s", clock, network=True), True),
    ):
        assert store.shared is shared
        store.close()


def test_a_flush_writes_no_index_of_the_runs(sqlite_store):
    epoch = driven(sqlite_store, labels={"a": "b"})
    sqlite_store.append("r1", epoch, [line(1)], summary=Summary("running"))
    seen: list[str] = []
    sqlite_store._database._connection.set_trace_callback(seen.append)
    sqlite_store.append("r1", epoch, [line(2)], summary=Summary("running", cells_done=1), cursor={"at": 1})
    sqlite_store._database._connection.set_trace_callback(None)
    updates = [statement for statement in seen if statement.startswith("UPDATE runs")]
    assert len(updates) == 2
    assert not any("status" in statement for statement in updates)


def test_every_named_statement_is_used_and_every_used_one_is_there(sqlite_store):
    package = Path(connection.__file__).parent
    code = "".join(module.read_text() for module in package.glob("*.py"))
    assert [name for name in SQL if f'"{name}"' not in code] == []
    for name, statement in SQL.items():
        assert sqlite3.complete_statement(f"{statement};"), name


@pytest.mark.parametrize(
    "text", ["-- name: a\nSELECT 1\n", "-- name: a\n-- why\n", "-- name: a\n-- w\nX\n-- name: a\n-- w\nY\n"]
)
def test_a_statement_without_purpose_or_with_a_name_twice_is_refused(text):
    with pytest.raises(ValueError, match="SQL block a"):
        load(text)


def test_ended_runs_keep_no_lease(sqlite_store):
    epoch = driven(sqlite_store)
    sqlite_store.append("r1", epoch, [], summary=SUCCEEDED)
    found = sqlite_store._database._connection.execute("SELECT lease_until FROM runs").fetchall()
    assert found == [(None,)]
