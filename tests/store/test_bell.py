"""The bell between real processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from jupyter_runt.errors import StoreError
from jupyter_runt.store.bell import FolderBell
from tests.store.making import submit
from tests.store.processes import python

LISTEN = """
listener = store.listen()
print("listening", flush=True)
print(listener.wait(30), store.match(""), flush=True)
sys.stdin.readline()
"""


def test_a_commit_wakes_another_process(sqlite_store, path):
    with python(LISTEN, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        submit(sqlite_store, "r1")
        assert process.stdout.readline() == "True ['r1']\n"


def test_the_socket_of_a_killed_process_is_removed_by_the_next_ring(sqlite_store, path):
    folder = sqlite_store.runtime / "bell"
    with python(LISTEN, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        assert [name.split("-")[0] for name in os.listdir(folder)] == [str(process.pid)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    assert len(os.listdir(folder)) == 1
    own = sqlite_store.listen()
    submit(sqlite_store, "r1")
    assert own.wait(1)
    assert [name.split("-")[0] for name in os.listdir(folder)] == [str(os.getpid())]
    own.close()
    assert os.listdir(folder) == []


def test_a_listener_that_never_reads_does_not_hold_up_the_ringer(tmp_path):
    bell = FolderBell(tmp_path / "bell")
    asleep, awake = bell.listen(), bell.listen()
    began = time.monotonic()
    for _ in range(3000):  # more than any system's queue of datagrams
        bell.ring()
        awake.drain()
    assert time.monotonic() - began < 10
    bell.ring()
    assert awake.wait(1)
    assert asleep.wait(1)
    assert not asleep.wait(0)
    for closing in (asleep, awake, bell):
        closing.close()


def test_a_ring_with_nobody_listening_does_nothing(tmp_path):
    bell = FolderBell(tmp_path / "missing" / "bell")
    bell.ring()
    assert os.listdir(tmp_path) == []
    bell.close()
    bell.ring()


def test_a_stale_file_of_the_same_name_is_passed_over(tmp_path):
    bell = FolderBell(tmp_path)
    first = bell.listen()
    number = int(Path(os.listdir(tmp_path)[0]).stem.split("-")[1])
    (tmp_path / f"{os.getpid()}-{number + 1}.sock").touch()
    second = bell.listen()
    bell.ring()
    assert first.wait(1)
    assert second.wait(1)
    for closing in (first, second, bell):
        closing.close()
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").touch()
    bell = FolderBell(tmp_path / "file" / "bell")
    with pytest.raises(StoreError, match=r"file/bell"):
        bell.listen()
    bell.close()
