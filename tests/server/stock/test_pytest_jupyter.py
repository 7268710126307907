"""The extension in a server that pytest-jupyter makes, as other extensions' tests have theirs: in the test's own process."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from tornado.httpclient import HTTPClientError
from traitlets.config import Config

from jupyter_runt.client.request import Request
from jupyter_runt.client.servers import servers
from jupyter_runt.events import Draft
from jupyter_runt.notebook import library
from jupyter_runt.server.opening import KEY
from jupyter_runt.store.base import Summary
from tests.invariants import check_store


@pytest.fixture
def home() -> Iterator[Path]:
    """Its path leaves room for sockets, as pytest's own does not."""
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def jp_server_config(home: Path) -> Config:
    extensions = {"jupyter_runt": True}
    return Config(
        {
            "ServerApp": {"jpserver_extensions": extensions, "allow_unauthenticated_access": False},
            "RuntApp": {"store": f"sqlite:///{home}/store.sqlite", "start_worker": False},
        }
    )


def submitted(app: Any, home: Path) -> str:
    """A queued run of a cell that nobody will execute."""
    (home / "n.yml").write_text("cells: [{id: c1, source: print(1)}]")
    client = app.web_app.settings[KEY].context.client
    request = Request(notebook=library.load(str(home / "n.yml")), run_id=client.new_id())
    return str(client.submit(request)[0])


async def test_the_extension_answers_beside_the_server_that_the_plugin_makes(
    jp_fetch: Any, jp_serverapp: Any, home: Path
) -> None:
    run_id = submitted(jp_serverapp, home)
    status = json.loads((await jp_fetch("runt", "api", "status")).body)
    assert status["runs"]["queued"] == 1
    answer = json.loads((await jp_fetch("runt", "api", "runs", run_id, "events")).body)
    assert [event["type"] for event in answer["events"]] == ["run.submitted"]
    with pytest.raises(HTTPClientError, match="404"):
        await jp_fetch("runt", "api", "runs", "nobody", "events")


async def test_its_websocket_sends_what_the_log_holds_and_closes_when_the_run_has_ended(
    jp_ws_fetch: Any, jp_serverapp: Any, home: Path
) -> None:
    run_id = submitted(jp_serverapp, home)
    store = jp_serverapp.web_app.settings[KEY].context.store
    socket = await jp_ws_fetch("runt", "api", "runs", run_id, "follow")
    first = json.loads(await socket.read_message())
    assert [event["type"] for event in first["events"]] == ["run.submitted"]
    claim = store.claim("w", "here")
    ended = {"status": "cancelled", "reason": "cancelled_by_user", "counts": {}, "duration": 0.0}
    store.append(run_id, claim.epoch, [Draft("run.finished", ended)], summary=Summary("cancelled", "cancelled_by_user"))
    second = json.loads(await socket.read_message())
    assert second["events"][-1]["type"] == "run.finished"
    assert await socket.read_message() is None
    assert socket.close_code == 1000
    socket.close()


async def test_a_server_notes_itself_as_long_as_it_lives_and_counts_in_the_metrics(
    jp_fetch: Any, jp_serverapp: Any, home: Path
) -> None:
    submitted(jp_serverapp, home)
    await jp_fetch("runt", "api", "status")
    store = jp_serverapp.web_app.settings[KEY].context.store
    (noted,) = servers(store)
    assert noted.url.endswith(f":{jp_serverapp.port}{jp_serverapp.base_url}")
    assert REGISTRY.get_sample_value("jupyter_runt_runs", {"status": "queued"}) == 1
    check_store(store)
    await jp_serverapp.extension_manager.stop_all_extensions()
    assert REGISTRY.get_sample_value("jupyter_runt_runs", {"status": "queued"}) == 0
    assert not list((store.runtime / "servers").iterdir())
