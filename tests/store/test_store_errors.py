"""A store that cannot be used says where, why and what to do; no exception of SQLite comes through."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_runt.errors import (
    NotSupportedYet,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreTooNew,
    UsageError,
)
from jupyter_runt.store.memory import MemoryStore
from jupyter_runt.store.migrate import VERSION
from jupyter_runt.store.open import open_store
from jupyter_runt.store.sqlite import SqliteStore
from tests.store.making import blob, driven, line, submit
from tests.store.processes import ROOT, output


@pytest.fixture
def used(clock, path):
    """The path of a store with one long run."""
    store = SqliteStore(path, clock)
    epoch = driven(store)
    for number in range(300):
        store.append("r1", epoch, [line(number)] * 10)
    store.close()
    return path


def refused(kind: type[StoreError], path: Path, clock) -> StoreError:
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(kind) as caught:
        SqliteStore(path, clock)
    assert type(caught.value) is kind
    assert str(path) in caught.value.message
    assert caught.value.remedy
    assert before is None or path.read_bytes() == before
    return caught.value


def test_a_file_that_is_no_database(clock, path):
    path.write_bytes(os.urandom(5000))
    assert "no SQLite database" in refused(StoreCorrupt, path, clock).message


def test_a_text_file(clock, path):
    path.write_text("cells:\n  - print(1)\n" * 100)
    refused(StoreCorrupt, path, clock)


def test_an_empty_file_becomes_a_store(clock, path):
    path.touch()
    store = SqliteStore(path, clock)
    submit(store, "r1")
    store.close()


@pytest.mark.parametrize("version", [0, VERSION, VERSION + 1])
def test_another_programs_database(clock, path, version):
    other = sqlite3.connect(path)
    other.executescript(f"CREATE TABLE things (a); PRAGMA user_version = {version}")
    other.close()
    assert "another program" in refused(StoreCorrupt, path, clock).message


def test_a_store_of_a_newer_release(clock, used):
    newer = sqlite3.connect(used)
    newer.execute(f"PRAGMA user_version = {VERSION + 3}")
    newer.close()
    error = refused(StoreTooNew, used, clock)
    assert f"version {VERSION + 3}" in error.message
    assert f"up to {VERSION}" in error.message
    assert "pip install --upgrade" in error.remedy


def test_a_store_that_a_newer_release_migrates_meanwhile_is_not_written_any_more(clock, used):
    store = SqliteStore(used, clock)
    newer = sqlite3.connect(used)
    newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreTooNew):
        store.append("r1", 1, [line(1)])
    with pytest.raises(StoreTooNew):
        store.renew("w1")
    newer.close()
    store.close()


def test_a_damaged_page_is_found_when_it_is_read(clock, used):
    asked = sqlite3.connect(used)
    roots = asked.execute("SELECT rootpage FROM sqlite_master").fetchall()
    asked.close()
    with used.open("r+b") as file:
        for (page,) in roots:
            file.seek((page - 1) * 4096)
            file.write(b"\xff" * 4096)
    store = SqliteStore(used, clock)
    with pytest.raises(StoreCorrupt, match="damaged") as caught:
        store.run("r1")
    assert str(used) in caught.value.message
    with pytest.raises(StoreCorrupt):
        submit(store, "r2")
    store.close()


def test_damaged_data_is_no_traceback_of_json(clock, used):
    other = sqlite3.connect(used)
    with other:
        other.execute("UPDATE events SET data = '{' WHERE id & 0xffffffff = 2")
    other.close()
    store = SqliteStore(used, clock)
    with pytest.raises(StoreCorrupt, match="damaged"):
        store.read("r1")
    store.close()


def test_a_truncated_file(clock, used):
    os.truncate(used, 4096 * 3)
    with pytest.raises(StoreCorrupt):
        store = SqliteStore(used, clock)
        try:
            store.read("r1")
        finally:
            store.close()


def test_a_missing_table(clock, used):
    other = sqlite3.connect(used)
    other.execute("DROP TABLE signals")
    other.close()
    store = SqliteStore(used, clock)
    with pytest.raises(StoreCorrupt, match="signals"):
        store.signals("r1")
    store.close()


def test_a_folder(clock, tmp_path):
    assert "folder" in refused(StoreError, tmp_path, clock).message


def test_a_special_file(clock, path):
    os.mkfifo(path)
    assert "special file" in refused(StoreError, path, clock).message


def test_a_file_where_a_folder_should_be(clock, path):
    path.touch()
    refused(StoreReadOnly, path / "store.sqlite", clock)


def test_a_store_that_stays_locked(clock, path):
    store = SqliteStore(path, clock, busy_seconds=0.05)
    epoch = driven(store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="locked") as caught:
        store.append("r1", epoch, [line(1)])
    assert str(path) in caught.value.message
    assert len(store.read("r1")) == 1  # readers need no lock
    other.execute("ROLLBACK")
    other.close()
    assert store.append("r1", epoch, [line(1)]) == 2
    store.close()


def test_a_closed_store(clock, path):
    store = SqliteStore(path, clock)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.counts()
    with pytest.raises(StoreError, match="closed"):
        submit(store, "r1")


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts a small file system of its own; only root can, and not in every container."""
    mounted: list[Path] = []

    def mount(*options: str) -> Path:
        folder = tmp_path / f"mount{len(mounted)}"
        folder.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", *options, "none", folder], capture_output=True, check=False)
        if made.returncode:
            pytest.skip("needs to mount a file system")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_refuses_the_append_and_loses_nothing(clock, mount):
    folder = mount("-o", "size=600k")
    store = SqliteStore(folder / "store.sqlite", clock)
    epoch = driven(store)
    seq = 1
    with pytest.raises(StoreFull, match="No space") as caught:
        for number in range(10_000):
            seq = store.append("r1", epoch, [line(number)], blobs=[blob(os.urandom(1000))])
    assert str(folder) in caught.value.message
    assert store.run("r1").seq == seq
    assert store.read("r1", after=seq) == []
    subprocess.run(["mount", "-o", "remount,size=3m", folder], check=True)
    assert store.append("r1", epoch, [line(0)]) == seq + 1
    store.close()
    again = SqliteStore(folder / "store.sqlite", clock)
    assert again.run("r1").seq == seq + 1
    again.close()


