"""A store that was damaged: `doctor` says so, and `doctor --fix` saves everything that can still be read."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_runt.events import codec, schema
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.salvage import salvage
from jupyter_runt.store.sqlite import SqliteStore
from tests.cli.runt import Runt, until
from tests.exported import exported
from tests.invariants import check_run, every_run, whole_log

PAGE = 4096
DATA = "from IPython.display import HTML, display\ndisplay(HTML('<b>' + 'x' * 30000 + '</b>'))\n" + "display(1)\n" * 40
WATCHING = """\
from jupyter_runt.monitoring import Health
health = Health("disk-check", subject="here")
health.check("disk", 90, warn=80, unit="%")
health.record()
"""


@pytest.fixture(scope="module")
def sound(lived_in: Runt) -> Iterator[Path]:
    """A store with what real runs hold: streams, blobs, an error, a queued run, a label, a signal, health. Not to be changed."""
    lived_in.cells("for n in range(120): print('line', n, flush=True)", DATA, "print('y' * 40000)", name="big.yml")
    lived_in.cells("print('before')", "1 / 0", "print('never')", name="bad.yml")
    lived_in.cells(*[f"print({n})" for n in range(20)], name="many.yml")
    lived_in("execute", "big.yml", "bad.yml", "many.yml", "--label", "team=a", "-q", code=1)
    lived_in("execute", "many.yml", "-q")
    lived_in("execute", lived_in.cells(WATCHING, name="watch.yml"), "-q")
    lived_in("submit", "many.yml", "--no-worker", "--id", "waits")
    kept = lived_in.home / "sound.sqlite"
    shutil.copy(lived_in.path, kept)
    yield kept
    shutil.copy(kept, lived_in.path)


@pytest.fixture
def home(lived_in: Runt, sound: Path) -> Runt:
    """The same home with a fresh copy of that store."""
    shutil.rmtree(lived_in.path.parent)
    lived_in.path.parent.mkdir(mode=0o700)
    shutil.copy(sound, lived_in.path)
    return lived_in


def overwrite(path: Path, seed: int, pages: int) -> None:
    """What a bad disk leaves: pages of noise, of zeros, half overwritten, or with another page's content."""
    chance, content = random.Random(seed), bytearray(path.read_bytes())
    for _ in range(pages):
        at = chance.randrange(1, len(content) // PAGE) * PAGE
        first, other = chance.choice([0, 0, 700]), chance.randrange(1, len(content) // PAGE) * PAGE
        noise = chance.choice([chance.randbytes(PAGE), bytes(PAGE), bytes(content[other : other + PAGE])])
        content[at + first : at + PAGE] = noise[first:]
    path.write_bytes(content)


def check_everything(path: Path) -> dict[str, int]:
    """Every run obeys the invariants, every event the schema, and every run can be exported. How many events each has."""
    store = SqliteStore(path, SystemClock())
    try:
        assert store.check() == ""
        for row in every_run(store):
            check_run(store, row)
            "".join(exported(store, row.run_id).ipynb())
            for event in whole_log(store, row.run_id):
                assert schema.validate(codec.to_json(event)) == []
        return {row.run_id: row.seq for row in every_run(store)}
    finally:
        store.close()


def damaged_files(home: Runt) -> list[Path]:
    return sorted(home.path.parent.glob("store.sqlite.damaged-*[0-9]"))


@pytest.mark.parametrize(("seed", "pages"), [(3, 2), (7, 30)])
def test_what_can_be_read_of_a_damaged_store_is_saved_and_holds_together(home, seed, pages):
    overwrite(home.path, seed, pages)
    damaged = home.path.read_bytes()
    assert "jupyter runt doctor --fix mends" in home("doctor", code=5).out
    fixed = home("doctor", "--fix", code=None).out
    assert "runs kept" in fixed
    assert "is sound" in fixed
    assert [each.read_bytes() == damaged for each in damaged_files(home)] == [True]
    found = check_everything(home.path)
    assert [row["run_id"] for row in home.json("ls")] == list(found)
    for run_id in found:
        home("show", run_id)
        home("export", run_id, "-o", "out.ipynb")
        home("show", run_id, "--events")


@pytest.mark.parametrize("seed", range(10, 40))
def test_any_damage_leaves_a_store_that_holds_together(home, seed):
    before = check_everything(home.path)
    overwrite(home.path, seed, 1 + seed % 7)
    kept = salvage(home.path, home.path.parent / "run", 1_800_000_000.0).kept
    after = check_everything(home.path)
    assert (kept.runs, kept.runs + kept.dropped) == (len(after), len(before))
    assert after.keys() <= before.keys()


def test_histories_of_monitors_are_made_anew(home):
    before = home("health", "disk-check", "--json").json()
    salvage(home.path, home.path.parent / "run", 1_800_000_000.0)
    assert home("health", "disk-check", "--json").json() == before
    assert before["subjects"][0]["reports"] == 1


def test_a_lost_list_of_runs_is_made_anew_from_the_logs(home):
    with closing(sqlite3.connect(home.path)) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs'").fetchone()
    content = bytearray(home.path.read_bytes())
    content[(root - 1) * PAGE : root * PAGE] = bytes(PAGE)
    home.path.write_bytes(content)
    before = home("doctor", "--json", code=5).json()
    assert [each["check"] for each in before if each["level"] == "FAIL"] == ["store"]
    home("doctor", "--fix", code=None)
    found = check_everything(home.path)
    assert len(found) == 5  # the queued one had not sent a request that would tell its id
    assert len(home.json("ls", "--label", "team=a")) == 3


def test_a_lost_first_page_costs_nothing(home):
    before = check_everything(home.path)
    home.path.write_bytes(random.Random(0).randbytes(PAGE) + home.path.read_bytes()[PAGE:])
    assert "is no SQLite database, or is damaged" in home("ls", code=5).err
    assert "lost: nothing" in home("doctor", "--fix", code=None).out
    assert check_everything(home.path) == before


def test_what_stands_only_in_the_write_ahead_log_is_saved_too(home):
    holding = home.start("follow", "waits")
    until(lambda: list((home.path.parent / "run" / "bell").glob("*")), "it follows")
    home("rerun", "last", "--no-worker", "--id", "newest")
    log = home.path.with_name("store.sqlite-wal")
    assert log.stat().st_size > 0
    holding.send_signal(signal.SIGKILL)
    holding.communicate()
    overwrite(home.path, 3, 1)
    home("doctor", "--fix", code=None)
    assert "newest" in check_everything(home.path)
    assert not log.exists() or log.stat().st_size == 0


def test_a_lost_output_is_replaced_by_a_text_that_says_so(home):
    content = bytearray(home.path.read_bytes())
    at = content.index(b"y" * 3000)
    content[at : at + 5] = b"\0\1\2\3\4"
    home.path.write_bytes(content)
    assert "unreadable outputs: 1" in home("doctor", code=5).out
    assert "lost: 1 large output." in home("doctor", "--fix", code=None).out
    check_everything(home.path)
    (big,) = [row["run_id"] for row in home.json("ls", "--notebook", "big.yml")]
    assert "bytes were lost when the store was damaged]" in home("show", big, "--cell", "c3").out


def test_a_sound_store_is_left_alone(home):
    before = home.path.read_bytes()
    home("doctor", "--fix", code=None)
    assert home.path.read_bytes() == before
    assert damaged_files(home) == []


def test_a_damaged_store_in_use_is_refused_and_stays_as_it_is(home):
    worker = home.start("worker", "--no-supervisor", "--name", "busy")
    until(lambda: home.json("workers"), "the worker serves")
    until(
        lambda: [row for row in home.json("ls") if row["status"] == "succeeded" and row["run_id"] == "waits"],
        "it is done",
    )
    overwrite(home.path, 5, 5)
    before = home.path.read_bytes()
    refused = home("doctor", "--fix", code=5).out
    assert f"is in use by process {worker.pid}" in refused
    assert f"kill {worker.pid}" in refused
    assert home.path.read_bytes() == before
    assert damaged_files(home) == []


@pytest.mark.parametrize("content", [b"not a store of ours\n" * 500, b"\x89PNG\r\n\x1a\n" + bytes(9000)])
def test_a_file_that_holds_no_run_is_not_replaced(home, content):
    home.path.write_bytes(content)
    assert "holds nothing that can be read as a run" in home("doctor", "--fix", code=5).out
    assert home.path.read_bytes() == content


def test_another_programs_database_is_not_touched(home):
    home.path.unlink()
    with closing(sqlite3.connect(home.path)) as db:
        db.execute("CREATE TABLE t (x)")
        db.commit()
    before = home.path.read_bytes()
    assert "is a database of another program" in home("doctor", "--fix", code=5).out
    assert home.path.read_bytes() == before
