"""Runs that are due at one instant."""

from __future__ import annotations

from pathlib import Path

from jupyter_runt.client import schedules
from jupyter_runt.client.base import Order
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.schedules import SchedulesDesk, Wanted
from jupyter_runt.store.memory import MemoryStore
from tests.manual_clock import ManualClock

DUE_AT = 1_700_006_400.0
ASKED = 100


def test_their_ids_say_when_they_were_due_and_are_not_told_apart_by_twenty_random_bits_alone(tmp_path: Path):
    """The last four characters are random. The two before them are the millisecond, which due times have none of."""
    clock = ManualClock()
    client = LocalClient(MemoryStore(clock), clock, "tester")
    (tmp_path / "a.yml").write_text("cells: [{source: '1'}]")
    definition = schedules.define(
        client, Wanted(order=Order(notebook=str(tmp_path / "a.yml")), cron="daily", tz="UTC"), ()
    )
    desk = SchedulesDesk(client)
    found = [desk.prepare(definition, DUE_AT).run_id for _ in range(ASKED)]
    assert {run_id[:16] for run_id in found} == {"20231115-000000-"}
    assert len({run_id[16:18] for run_id in found}) > ASKED / 2
    client.store.close()
