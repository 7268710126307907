"""A server whose store cannot be used starts, says why on every route, and goes on by itself when that has changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.sqlite import SqliteStore
from tests.cli.runt import until
from tests.server.live import LiveServer, serving

MINUTE = 60.0


@pytest.fixture
def stopped() -> Iterator[LiveServer]:
    """A server that has not been started, and whose store nobody has opened yet beside the test."""
    with serving(start=False) as made:
        yield made


def hidden(server: LiveServer) -> Path:
    """Another store than the one that the test has open."""
    path = server.home / "other" / "store.sqlite"
    path.parent.mkdir()
    server.configure("RuntApp", store=f"sqlite:///{path}")
    return path


def test_a_corrupt_store_is_told_by_every_route_and_used_once_it_is_mended(stopped: LiveServer) -> None:
    path = hidden(stopped)
    path.write_bytes(b"no database at all" * 100)
    stopped.start()
    for route in ("status", "runs", "runs/r1/events", "workers"):
        answer = stopped.get(f"runt/api/{route}")
        assert answer.status == 503, route
        assert answer.json()["error"] == "store_corrupt"
        assert str(path) in answer.json()["message"]
    assert stopped.get("api/status").status == 200, "the rest of the server is as ever"
    assert "the store cannot be used" in stopped.new_log()
    path.unlink()
    until(lambda: stopped.get("runt/api/status").status == 200, "the store is used", patience=MINUTE)
    assert stopped.get("runt/api/status").json()["store"] == f"sqlite:///{path}"


def test_why_the_store_cannot_be_used_is_told_to_nobody_without_a_token(stopped: LiveServer) -> None:
    path = hidden(stopped)
    path.write_bytes(b"no database at all" * 100)
    stopped.start()
    answer = stopped.get("runt/api/status", token=None)
    assert answer.status == 403
    assert str(path) not in answer.text


def test_a_store_of_a_newer_release_is_refused_and_stays_as_it_is(stopped: LiveServer) -> None:
    path = hidden(stopped)
    SqliteStore(path, SystemClock()).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = path.read_bytes()
    stopped.start()
    answer = stopped.get("runt/api/status")
    assert (answer.status, answer.json()["error"]) == (503, "store_too_new")
    assert (path.read_bytes(), stopped.get("runt/api/runs").status) == (before, 503)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("c.Runner.store = 'x'", "unknown section 'Runner'"),
        ("c.Runt.store = 'mysql://x'", "'mysql://x' is not the URL of a store"),
    ],
)
def test_a_slip_in_the_configuration_is_told_and_takes_nothing_else_down(
    stopped: LiveServer, settings: str, said: str
) -> None:
    del stopped.runt.env["JUPYTER_RUNT_STORE"]
    stopped.runt.write("config/jupyter_runt_config.py", settings)
    stopped.start()
    answer = stopped.get("runt/api/status")
    assert (answer.status, answer.json()["error"]) == (503, "store_error")
    assert said in answer.json()["message"]
    assert stopped.get("api/status").status == 200
