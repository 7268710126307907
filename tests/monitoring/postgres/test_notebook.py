"""postgres-health-check, run as a person runs it, against a real server in real trouble."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from jupyter_runt.events import codec
from tests.cli.runt import ROOT, Ended, Runt, until
from tests.monitoring.postgres.cluster import PASSWORD, Cluster
from tests.monitoring.reading import recorded
from tests.server.live import free_port

NOTEBOOK = ROOT / "notebooks" / "postgres-health-check.yml"
HEALTH = 7
ROWS = "CREATE TABLE {name} AS SELECT n, repeat('x', 100) AS text FROM generate_series(1, {rows}) AS n; ANALYZE {name}"


def execute(
    runt: Runt, url: str, *options: object, code: int = 0, env: dict[str, str] | None = None
) -> tuple[Ended, dict[str, Any]]:
    """The run, and the health that it recorded. How much of what tests read was in a cache depends on their order."""
    options = "-p", "cache_hit_threshold", "50", *options
    ended = runt("execute", NOTEBOOK, *options, env={"DATABASE_URL": url, **(env or {})}, code=code)
    return ended, recorded(runt, ended.run_id)


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {f"{each['group']}: {each['name']}".removeprefix(": "): each["status"] for each in report["checks"]}


def value(report: dict[str, Any], group: str, name: str) -> Any:
    return next(each["value"] for each in report["checks"] if (each["group"], each["name"]) == (group, name))


@contextmanager
def connected(postgres: Cluster, *statements: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
        yield connection


@contextmanager
def table(postgres: Cluster, name: str, *statements: str) -> Iterator[None]:
    """A table that is gone afterwards. What was done to it is counted for certain once the session that did it is over."""
    with connected(postgres, *statements):
        """It is made."""
    try:
        yield
    finally:
        with connected(postgres, f"DROP TABLE {name}"):
            """It is gone."""


def test_a_server_that_is_well_is_healthy(lived_in: Runt, postgres: Cluster):
    with table(postgres, "well", ROWS.format(name="well", rows=20_000)):
        ended, report = execute(lived_in, postgres.url())
    assert (report["status"], report["score"], report["alerts"]) == ("HEALTHY", 100, [])
    assert report["subject"] == f"postgres at {postgres.folder}"
    assert value(report, "storage", "size") > 2_000_000
    assert value(report, "cache", "hit rate") > 50
    assert "of 17 connections" in ended.out
    assert "Nobody waits for a lock." in ended.out


@contextmanager
def somebody_waits(postgres: Cluster) -> Iterator[int]:
    """While a session waits for a lock of another one, which has gone idle; the pid of that one."""
    with (
        table(postgres, "wanted", "CREATE TABLE wanted (n int)"),
        connected(postgres, "BEGIN", "LOCK TABLE wanted") as holder,
    ):
        waiting = threading.Thread(target=execute_in_vain, args=(postgres, "SELECT n AS in_vain FROM wanted"))
        waiting.start()
        try:
            until(lambda: waits_for_a_lock(holder), "somebody waits for the lock")
            yield holder.info.backend_pid
        finally:
            holder.execute("ROLLBACK")
            waiting.join()


def execute_in_vain(postgres: Cluster, statement: str) -> None:
    with connected(postgres, statement):
        """The lock was released."""


def waits_for_a_lock(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return row[0] if row else 0


def test_who_waits_for_a_lock_and_who_went_away_is_found(lived_in: Runt, postgres: Cluster):
    limits = ("lock_wait_seconds", "long_transaction_minutes", "idle_transaction_minutes")
    with somebody_waits(postgres) as holder:
        given = ", ".join(f"{name}: 0" for name in limits)
        ended, report = execute(lived_in, postgres.url(), "-p", "show_queries", "true", "-y", f"{{{given}}}")
    assert report["status"] == "WARNING"
    found = statuses(report)
    assert [found[name] for name in ("locks: longest wait", "transactions: longest", "transactions: longest idle")] == [
        "WARNING"
    ] * 3
    assert value(report, "locks", "waiting sessions") == 1
    assert value(report, "storage", "dead rows") is not None, "a table that is locked is not waited for"
    assert f"for {holder}: SELECT n AS in_vain" in ended.out
    assert "is idle in transaction" in ended.out


def test_queries_are_not_shown_unless_somebody_wants_it(lived_in: Runt, postgres: Cluster):
    with connected(postgres, "BEGIN", "SELECT 'nobody should read this'"):
        ended, _ = execute(lived_in, postgres.url())
    assert "idle in transaction" in ended.out
    assert "nobody should read" not in ended.out


def test_connections_that_run_out_are_a_warning(lived_in: Runt, postgres: Cluster):
    held = [psycopg.connect(postgres.url()) for _ in range(10)]
    try:
        _, report = execute(lived_in, postgres.url(), "-p", "connections_threshold", "50")
    finally:
        for each in held:
            each.close()
    assert statuses(report)["connections: used"] == "WARNING"
    assert any("PgBouncer" in advice for advice in report["recommendations"])


def test_a_database_that_grows_past_its_room_is_critical_and_its_growth_is_told(lived_in: Runt, postgres: Cluster):
    _, before = execute(lived_in, postgres.url(), "-p", "size_limit_gb", "1")
    made = ROWS.format(name="grown", rows=30_000), "DELETE FROM grown WHERE n % 2 = 0", "ANALYZE grown"
    with table(postgres, "grown", *made):
        _, after = execute(lived_in, postgres.url(), "-p", "size_limit_gb", "0.001", code=HEALTH)
    assert statuses(before)["storage: size"] == "OK"
    assert (after["status"], statuses(after)["storage: size"]) == ("CRITICAL", "CRITICAL")
    trend = next(each for each in after["earlier"]["trends"] if each["name"] == "size")
    assert trend["change"] > 1_000_000
    assert statuses(after)["storage: dead rows"] == "WARNING"


def test_a_role_that_sees_only_itself_is_partial_and_told_what_it_lacks(lived_in: Runt, postgres: Cluster):
    with somebody_waits(postgres), connected(postgres, f"CREATE ROLE blinkered LOGIN PASSWORD '{PASSWORD}'"):
        _, report = execute(lived_in, postgres.url("blinkered"))
    assert report["status"] == "PARTIAL"
    assert "GRANT pg_monitor TO blinkered;" in report["recommendations"]
    found = statuses(report)
    assert value(report, "connections", "used") >= 400 / 17, "those of others are counted as well"
    assert value(report, "locks", "waiting sessions") == 1
    assert [found["transactions: longest"], found["transactions: longest idle"]] == ["NO DATA", "NO DATA"]


def test_a_wait_for_a_lock_is_no_longer_than_somebody_waits(lived_in: Runt, postgres: Cluster):
    """The statement that waits is older: it has done something else before."""
    with (
        table(postgres, "late", "CREATE TABLE late (n int)"),
        connected(postgres, "BEGIN", "LOCK TABLE late") as holder,
    ):
        statement = "DO $$ BEGIN PERFORM pg_sleep(1); LOCK TABLE late IN ACCESS SHARE MODE; END $$"
        waiting = threading.Thread(target=execute_in_vain, args=(postgres, statement))
        waiting.start()
        try:
            until(lambda: waits_for_a_lock(holder), "somebody waits for the lock")
            _, report = execute(lived_in, postgres.url())
            row = holder.execute("SELECT extract(epoch FROM max(waitstart))::float FROM pg_locks").fetchone()
        finally:
            holder.execute("ROLLBACK")
            waiting.join()
    assert row is not None
    assert 0 < value(report, "locks", "longest wait") <= codec.seconds(report["at"]) - row[0]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (lambda at: at.url(password="wrong-secret-0123"), "password authentication failed"),
        (lambda at: at.url(database="nowhere"), "does not exist"),
        (lambda at: "postgrs://me:wrong-secret-0123@db/shop", "DATABASE_URL cannot be read"),
        (lambda at: "postgresql://me:wrong-secret-0123%zz@db/shop", "DATABASE_URL cannot be read"),
    ],
    ids=["password", "database", "scheme", "escape"],
)
def test_a_server_that_lets_nobody_in_is_no_data(lived_in: Runt, postgres: Cluster, url, told):
    ended, report = execute(lived_in, url(postgres), code=HEALTH)
    assert (report["status"], report["score"]) == ("NO DATA", None)
    assert told in " ".join(report["incomplete"])
    assert "Traceback" not in ended.out + ended.err
    assert "wrong-secret" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (lambda at: at.url(folder="/proc/self/task"), "No such file"),
        (lambda at: f"postgresql://me:wrong-secret-0123@127.0.0.1:{free_port()}/shop", "Connection refused"),
    ],
    ids=["socket", "port"],
)
def test_a_server_that_is_not_there_is_critical(lived_in: Runt, postgres: Cluster, url, told):
    ended, report = execute(lived_in, url(postgres), code=HEALTH)
    assert (report["status"], report["score"]) == ("CRITICAL", 0)
    (alert,) = (each for each in report["alerts"] if each["severity"] == "critical")
    assert told in alert["message"]
    assert "wrong-secret" not in ended.out + ended.err


def test_a_report_without_a_connection_is_one_of_the_same_monitor(lived_in: Runt, postgres: Cluster):
    execute(lived_in, postgres.url())
    _, report = execute(lived_in, postgres.url(password="wrong-secret-0123"), code=HEALTH)
    assert report["subject"] == f"postgres at {postgres.folder}"
    assert report["earlier"]["healthy_at"] is not None


def test_without_psycopg_it_says_what_to_install(lived_in: Runt):
    lived_in.write("without/psycopg.py", "raise ImportError('as if it were not there')")
    env = {"PYTHONPATH": f"{lived_in.home / 'without'}:{ROOT}"}
    ended, report = execute(lived_in, "postgresql://nobody@nowhere/", code=HEALTH, env=env)
    assert report["status"] == "NO DATA"
    assert 'pip install "psycopg[binary]"' in ended.out


def test_doctor_knows_what_it_needs(lived_in: Runt):
    told = lived_in("doctor", "--template", "postgres-health-check", code=1).out
    assert "ok    package    psycopg[binary] " in told
    assert "FAIL  variable   DATABASE_URL is not set" in told


def test_no_file_of_these_runs_holds_the_password(lived_in: Runt, postgres: Cluster):
    execute(lived_in, postgres.url())
    files = [path for path in lived_in.home.rglob("*") if path.is_file()]
    assert [str(path) for path in files if PASSWORD.encode() in path.read_bytes()] == []
