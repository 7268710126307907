"""Runs' lives on the server's event bus, as the issue's users hear of them: a handler of their own, and the server's WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyter_events import EventLogger
from websockets.asyncio.client import connect

from jupyter_runt.server.lifecycle import SCHEMA_ID, Lifecycle
from tests.cli.runt import until
from tests.server.live import LiveServer

SECRET = "nobody-but-the-run"
SERVER = {
    "code": """
import logging, os
c.EventLogger.handlers = [logging.FileHandler(os.path.join(os.environ["HOME"], "events.log"))]
""",
}


def noted(server: LiveServer) -> list[dict[str, Any]]:
    path = server.home / "events.log"
    told = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [each for each in told if each["__schema__"] == SCHEMA_ID]


def test_each_change_of_status_is_told_once_and_never_an_output(live: LiveServer) -> None:
    go = live.home / "go"
    good = live.submit(f"import os, time\nprint({SECRET!r})\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)")

    def of(run_id: str) -> list[dict[str, Any]]:
        return [each for each in noted(live) if each["run_id"] == run_id]

    until(lambda: [each["status"] for each in of(good)][-1:] == ["running"], "it is told that the run is running")
    go.touch()
    bad = live.submit("1 / 0", requested_by="ada")
    until(lambda: [each["status"] for each in of(good)][-1:] == ["succeeded"], "its end is told")
    until(lambda: [each["status"] for each in of(bad)][-1:] == ["failed"], "the other one's end is told")
    for run_id in (good, bad):
        told = of(run_id)
        # Each change begins where the one before ended: none is told twice, none is left out without saying so.
        assert [each["previous_status"] for each in told] == [None, *[each["status"] for each in told[:-1]]]
        assert len({each["status"] for each in told}) == len(told)
    last = of(bad)[-1]
    assert (last["reason"], last["cells_failed"], last["requested_by"]) == ("cell_error", 1, "ada")
    assert last["submitted_at"] <= last["started_at"] <= last["finished_at"]
    assert SECRET not in (live.home / "events.log").read_text()


def test_a_subscriber_of_the_servers_websocket_hears_of_runs(live: LiveServer) -> None:
    async def hear() -> dict[str, Any]:
        url = f"{live.ws_url}api/events/subscribe"
        async with asyncio.timeout(20), connect(url, additional_headers=live.auth) as socket:
            run_id = await asyncio.to_thread(live.submit, "1")
            async for message in socket:
                told: dict[str, Any] = json.loads(message)
                if told.get("run_id") == run_id and told["status"] == "succeeded":
                    return told
        raise AssertionError("the server closed the connection")

    assert asyncio.run(hear())["schema_id"] == SCHEMA_ID


def test_two_extensions_of_one_bus_share_the_schema() -> None:
    bus = EventLogger()
    Lifecycle(bus)
    Lifecycle(bus)
    assert str(bus.schemas.get(SCHEMA_ID).version) == "1"
