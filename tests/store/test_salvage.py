"""Who is in the way of replacing a damaged store, and what is left in its place."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from jupyter_runt.errors import StoreBusy, StoreFull
from jupyter_runt.store import salvage as module
from jupyter_runt.store.life import SUPERVISOR_LOCK
from jupyter_runt.store.pages import Pages
from jupyter_runt.store.presence import users
from jupyter_runt.store.rebuild import rebuild
from jupyter_runt.store.salvage import salvage
from jupyter_runt.store.soundness import faults
from jupyter_runt.store.sqlite import SqliteStore
from tests.invariants import check_store
from tests.store.making import ended, fire, schedule, submit
from tests.store.processes import python

NOW = 1_800_000_000.0


@pytest.fixture
def closed(path: Path, clock) -> Path:
    """A store with three runs that nobody has open."""
    store = SqliteStore(path, clock)
    for number in range(3):
        ended(store, f"r{number}")
    store.close()
    return path


def run_folder(path: Path) -> Path:
    return path.parent / "run"


def refused(path: Path, words: str) -> None:
    before, files = path.read_bytes(), sorted(path.parent.iterdir())
    with pytest.raises(StoreBusy, match=words):
        salvage(path, run_folder(path), NOW)
    assert path.read_bytes() == before
    assert sorted(path.parent.iterdir()) == files


def test_a_process_that_has_the_store_open_is_named(closed):
    with python("store.counts(); print('open', flush=True); sys.stdin.readline()", closed) as other:
        assert other.stdout is not None
        other.stdout.readline()
        refused(closed, f"in use by process {other.pid}")
        assert other.stdin is not None
        other.communicate("\n")
    assert salvage(closed, run_folder(closed), NOW).kept.runs == 3


def test_a_supervisor_between_two_workers_is_in_the_way(closed):
    descriptor = os.open(run_folder(closed) / SUPERVISOR_LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    refused(closed, "is in use")
    os.close(descriptor)
    salvage(closed, run_folder(closed), NOW)


def test_a_listener_is_in_the_way(closed, clock):
    store = SqliteStore(closed, clock)
    listener = store.listen()
    store.close()
    refused(closed, "is in use")
    listener.close()
    salvage(closed, run_folder(closed), NOW)


LATE = """\
store.close()
print('ready', flush=True)
sys.stdin.readline()
try:
    submit(SqliteStore(Path(sys.argv[1]), SystemClock(), busy_seconds=0.5), 'late')
except StoreError as error:
    print(type(error).__name__)
"""


def test_who_opens_the_store_while_it_is_replaced_is_refused_and_cannot_write_to_the_old_file(closed, monkeypatch):
    with python(LATE, closed) as other:
        begin, told = other.stdin, other.stdout
        assert begin is not None
        assert told is not None
        assert told.readline() == "ready\n"

        def while_somebody_comes(*arguments):
            begin.write("\n")
            begin.flush()
            while other.pid not in users(closed):
                assert other.poll() is None
            return rebuild(*arguments)

        monkeypatch.setattr(module, "rebuild", while_somebody_comes)
        done = salvage(closed, run_folder(closed), NOW)
        assert other.communicate(timeout=20)[0] == "StoreBusy\n"
    assert done.kept.runs == 3
    assert faults(closed) == ""


def test_without_room_for_a_new_file_nothing_is_changed(closed, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(1, 1, 0))
    before = closed.read_bytes()
    with pytest.raises(StoreFull, match="have to be free"):
        salvage(closed, run_folder(closed), NOW)
    assert closed.read_bytes() == before


def test_numbers_of_runs_that_were_deleted_do_not_come_back(closed, clock):
    store = SqliteStore(closed, clock)
    store.delete("r2")
    while store.sweep():
        pass
    store.close()
    assert salvage(closed, run_folder(closed), NOW).kept.runs == 2
    store = SqliteStore(closed, clock)
    submit(store, "next")
    store.close()
    descriptor = os.open(closed, os.O_RDONLY)
    log = Path(f"{closed}-wal")
    rows = list(Pages(descriptor, log.read_bytes() if log.exists() else b"").rows())
    os.close(descriptor)
    assert [row.key for row in rows if row.values[1:2] == ("next",)] == [4]


def test_what_a_deleted_run_still_leaves_is_not_brought_back(closed, clock):
    store = SqliteStore(closed, clock)
    store.delete("r1")  # its events go with the next sweep
    store.close()
    assert salvage(closed, run_folder(closed), NOW).kept.runs == 2
    assert salvage(closed, run_folder(closed), NOW).damaged.exists()


def test_schedules_and_what_came_of_them_are_kept(closed, clock):
    store = SqliteStore(closed, clock)
    for name, at in (("daily", 10.0), ("paused", None), ("whole", 1_800_000_000)):
        store.add_schedule(schedule(name, next_at=at))
    store.fire([fire("daily", 10.0, 1, 20.5, "fired")])
    before = store.schedules(), store.firings("daily")
    store.close()
    salvage(closed, run_folder(closed), NOW)
    store = SqliteStore(closed, clock)
    assert (store.schedules(), store.firings("daily")) == before
    check_store(store)
    store.close()
