"""The schema is the sum of the migrations, and every released schema still opens."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from jupyter_runt.store.migrate import APPLICATION_ID, VERSION, migrate, version
from jupyter_runt.store.queries import SQL_FOLDER
from jupyter_runt.store.sqlite import SqliteStore
from tests.invariants import check_store
from tests.store.making import driven, line

FROZEN = sorted((Path(__file__).parent / "frozen").glob("*.sql"))


def schema(connection: sqlite3.Connection) -> dict[str, object]:
    """Every table's columns and every index: what the schema means, without how it was written."""
    found: dict[str, object] = {}
    for kind, name in connection.execute("SELECT type, name FROM sqlite_master").fetchall():
        found[name] = connection.execute(f"PRAGMA {kind}_xinfo({name})").fetchall()
    return found


def test_the_version_is_the_number_of_migrations():
    names = sorted(script.name for script in (SQL_FOLDER / "migrations").iterdir())
    assert [int(name[:4]) for name in names] == list(range(1, VERSION + 1))
    assert len(FROZEN) == VERSION, "freeze the new version's schema in tests/store/frozen"


def test_a_new_store_has_the_newest_frozen_schema(sqlite_store):
    frozen = sqlite3.connect(":memory:")
    frozen.executescript(FROZEN[-1].read_text())
    made = sqlite_store._database._connection
    assert schema(made) == schema(frozen)
    frozen.close()
    applied = made.execute("SELECT version FROM migrations ORDER BY version").fetchall()
    assert applied == [(number,) for number in range(1, VERSION + 1)]
    assert made.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert made.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda script: script.stem)
def test_a_store_of_an_earlier_version_opens_and_has_todays_schema(frozen, path, clock, sqlite_store, tmp_path):
    old = tmp_path / "old.sqlite"
    connection = sqlite3.connect(old)
    connection.executescript(
        f"{frozen.read_text()}; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {int(frozen.stem[1:])}"
    )
    connection.close()
    store = SqliteStore(old, clock)
    assert schema(store._database._connection) == schema(sqlite_store._database._connection)
    epoch = driven(store)
    store.append("r1", epoch, [line(1)])
    check_store(store)
    store.close()


def test_a_migration_that_fails_changes_nothing():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE workers (a)")  # in the way of the last statement of migration 1
    with pytest.raises(sqlite3.OperationalError, match="workers"):
        migrate(connection, 0)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("workers",)]
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    assert not connection.in_transaction
    connection.close()


@pytest.mark.parametrize("question", ["user_version", "application_id", "schema_version"])
def test_a_store_that_somebody_is_just_making_is_not_taken_for_another_programs(path, question):
    """He is as quick as can be: done between any two questions about the file, unless he has to wait for the answers."""
    path.touch()
    reader, maker = (sqlite3.connect(path, isolation_level=None, timeout=0) for _ in range(2))

    def asked(statement: str) -> None:
        if question in statement:
            with contextlib.suppress(sqlite3.OperationalError):
                migrate(maker, 0)

    reader.set_trace_callback(asked)
    assert version(reader, path) in (0, VERSION)
    reader.close()
    maker.close()
