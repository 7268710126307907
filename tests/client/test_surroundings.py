"""What `doctor` says of the machine: who ends workers at logout, how much room there is, what other stores left."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_runt.client.doctor import data, elsewhere, surroundings
from jupyter_runt.client.doctor.finding import Finding
from jupyter_runt.client.doctor.surroundings import disks, service_manager
from jupyter_runt.client.systemd import System
from jupyter_runt.store import places, scratch
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.life import LifeLock
from jupyter_runt.store.sqlite import SqliteStore

SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
SERVICE = "0::/system.slice/jupyterhub.service\n"
OWN = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/jupyter-runt-5-6.scope\n"


# -- who ends workers --------------------------------------------------------------------------------------------------


class Machine:
    """A system that is made of files and stand-in programs."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin = folder / "root", folder / "bin"
        self.bin.mkdir()
        self.system = System({"PATH": f"{self.bin}:/usr/bin:/bin"}, self.root)
        (self.root / "proc/self").mkdir(parents=True)

    def file(self, path: str, text: str = "") -> Machine:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return self

    def systemd(self, group: str, *, scopes: bool = False, lingers: bool = False, kills: str | None = None) -> Machine:
        (self.root / "run/systemd/system").mkdir(parents=True)
        self.file("proc/self/cgroup", group)
        self.program("systemd-run", f"exit {0 if scopes else 1}")
        if lingers:
            self.file(f"var/lib/systemd/linger/{pwd.getpwuid(os.geteuid()).pw_name}")
        if kills is not None:
            self.program("busctl", kills)
        return self

    def program(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def says(self) -> tuple[str, str]:
        found = service_manager(self.system)
        return found.level, found.text


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("mark", [".dockerenv", "run/.containerenv"])
def test_in_a_container_everything_ends_with_it(machine, mark):
    level, text = machine.file(mark).systemd(SERVICE, scopes=True).says()
    assert level == "note"
    assert "end with this container; the next start takes care of their runs" in text


def test_without_systemd_nobody_is_said_to_end_workers(machine):
    assert machine.says()[1].startswith("no systemd: workers and kernels live until this machine ends")


def test_a_scope_of_its_own_is_all_right_with_lingering_and_ends_with_the_last_session_without(machine, tmp_path):
    assert machine.systemd(SESSION, scopes=True, lingers=True).says()[0] == "ok"
    (tmp_path / "other").mkdir()
    level, text = Machine(tmp_path / "other").systemd(SERVICE, scopes=True).says()
    assert level == "note"
    assert "loginctl enable-linger" in text


def test_who_runs_in_a_workers_own_scope_needs_no_other_one(machine):
    assert machine.systemd(OWN, lingers=True).says()[0] == "ok"


def test_a_service_that_ends_its_workers_with_it_is_named(machine):
    level, text = machine.systemd(SERVICE).says()
    assert level == "note"
    assert "the service jupyterhub.service" in text
    assert "ends with it" in text


@pytest.mark.parametrize(
    ("busctl", "level", "words"),
    [
        ("echo b false", "ok", "KillUserProcesses=no"),
        ("echo b true", "note", "your logout ends workers"),
        ("exit 1", "note", "KillUserProcesses=unknown"),
        ("echo nonsense", "note", "your logout may end workers"),
        (None, "note", "KillUserProcesses=unknown"),
    ],
)
def test_a_login_session_ends_workers_as_logind_says(machine, busctl, level, words, monkeypatch):
    found = machine.systemd(SESSION, kills=busctl)
    if busctl is None:
        monkeypatch.setattr("shutil.which", lambda name, path=None: None)
    assert found.says()[0] == level
    assert words in found.says()[1]


def test_a_busctl_that_does_not_answer_is_not_waited_for(machine, monkeypatch):
    monkeypatch.setattr(surroundings, "ASK_SECONDS", 0.2)
    assert "unknown" in machine.systemd(SESSION, kills="exec sleep 30").says()[1]


# -- disks -------------------------------------------------------------------------------------------------------------


def test_a_disk_is_told_of_once_and_a_full_one_is_a_fault(tmp_path, monkeypatch):
    assert [each.level for each in disks([tmp_path, tmp_path / "missing", tmp_path])] == ["ok"]
    monkeypatch.setattr(surroundings, "NEEDED_BYTES", 1 << 60)
    (full,) = disks([tmp_path])
    assert full.level == "FAIL"
    assert "jupyter runt prune" in full.text


# -- the store's places ------------------------------------------------------------------------------------------------


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands in for /var/tmp; its path leaves room for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    (folder / "far").mkdir()
    monkeypatch.setattr(places, "FAR_FOLDER", f"{folder}/far/{{uid}}")
    monkeypatch.setattr(scratch, "DISK", str(folder))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(folder))
    yield folder
    shutil.rmtree(folder)