def test_no_room_for_a_new_store(clock, mount):
    folder = mount("-o", "size=8k")
    with pytest.raises(StoreFull):
        SqliteStore(folder / "store.sqlite", clock)


def test_a_read_only_disk(clock, mount):
    folder = mount()
    SqliteStore(folder / "store.sqlite", clock).close()
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    refused(StoreReadOnly, folder / "store.sqlite", clock)
    with pytest.raises(StoreReadOnly):
        SqliteStore(folder / "new" / "store.sqlite", clock)


OPEN_AS_SOMEBODY = """
import os
for path in sys.argv[2:]:
    if os.geteuid() == 0:
        os.setgroups([]); os.setegid(65534); os.seteuid(65534)
    try:
        SqliteStore(Path(path), SystemClock())
    except StoreError as error:
        print(type(error).__name__, path in error.message, bool(error.remedy))
"""


def test_a_file_or_folder_without_permission(clock, path, tmp_path):
    # As root, permissions do not bind: the process opens these as the user nobody.
    for folder in (*tmp_path.parents, tmp_path):
        if folder.stat().st_uid == os.geteuid() and folder.name.startswith(("pytest-", tmp_path.name)):
            folder.chmod(0o711)
    stores = []
    for name, file_mode, folder_mode in (("file", 0o444, 0o777), ("folder", 0o666, 0o555), ("closed", 0o666, 0)):
        store = tmp_path / name / "store.sqlite"
        SqliteStore(store, clock).close()
        store.chmod(file_mode)
        store.parent.chmod(folder_mode)
        stores.append(store)
    try:
        lines = output(OPEN_AS_SOMEBODY, path, *stores, cwd=ROOT).splitlines()
    finally:
        for store in stores:
            store.parent.chmod(0o700)
    assert lines == ["StoreReadOnly True True"] * 3


def test_urls_name_stores(clock, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for url, path in {
        f"sqlite:///{tmp_path}/a.sqlite": tmp_path / "a.sqlite",
        "sqlite:///b%20.sqlite": tmp_path / "b%20.sqlite",
        "sqlite:///~/c.sqlite": tmp_path / "home" / "c.sqlite",
    }.items():
        store = open_store(url, clock)
        assert store.url == f"sqlite:///{path}"
        assert path.is_file()
        again = open_store(store.url)
        assert again.runtime == store.runtime
        again.close()
        store.close()
    memory = open_store("memory:")
    assert isinstance(memory, MemoryStore)
    memory.close()
    assert not memory.runtime.exists()


@pytest.mark.parametrize(
    "url", ["", "store.sqlite", "/a/store.sqlite", "mysql://h/db", "sqlite:store", "sqlite:///", "memory"]
)
def test_another_url_is_refused_with_the_accepted_ones(url):
    with pytest.raises(UsageError) as caught:
        open_store(url)
    assert "sqlite:///PATH" in caught.value.remedy
    assert "memory:" in caught.value.remedy


def test_postgresql_is_not_supported_yet():
    with pytest.raises(NotSupportedYet, match="PostgreSQL"):
        open_store("postgresql://host/db")
