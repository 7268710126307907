"""What `doctor` says of schedules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_runt.client import schedules
from jupyter_runt.client.base import Order
from jupyter_runt.client.doctor.schedules import findings
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.schedules import Wanted
from jupyter_runt.store.schedules import FAILED, Fire, FiringRow


@pytest.fixture(autouse=True)
def notebook(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("cells: [{source: '1'}]")


def told(client: LocalClient, later: float = 0.0) -> list[tuple[str, str]]:
    return [(each.level, each.text) for each in findings(client, client.now() + later)]


def test_where_there_are_none_nothing_is_said(client):
    assert told(client) == []


def test_what_is_in_order_is_one_line(client, tmp_path):
    for name in ("a", "b"):
        wanted = Wanted(order=Order(notebook=str(tmp_path / "a.yml")), cron="hourly", tz="UTC", schedule_id=name)
        coming = schedules.add(client, wanted, ())["next"][0]
    schedules.pause(client, "b", True)
    assert told(client) == [("ok", f"2 schedules, 1 paused; the next one is due at {coming}")]
    schedules.pause(client, "a", True)
    assert told(client) == [("ok", "2 schedules, 2 paused; none of them will be due")]


def test_who_does_not_fire_is_told_with_the_reason(client, tmp_path):
    for name in ("late", "odd", "wrong"):
        wanted = Wanted(order=Order(notebook=str(tmp_path / "a.yml")), cron="hourly", tz="UTC", schedule_id=name)
        schedules.add(client, wanted, ())
    row = client.store.schedule("odd")
    client.store.change_schedule(replace(row, definition={**row.definition, "tz": "Mars/Olympus"}))
    row = client.store.schedule("wrong")
    client.store.fire([Fire(row, client.now() + 9999.0, [FiringRow("wrong", 1.0, FAILED, message="no such file")])])
    odd, wrong, late = told(client, later=3700.0)
    assert odd[0] == "FAIL"
    assert "odd cannot fire: There is no time zone 'Mars/Olympus'" in odd[1]
    assert wrong[1] == "wrong was due at 1970-01-01T00:00:01.000Z, and its notebook could not be run: no such file"
    assert late == ("FAIL", "due, and not fired by anybody: late; `jupyter runt workers --start` starts a worker")
