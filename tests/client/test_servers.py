"""How servers note themselves beside the store, and which of them is believed."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_runt.client import login
from jupyter_runt.client.doctor.server import findings, switched
from jupyter_runt.client.servers import FOLDER, Notice, Server, best, page_url, servers
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.sqlite import SqliteStore


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    made = SqliteStore(folder / "store.sqlite", SystemClock())
    yield made
    made.close()
    shutil.rmtree(folder)


def server(
    started_at: float = 1.0, *, url: str = "http://127.0.0.1:1/", public_url: str = "", loopback: bool = True
) -> Server:
    return Server(url, public_url, loopback, os.getpid(), started_at, "/nowhere.json")


def test_where_no_server_is_there_is_no_page(store):
    assert (servers(store), best(store), page_url(store, "r1")) == ([], None, None)


def test_the_newest_is_taken_and_gone_with_its_note(store):
    old, new = Notice(store, server(1.0)), Notice(store, server(2.0, url="http://127.0.0.1:2/x/"))
    assert [each.started_at for each in servers(store)] == [2.0, 1.0]
    assert page_url(store, "r1") == "http://127.0.0.1:2/x/runt/runs/r1"
    new.remove()
    assert page_url(store, "r1") == "http://127.0.0.1:1/runt/runs/r1"
    old.remove()
    assert not list((store.runtime / FOLDER).iterdir())


def test_one_that_this_machine_reaches_as_itself_is_preferred_and_one_without_an_address_is_none(store):
    notices = [
        Notice(store, server(1.0)),
        Notice(store, server(2.0, url="http://10.0.0.5:2/", loopback=False)),
        Notice(store, server(3.0, url="", loopback=False)),
    ]
    assert page_url(store, "r1") == "http://127.0.0.1:1/runt/runs/r1"
    notices[0].remove()
    assert page_url(store, "r1") == "http://10.0.0.5:2/runt/runs/r1"
    notices[1].remove()
    assert page_url(store, "r1") is None
    notices[2].remove()


def test_browsers_are_sent_to_the_public_address(store):
    notice = Notice(store, server(public_url="https://hub.example/user/x/"))
    assert page_url(store, "r1") == "https://hub.example/user/x/runt/runs/r1"
    found = best(store)
    assert found is not None
    assert found.page("r1", here=True) == "http://127.0.0.1:1/runt/runs/r1"
    notice.remove()


def test_nobody_else_can_read_a_note(store):
    notice = Notice(store, server())
    folder = store.runtime / FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    notice.remove()


def test_what_killed_servers_left_is_not_believed_and_goes_after_a_minute(store):
    folder = store.runtime / FOLDER
    folder.mkdir(mode=0o700)
    left = [folder / f"99-0.{ending}" for ending in ("lock", "json", "new")]
    for path in left:
        path.write_text('{"url": "http://127.0.0.1:9/"}')
    assert servers(store) == []
    assert all(path.exists() for path in left), "somebody may be about to lock it"
    for path in left:
        os.utime(path, (1, 1))
    assert servers(store) == []
    assert not any(path.exists() for path in left)


def test_a_note_of_another_release_is_none(store):
    notice = Notice(store, server())
    (note,) = (store.runtime / FOLDER).glob("*.json")
    note.write_text('{"address": "somewhere"}')
    assert servers(store) == []
    note.write_text("{")
    assert servers(store) == []
    notice.remove()


def test_the_token_is_read_from_the_servers_own_file_and_for_this_machine_only(store, tmp_path):
    info = tmp_path / "jpserver-1.json"
    info.write_text('{"pid": 7, "token": "t"}')
    assert login.token_of(Server("http://127.0.0.1:1/", "", True, 7, 1.0, str(info))) == "t"
    assert login.token_of(Server("http://10.0.0.5:1/", "", False, 7, 1.0, str(info))) is None
    assert login.token_of(Server("http://127.0.0.1:1/", "", True, 8, 1.0, str(info))) is None, "another server's file"
    for content in ('{"pid": 7, "token": ""}', '{"pid": 7}', "[]", "{"):
        info.write_text(content)
        assert login.token_of(Server("http://127.0.0.1:1/", "", True, 7, 1.0, str(info))) is None


@pytest.mark.parametrize(
    ("files", "level", "said"),
    [
        ({}, "note", "is not switched on"),
        ({"low/jupyter_server_config.d/jupyter_runt.json": True}, "ok", "none runs now"),
        (
            {"low/jupyter_server_config.d/jupyter_runt.json": True, "high/jupyter_server_config.json": False},
            "note",
            "is switched off",
        ),
        ({"low/jupyter_server_config.json": False, "high/jupyter_server_config.d/x.json": True}, "ok", "none runs now"),
    ],
)
def test_doctor_tells_whether_servers_will_show_the_runs(files, level, said, tmp_path):
    for name, enabled in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"ServerApp": {"jpserver_extensions": {"jupyter_runt": enabled}}}))
    (tmp_path / "low").mkdir(exist_ok=True)
    (tmp_path / "low" / "jupyter_server_config.json").touch()
    found = switched([str(tmp_path / "high"), str(tmp_path / "low"), str(tmp_path / "none")])
    assert (found.level, said in found.text) == (level, True)


def test_doctor_names_the_servers_that_live(store):
    notice = Notice(store, server())
    assert [each.text for each in findings(store)] == ["the runs are shown at http://127.0.0.1:1/runt/"]
    notice.remove()
