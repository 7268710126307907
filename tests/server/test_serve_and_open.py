"""`jupyter runt serve` and `open`, as somebody at a terminal has them: real processes, a real browser's command line."""

from __future__ import annotations

import html
import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from jupyter_runt.client.servers import servers
from tests.cli.runt import Runt, until
from tests.server.live import HOST, LiveServer, free_port

# What a browser is to our command: a program that is given a URL. This one notes what it was given, and what it could read then.
BROWSER = """\
#!/bin/sh
tr '\\0' ' ' < /proc/$$/cmdline > "$HOME/argv"
case "$1" in file://*) cp "${1#file://}" "$HOME/opened.html" ;; esac
"""


def token_in(note: dict[str, Any]) -> str:
    return str(json.loads(Path(note["info"]).read_text())["token"])


@contextmanager
def served(runt: Runt, *options: object) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`jupyter runt serve`, and the note that it left beside the store."""
    process = runt.start("serve", "--ServerApp.allow_root=True", *options)
    folder = runt.path.parent / "run" / "servers"
    try:
        until(lambda: process.poll() is not None or list(folder.glob("*.json")), "the server serves", patience=30)
        assert process.poll() is None, process.communicate()
        (note,) = folder.glob("*.json")
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        yield process, json.loads(note.read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture
def browser(runt: Runt) -> Path:
    """Set as $BROWSER; what it was given stands in the home afterwards."""
    program = Path(runt.home, "browser")
    program.write_text(BROWSER)
    program.chmod(0o700)
    runt.env["BROWSER"] = f"{program} %s"
    return program


def get(url: str, token: str = "") -> tuple[int, str]:
    """The status, and where to go next."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=20)
    try:
        connection.request("GET", f"/{path}", headers={"Authorization": f"token {token}"} if token else {})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("Location", "")
    finally:
        connection.close()


def test_serve_says_where_and_never_with_what_and_ctrl_c_ends_it_but_not_the_runs(runt: Runt) -> None:
    port = free_port()
    runt("submit", runt.cells("import time\ntime.sleep(2)\nprint('done')"))
    with served(runt, "--port", port, "--ip", HOST, "--ServerApp.base_url=/x/", "--debug") as (process, note):
        assert note["url"] == f"http://{HOST}:{port}/x/"
        token = token_in(note)
        assert len(token) > 30
        assert get(f"{note['url']}runt/api/status", token)[0] == 200
        assert get(f"{note['url']}runt/api/status")[0] == 403
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0
    assert f"{note['url']}runt/" in err
    assert "Log in with: jupyter runt open" in err
    assert note["info"] in err
    assert "the server ends; runs go on" in err
    assert token not in out + err, "the token is said nowhere, not even with --debug"
    assert not os.path.exists(note["info"])
    assert not list((runt.path.parent / "run" / "servers").iterdir()), "its note is gone"
    assert runt("follow", "last").out == "done\n"


def test_options_of_jupyter_server_are_passed_on_in_either_spelling(runt: Runt) -> None:
    with served(runt, "--ServerApp.base_url", "/a/", "--port", free_port(), "--", "--ServerApp.ip=127.0.0.1") as (
        _,
        note,
    ):
        assert urlsplit(note["url"]).path == "/a/"
        assert urlsplit(note["url"]).hostname == HOST


def test_serve_refuses_what_it_cannot_serve_with_the_reason(runt: Runt) -> None:
    runt.path.parent.mkdir()
    runt.path.write_bytes(b"no database at all" * 100)
    assert str(runt.path) in runt("serve", code=5).err


def test_open_logs_the_browser_in_and_shows_the_token_to_nobody_else(runt: Runt, browser: Path) -> None:
    runt("execute", runt.cells("1"), "--id", "r1")
    with served(runt, "--port", free_port()) as (_, note):
        token = token_in(note)
        opened = runt("open", "r1")
        argv = Path(runt.home, "argv").read_text()
        assert token not in argv + opened.out + opened.err
        page = Path(runt.home, "opened.html").read_text()
        (url,) = set(re.findall(r'url=([^"]+)"', page))
        url = html.unescape(url)
        assert url == f"{note['url']}runt/runs/r1?token={token}"
        assert get(url)[0] == 200
        (file,) = re.findall(r"file://(\S+)", argv)
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(os.path.dirname(file)).st_mode) == 0o700
        (remover,) = [pid for pid, command in runt.processes().items() if command.startswith("/bin/sh -c sleep")]
        assert token not in runt.processes()[remover]
        for pid in (remover, *_children(remover)):  # half a minute is over
            os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_open_prints_the_page_without_a_token_and_needs_a_server(runt: Runt) -> None:
    runt("execute", runt.cells("1"), "--id", "r1")
    refused = runt("open", "r1", code=2).err
    assert "No Jupyter server" in refused
    assert "jupyter runt serve" in refused
    with served(runt, "--port", free_port()) as (_, note):
        assert runt("open", "r1", "--print").out == f"{note['url']}runt/runs/r1\n"
        assert runt("open", "--print").out == f"{note['url']}runt/\n"
        assert "There is no run" in runt("open", "r2", "--print", code=2).err


def test_the_newest_living_server_is_taken_and_its_public_address_is_shown(runt: Runt) -> None:
    runt("execute", runt.cells("1"), "--id", "r1")
    with served(runt, "--port", free_port()) as (first, _):
        public = "--ServerApp.custom_display_url=https://hub.example/user/x/"
        second = runt.start("serve", "--port", free_port(), "--ServerApp.allow_root=True", public)
        with runt.store() as store:
            until(lambda: len(servers(store)) == 2, "both serve", patience=30)
        assert runt("open", "r1", "--print").out == "https://hub.example/user/x/runt/runs/r1\n"
        second.kill()
        second.wait()
        assert runt("open", "r1", "--print").out.startswith("http://localhost:"), "a killed one is not believed"
        first.kill()
        first.wait()
        assert "No Jupyter server" in runt("open", "r1", code=2).err


def test_any_jupyter_server_notes_itself_and_keeps_its_token_out_of_the_log(live: LiveServer) -> None:
    (noted,) = servers(live.store)
    assert noted.url == live.url
    assert live.runt("open", "--print").out == f"{live.url}runt/\n"
    assert live.token not in live.log.read_text()


def test_open_through_a_server_shows_the_page_there(live: LiveServer) -> None:
    run_id = live.submit("1")
    elsewhere = {"JUPYTER_RUNT_SERVER": live.url, "JUPYTER_RUNT_TOKEN": live.token, "JUPYTER_RUNT_STORE": ""}
    assert live.runt("open", run_id, "--print", env=elsewhere).out == f"{live.url}runt/runs/{run_id}\n"
    assert live.runt("open", "--print", env=elsewhere).out == f"{live.url}runt/\n"


def test_serve_shows_the_store_that_its_configuration_names(runt: Runt) -> None:
    own = runt.home / "own" / "store.sqlite"
    own.parent.mkdir()
    runt.write("config/jupyter_runt_config.py", f'c.RuntApp.store = "sqlite:///{own}"\n')
    del runt.env["JUPYTER_RUNT_STORE"]
    process = runt.start("serve", "--ServerApp.allow_root=True", "--port", str(free_port()), stderr=subprocess.PIPE)
    assert process.stderr is not None
    try:
        assert "runs are shown at" in process.stderr.readline()
        assert str(own) in process.stderr.readline()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_serve_takes_the_port_that_was_asked_for_or_none(runt: Runt) -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind((HOST, port))
        taken.listen()
        ended = runt("serve", "--ServerApp.allow_root=True", "--port", port, code=1)
    assert str(port) in ended.err