def test_a_network_file_system_is_a_note_that_names_the_host_and_the_remedy(short):
    store = SqliteStore(short / "store.sqlite", SystemClock(), network=True)
    try:
        runtime, network = data.findings(store)
    finally:
        store.close()
    assert "a network file system is no place for them" in runtime.text
    assert (network.level, network.fix) == ("note", None)
    assert os.uname().nodename in network.text
    assert "c.Runt.store" in network.text


def far_store(short: Path) -> tuple[Path, Path]:
    """A store whose runtime folder is far from it, closed by now: its file and that folder."""
    (short / "home").mkdir(exist_ok=True)
    store = SqliteStore(short / "home" / "runs.sqlite", SystemClock(), network=True)
    store.close()
    return store.path, store.runtime


def mended(found: Finding) -> str:
    assert found.fix is not None
    return " ".join(found.fix())


def test_the_folder_of_a_store_that_is_gone_is_removed_and_that_of_another_stays(short):
    path, runtime = far_store(short)
    assert list(elsewhere.findings(0.0)) == []
    path.unlink()
    (found,) = elsewhere.findings(0.0)
    assert found.level == "note"
    assert str(path) in found.text
    assert "1 folder removed" in mended(found)
    assert not runtime.exists()


def test_a_folder_in_which_somebody_holds_a_lock_stays(short):
    path, runtime = far_store(short)
    (runtime / "w").mkdir()
    lock = LifeLock(runtime / "w" / "a.lock")
    path.unlink()
    assert list(elsewhere.findings(0.0)) == []
    lock.release()
    assert len(list(elsewhere.findings(0.0))) == 1


def test_journals_of_a_store_whose_disk_may_only_be_away_stay(short):
    path, runtime = far_store(short)
    (runtime / "k" / "r.1").mkdir(parents=True)
    for each in path.parent.iterdir():
        each.unlink()
    (found,) = elsewhere.findings(0.0)
    assert found.fix is None
    assert "not mounted" in found.text
    (path.parent / "neighbour").touch()
    (found,) = elsewhere.findings(0.0)
    mended(found)
    assert not runtime.exists()


def test_a_folder_that_does_not_say_whose_it_is_stays(short):
    path, runtime = far_store(short)
    (runtime / places.STORE_NOTE).unlink()
    path.unlink()
    assert list(elsewhere.findings(0.0)) == []


def test_a_temporary_store_is_known_by_its_lock(short):
    with scratch.scratch_folder() as folder:
        assert folder.parent == short
        assert list(scratch.abandoned(9e9)) == []
    assert not folder.exists()
    for name, inside in (
        ("jupyter-runt-abcdefgh", scratch.STORE),
        ("jupyter-runt-memory-abcdefgh", "x"),
        ("other", "x"),
    ):
        (short / name).mkdir()
        (short / name / inside).touch()
    (short / "jupyter-runt-young000").mkdir()
    made = (short / "jupyter-runt-young000").stat().st_mtime
    assert [each.name for each in scratch.abandoned(made + 1)] == ["jupyter-runt-abcdefgh"]
    assert len(list(scratch.abandoned(made + 3600))) == 2
