"""Following by the `websockets` client, which is not ours, and by `curl`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.server.live import PATIENCE, LiveServer

Event = dict[str, Any]


@contextmanager
def socket(live: LiveServer, path: str, **options: Any) -> Iterator[ClientConnection]:
    """An open WebSocket below the server's URL."""
    options.setdefault("additional_headers", live.auth)
    with connect(live.ws_url + path, max_size=None, open_timeout=PATIENCE, **options) as opened:
        yield opened


def following(live: LiveServer, run_id: str, after: int = 0, query: str = "") -> Any:
    return socket(live, f"runt/api/runs/{run_id}/follow?after={after}{query}")


def message(opened: ClientConnection) -> dict[str, Any]:
    """The next message."""
    found: dict[str, Any] = json.loads(opened.recv(PATIENCE))
    return found


def events_until(opened: ClientConnection, kind: str) -> list[Event]:
    """Everything up to an event of this type."""
    found: list[Event] = []
    while not any(event["type"] == kind for event in found):
        found += message(opened)["events"]
    return found


def to_the_end(opened: ClientConnection) -> tuple[list[Event], int, str]:
    """All events until the server closes; its close code and reason."""
    found: list[Event] = []
    with suppress(ConnectionClosed):
        while True:
            found += message(opened)["events"]
    assert opened.close_code is not None
    assert opened.close_reason is not None
    return found, opened.close_code, opened.close_reason


def answer(opened: ClientConnection) -> dict[str, Any]:
    """The next answer; the run may go on meanwhile, and its events come between."""
    while (found := message(opened))["type"] != "answer":
        pass
    return found


def asked(opened: ClientConnection, **request: Any) -> dict[str, Any]:
    """The answer to a request, which bears its id."""
    opened.send(json.dumps({"id": 7, **request}))
    found = answer(opened)
    assert found["id"] == 7
    return found


def seqs(events: Sequence[Event]) -> list[int]:
    return [event["seq"] for event in events]


def curl(live: LiveServer, path: str, *options: str) -> str:
    """What `curl -N` prints until the server ends the response."""
    command = ["curl", "-sN", "--max-time", "30", "-H", f"Authorization: token {live.token}", *options, live.url + path]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE + 10).stdout


def server_sent(text: str) -> list[dict[str, str]]:
    """A stream's messages, each with the fields that it has; comments left out."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]
