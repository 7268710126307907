"""A server under a prefix behind nginx as it is installed, buffering and all: what JupyterHub and others make of a server."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from jupyter_runt.client.servers import page_url
from tests.cli.runt import until
from tests.server.live import HOST, LiveServer, free_port, serving

PREFIX = "/user/x/"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CONFIG = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
    server {{
        listen {host}:{port};
        location {prefix} {{
            proxy_pass http://{host}:{behind};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }}
    }}
}}
"""


@pytest.fixture(scope="module")
def proxied() -> Iterator[tuple[LiveServer, str]]:
    """The server, and its URL at the proxy."""
    if NGINX is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("nginx is not installed (Debian: apt-get install nginx)")
    port = free_port()
    public = f"http://{HOST}:{port}{PREFIX}"
    with serving(base_url=PREFIX, config={"ServerApp": {"custom_display_url": public}}) as server:
        folder = server.home / "nginx"
        folder.mkdir()
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, host=HOST, port=port, behind=server.port, prefix=PREFIX))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([NGINX, "-e", "stderr", "-p", folder, "-c", config], stderr=log)
        try:
            until(lambda: _answers(public) or process.poll() is not None, "the proxy answers")
            assert process.poll() is None, (folder / "log").read_text()
            yield server, public
        finally:
            process.terminate()
            process.wait(10)


def _answers(url: str) -> bool:
    try:
        return _get(url + "api")[0] == 200
    except OSError:
        return False


def _get(url: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request("GET", parts.path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.msg, answer.read().decode()
    finally:
        connection.close()


def waits_for(path: Path) -> str:
    """A cell that prints, and ends when the file is there."""
    return (
        f"import os, time\nprint('first')\nwhile not os.path.exists({str(path)!r}): time.sleep(0.05)\nprint('second')"
    )


def test_rest_and_page_urls_have_the_prefix(proxied: tuple[LiveServer, str]) -> None:
    server, public = proxied
    run_id = server.submit("1")
    server.ended(run_id)
    status, _, body = _get(f"{public}runt/api/runs/{run_id}", **server.auth)
    assert status == 200
    for name, url in json.loads(body)["urls"].items():
        assert url.startswith(f"{PREFIX}runt/"), name
    assert page_url(server.store, run_id) == f"{public}runt/runs/{run_id}"
    status, _, page = _get(f"{public}runt/runs/{run_id}", **server.auth)
    assert status == 200
    links = re.findall(r'(?:src|href)="(/[^"]*)"', page)
    assert links
    for link in links:
        assert link.startswith(f"{PREFIX}runt/"), link
        assert _get(f"http://{urlsplit(public).netloc}{link}", **server.auth)[0] == 200, link
    assert server.token not in page


def test_who_is_not_logged_in_is_led_to_the_login_below_the_prefix(proxied: tuple[LiveServer, str]) -> None:
    _, public = proxied
    status, headers, _ = _get(f"{public}runt/runs/r1")
    assert status == 302
    assert headers["Location"].startswith(f"{PREFIX}login?next=")


def test_server_sent_events_reach_curl_before_the_run_has_ended(proxied: tuple[LiveServer, str]) -> None:
    server, public = proxied
    go = server.home / "sse"
    run_id = server.submit(waits_for(go))
    head = f"Authorization: token {server.token}"
    command = ["curl", "-sSN", "--fail", "--max-time", "20", "-H", head, "-H", "Accept: text/event-stream"]
    process = subprocess.Popen([*command, f"{public}runt/api/runs/{run_id}/events"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if "first" in line and line.startswith("data:") and "run.submitted" not in line:
            go.touch()  # nobody else lets the run go on: the line came while it waited
    process.stdout.close()
    assert process.wait(20) == 0
    told = "".join(seen)
    assert "second" in told
    assert '"status":"succeeded"' in told.rpartition("event: end")[2].replace(" ", "")
    numbers = [int(line[3:]) for line in seen if line.startswith("id:")]
    assert numbers == list(range(1, server.store.run(run_id).seq + 1))
    headers = server.get(f"runt/api/runs/{run_id}/events", headers={"Accept": "text/event-stream"}).headers
    assert (headers["X-Accel-Buffering"], headers["Cache-Control"]) == ("no", "no-cache"), "other proxies go by these"


def test_a_websocket_follows_through_the_proxy(proxied: tuple[LiveServer, str]) -> None:
    server, public = proxied
    go = server.home / "ws"
    run_id = server.submit(waits_for(go))

    async def follow() -> list[int]:
        url = f"{public.replace('http', 'ws', 1)}runt/api/runs/{run_id}/follow"
        numbers: list[int] = []
        async with asyncio.timeout(20), connect(url, additional_headers=server.auth) as socket:
            async for message in socket:
                events = json.loads(message)["events"]
                numbers += [event["seq"] for event in events]
                if any("first" in json.dumps(event["data"]) for event in events if event["seq"] > 1):
                    go.touch()
        return numbers

    numbers = asyncio.run(follow())
    assert numbers == list(range(1, server.store.run(run_id).seq + 1))
