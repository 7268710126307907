"""A schedule's notebook that cannot be run when it is due: told as any failure is, by a run that has failed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from tests.cli.runt import Runt
from tests.receiving import receiving

TOLD = {"notify": {"on": ["failed"], "to": ["${HOOK}"]}}


def added_and_due(runt: Runt, path: str, spoiled: str) -> None:
    """A yearly schedule of this very minute, whose notebook is spoiled before it is due."""
    now = datetime.now(UTC)
    runt("schedule", "add", path, "--cron", f"{now.minute} {now.hour} {now.day} {now.month} *", "--tz", "UTC")
    runt.write(path, spoiled)
    with runt.store() as store:
        row = store.schedule("report")
        store.change_schedule(replace(row, next_at=now.replace(second=0, microsecond=0).timestamp()))


def test_whoever_is_told_of_failures_is_told(runt: Runt):
    path = runt.cells("print('well')", name="report.yml", metadata=TOLD)
    good = runt.read(path)
    with receiving() as receiver:
        runt.env["HOOK"] = receiver.url
        added_and_due(runt, path, "cells: [{id: c1, sauce: 1}]")
        (message,) = receiver.received(1)
        assert receiver.titles == ["failed: report.yml"]
        assert "a cell needs `source`" in message["message"]
        assert "schedule report" in message["message"]
    (run_id,) = [each["run_id"] for each in runt("ls", "--label", "schedule=report", "--json").json()]
    shown = runt("show", run_id).out
    assert "reason:      notebook_error" in shown
    assert "report.yml:1:" in shown
    assert "its notebook could not be run" in runt("follow", run_id, code=2).err
    refused = runt("rerun", run_id, code=2)
    assert "had no notebook" in refused.err
    assert "jupyter runt schedule run-now report" in refused.err
    (firing,) = runt("schedule", "show", "report", "--json").json()["firings"]
    assert (firing["outcome"], firing["run_id"], firing["status"]) == ("failed", run_id, "failed")
    assert "a cell needs `source`" in firing["message"]
    runt.write("report.yml", json.dumps(good))
    again = runt("schedule", "run-now", "report").out.strip()
    assert runt("follow", again).out == "well\n"
