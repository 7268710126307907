"""Schedules of which this release, or this machine, does not know everything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_runt.client import schedules
from jupyter_runt.client.base import Order
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.schedules import Wanted
from jupyter_runt.errors import ScheduleError


@pytest.fixture(autouse=True)
def daily(client: LocalClient, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("cells: [{source: '1'}]")
    schedules.add(client, Wanted(order=Order(notebook=str(tmp_path / "a.yml")), cron="daily", tz="UTC"), ())


def differs(client: LocalClient, **values: object) -> None:
    """As if somebody else had defined it."""
    row = client.store.schedule("a")
    assert client.store.change_schedule(replace(row, definition={**row.definition, **values}))


@pytest.mark.parametrize("values", [{"tz": "Mars/Olympus"}, {"overlap": "as a later release has it"}])
def test_a_schedule_that_is_not_understood_here_can_be_paused_and_removed_but_not_resumed(client, values):
    differs(client, **values)
    assert schedules.pause(client, "a", True)["paused"]
    kept = client.store.schedule("a")
    assert (kept.next_at, kept.definition) == (None, {**kept.definition, **values})
    with pytest.raises(ScheduleError):
        schedules.pause(client, "a", False)
    client.store.remove_schedule("a")


def test_what_a_later_release_has_written_is_kept_when_something_else_is_changed(client):
    differs(client, later={"new": 1})
    assert schedules.change(client, "a", cron="hourly")["cron"] == "hourly"
    assert client.store.schedule("a").definition["later"] == {"new": 1}
