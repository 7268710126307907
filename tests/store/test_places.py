"""Where sockets go, and stores on network file systems."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from jupyter_runt.errors import StoreError
from jupyter_runt.store.places import NETWORK_FILE_SYSTEMS, file_system, private_folder, runtime_folder
from jupyter_runt.store.sqlite import SqliteStore
from tests.store.making import driven, line, submit

MOUNTS = """\
22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:22 / /home rw,relatime shared:2 master:1 - nfs4 server:/home rw,vers=4.2
24 23 0:23 / /home/me/my\\040disk rw - ext4 /dev/sdb1 rw
25 22 0:24 / /mnt/a rw - xfs /dev/sdc1 rw
26 22 0:25 / /mnt/a rw - fuse.sshfs host:/a rw
27 22 0:26 / /hom rw - cifs //host/share rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/x", "ext4"),
        ("/home", "nfs4"),
        ("/home/me/x", "nfs4"),
        ("/home/me/my disk/x", "ext4"),
        ("/homes/x", "ext4"),
        ("/hom/x", "cifs"),
        ("/mnt/a/x", "fuse.sshfs"),
    ],
)
def test_the_innermost_and_latest_mount_holds_a_path(path, kind):
    assert file_system(Path(path), MOUNTS) == kind


def test_an_unknown_mount_table_names_no_file_system():
    assert file_system(Path("/x"), "") == ""


def test_network_file_systems_are_told_from_local_ones():
    network = {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "lustre", "ceph", "9p"}
    local = {"", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuse.gocryptfs", "zfs", "nfsd"}
    assert {kind for kind in network | local if NETWORK_FILE_SYSTEMS.fullmatch(kind)} == network


def test_the_runtime_folder_lies_beside_the_store(short):
    assert runtime_folder(short / "store.sqlite") == short / "run"
    assert runtime_folder(short / "other.db") == short / "other.run"
    assert (short / "run").stat().st_mode & 0o777 == 0o700


@pytest.fixture
def far(short):
    """What stands in for the folder below /var/tmp."""
    return short / f"far-{os.geteuid()}"


def test_a_long_path_or_a_network_disk_moves_it_below_var_tmp(tmp_path, far):
    deep = tmp_path / ("x" * 100) / "store.sqlite"
    moved = runtime_folder(deep)
    assert moved.parent == far
    assert len(moved.name) == 8
    assert moved == runtime_folder(deep)
    assert runtime_folder(tmp_path / "store.sqlite", network=True).parent == far
    assert runtime_folder(tmp_path / "store.sqlite", network=True) != moved
    assert far.stat().st_mode & 0o777 == moved.stat().st_mode & 0o777 == 0o700


def test_a_bell_rings_for_a_store_with_a_long_path(tmp_path, far, clock):
    store = SqliteStore(tmp_path / ("x" * 100) / "store.sqlite", clock)
    listener = store.listen()
    submit(store, "r1")
    assert listener.wait(1)
    listener.close()
    assert store.runtime.parent == far
    store.close()


def test_a_link_a_file_or_somebody_elses_folder_is_refused(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to("mine")
    (tmp_path / "file").touch()
    for name in ("link", "file"):
        with pytest.raises(StoreError, match=name):
            private_folder(tmp_path / name)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(StoreError, match="somebody else"):
        private_folder(tmp_path / "mine")


def test_a_store_whose_runtime_folder_is_not_ours_is_not_opened(path, clock):
    path.with_name("run").symlink_to("elsewhere")
    with pytest.raises(StoreError, match="run must be a folder of your own"):
        SqliteStore(path, clock)


def test_a_folder_of_ours_that_others_could_read_is_closed_to_them(tmp_path):
    (tmp_path / "open").mkdir(mode=0o755)
    assert private_folder(tmp_path / "open").stat().st_mode & 0o777 == 0o700


def test_on_a_network_disk_there_is_no_shared_memory(clock, path):
    SqliteStore(path, clock).close()
    store = SqliteStore(path, clock, network=True)
    epoch = driven(store)
    store.append("r1", epoch, [line(1)], durable=True)
    found = store._database._connection.execute("PRAGMA journal_mode").fetchone()
    assert found == ("truncate",)
    assert {file.name for file in path.parent.glob("store*")} <= {"store.sqlite", "store.sqlite-journal"}
    store.close()
    local = SqliteStore(path, clock)
    assert local._database._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert len(local.read("r1")) == 2
    local.close()


def test_a_second_host_is_refused_until_the_first_has_been_away(clock, path, monkeypatch):
    def on(host: str) -> None:
        monkeypatch.setattr(socket, "gethostname", lambda: host)

    on("alpha")
    first = SqliteStore(path, clock, network=True)
    clock.advance(590)
    submit(first, "r1")
    clock.advance(20)
    on("beta")
    with pytest.raises(StoreError, match="in use by the host alpha; this is beta") as caught:
        SqliteStore(path, clock, network=True)
    assert "10 minutes" in caught.value.remedy
    clock.advance(600)
    second = SqliteStore(path, clock, network=True)
    submit(second, "r2")
    on("alpha")
    with pytest.raises(StoreError, match="in use by the host beta"):
        submit(first, "r3")
    assert first.match("") == ["r2", "r1"]
    first.close()
    second.close()
