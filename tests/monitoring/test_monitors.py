"""Which earlier reports are looked at, in a store of many runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_runt.client import monitors
from jupyter_runt.errors import RunNotFound
from jupyter_runt.events import Draft, codec
from jupyter_runt.run import health
from jupyter_runt.run.state import fold, summary
from jupyter_runt.store.base import Blob, Submission, Summary
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.sqlite import SqliteStore
from jupyter_runt.worker import snapshot
from tests.run.driving import code, submitted


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    made = SqliteStore(folder / "store.sqlite", SystemClock())
    yield made
    made.close()
    shutil.rmtree(folder)


def ran(
    store: SqliteStore, run_id: str, value: object, *, name: str = "disk.yml", shot: bool = True, **more: Any
) -> None:
    """An ended run that recorded a report with this one value."""
    report = {
        "version": 1, "monitor": "disk-check", "subject": "here", "status": "HEALTHY", "score": 100,
        "checks": [{"name": "disk", "group": "", "status": "OK", "value": value}], **more,
    }  # fmt: skip
    bundle = {health.MIME: report, "text/html": "x" * 20_000}
    data = {"name": "health", "data": bundle, "health": health.brief(bundle)}
    draft = submitted(code("a"))
    begun = replace(draft, data={**draft.data, "name": name})
    store.submit(Submission(run_id, begun, name))
    claim = store.claim("w", "here", run_id=run_id)
    assert claim is not None
    blobs: dict[str, bytes] = {}
    facts = [
        codec.externalise(Draft("result.recorded", data, "a"), blobs),
        Draft("run.finished", {"status": "succeeded"}),
    ]
    state = fold(run_id, [begun, *facts])
    kept = [Blob(sha256, content) for sha256, content in blobs.items()]
    store.append(run_id, claim.epoch, facts, summary=Summary(**summary(state)), blobs=kept)
    if shot:
        snapshot.save(store, run_id)


def found(store: SqliteStore, run_id: str, **wanted: str) -> tuple[list[Any], int]:
    """The values of the reports that are found, and how many of them are in a row."""
    asked = {"monitor": "disk-check", "subject": "here", **wanted}
    reports, row = monitors.earlier(store.url, run_id, **asked)
    return [report["checks"][0]["value"] for _, report in reports], row


def test_the_newest_runs_are_looked_at_in_a_row_and_older_ones_here_and_there(store, monkeypatch):
    monkeypatch.setattr(monitors, "RECENT", 3)
    monkeypatch.setattr(monitors, "SPREAD", 2)
    for number in range(8):
        ran(store, f"r{number}", number)
    store.submit(Submission("now", submitted(code("a")), "disk.yml"))
    assert found(store, "now") == ([7, 6, 5, 4, 0], 3)


def test_few_runs_are_all_in_a_row(store):
    for number in range(20):
        ran(store, f"r{number:02}", number)
    store.submit(Submission("now", submitted(code("a")), "disk.yml"))
    assert found(store, "now") == (list(range(19, -1, -1)), 20)


def test_only_the_same_monitor_is_looked_at_whatever_notebook_it_is_in(store):
    ran(store, "r1", 1)
    ran(store, "r2", 2, subject="elsewhere")
    ran(store, "r3", 3, monitor="other")
    ran(store, "r4", 4, name="my disk.yml")
    ran(store, "r5", 5, shot=False)  # its worker died between the end and the picture of it
    ran(store, "r6", "x" * 50_000)  # the report lives in a blob
    assert found(store, "r6") == ([5, 4, 1], 3)
    ran(store, "r7", 7)
    assert found(store, "r7")[0][0] == "x" * 50_000
    assert found(store, "r7", subject="elsewhere") == ([2], 1)
    assert found(store, "r7", monitor="nobody's") == ([], 0)


def test_a_run_that_is_in_another_store_is_not_guessed(store):
    with pytest.raises(RunNotFound):
        found(store, "r1")


def test_of_many_reports_few_are_read(store, monkeypatch):
    read: list[str] = []
    original = SqliteStore.read

    def counted(self: SqliteStore, run_id: str, *asked: int) -> list[Any]:
        read.append(run_id)
        return original(self, run_id, *asked)

    for number in range(30):
        ran(store, f"r{number:02}", number)
    monkeypatch.setattr(SqliteStore, "read", counted)
    found(store, "r29")
    assert len(read) == monitors.RECENT + monitors.SPREAD
