"""The extension as a part of a Jupyter server: switched on and off, and how it describes its server."""

from __future__ import annotations

import http.client
import subprocess
import sys
from typing import Any

import pytest
from jupyter_server.serverapp import ServerApp

from jupyter_runt._version import __version__
from jupyter_runt.server.extension import RuntApp, extension_points
from jupyter_runt.server.notice import described
from tests.cli.runt import Runt, until
from tests.server.live import LiveServer, serving


def extensions(runt: Runt, *arguments: str) -> str:
    command = [sys.executable, "-m", "jupyter_server.extension.serverextension", *arguments]
    ended = subprocess.run(command, env=runt.env, capture_output=True, text=True, timeout=60, check=True)
    return ended.stdout + ended.stderr


def test_the_extension_is_switched_on_as_any_other_and_found_sound(runt: Runt) -> None:
    extensions(runt, "enable", "jupyter_runt", "--user")
    listed = extensions(runt, "list")
    assert "jupyter_runt \x1b[32menabled" in listed
    assert f"jupyter_runt {__version__} \x1b[32mOK" in listed


def test_a_server_in_which_it_is_switched_off_has_nothing_of_it() -> None:
    with serving(start=False, config={"ServerApp": {"jpserver_extensions": {"jupyter_runt": False}}}) as server:
        server.start(wait=False)
        until(lambda: _status(server, "api/status") == 200, "the server answers", patience=30)
        assert _status(server, "runt/api/status") == 404
        assert "jupyter_runt_runs" not in server.get("metrics").text


def _status(server: LiveServer, path: str) -> int:
    try:
        return server.get(path).status
    except (OSError, http.client.HTTPException):
        return 0


def test_every_setting_says_what_it_is_for() -> None:
    (point,) = extension_points()
    assert point["app"] is RuntApp
    own = RuntApp.class_own_traits(config=True)
    assert set(own) >= {"store", "start_worker", "keep_alive"}
    for name in ("store", "start_worker", "keep_alive"):
        assert own[name].help.endswith((".", ")")), name


@pytest.mark.parametrize(
    ("settings", "url", "public_url", "loopback"),
    [
        ({"ip": "localhost"}, "http://localhost:8123/x/", "", True),
        ({"ip": ""}, "http://127.0.0.1:8123/x/", "", True),
        ({"ip": "0.0.0.0"}, "http://127.0.0.1:8123/x/", "", True),
        ({"ip": "::"}, "http://127.0.0.1:8123/x/", "", True),
        ({"ip": "::1"}, "http://[::1]:8123/x/", "", True),
        ({"ip": "10.0.0.5", "certfile": "/c.pem"}, "https://10.0.0.5:8123/x/", "", False),
        ({"sock": "/s.sock"}, "", "", False),
        ({"custom_display_url": "https://hub.example"}, "http://localhost:8123/x/", "https://hub.example/x/", True),
        (
            {"custom_display_url": "https://ada:secret@hub.example:1/y?token=t"},
            "http://localhost:8123/x/",
            "https://hub.example:1/y/",
            True,
        ),
    ],
)  # fmt: skip
def test_a_server_describes_how_it_is_reached_and_never_with_what(
    settings: dict[str, Any], url: str, public_url: str, loopback: bool
) -> None:
    app = ServerApp(port=8123, base_url="/x/", **settings)
    note = described(app)
    assert (note.url, note.public_url, note.loopback) == (url, public_url, loopback)


def test_a_users_server_of_a_hub_is_found_where_the_hub_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", "https://hub.example/user/ada/")
    app = ServerApp(port=8123, base_url="/user/ada/")
    assert described(app).public_url == "https://hub.example/user/ada/"
