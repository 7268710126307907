"""How this server describes itself beside the store, for whoever wants to print or open a run's page there."""

from __future__ import annotations

import os
import time
from urllib.parse import urlsplit, urlunsplit

from jupyter_server.serverapp import ServerApp

from jupyter_runt.client.servers import Server

WILDCARDS = ("", "*", "0.0.0.0", "::")  # noqa: S104
HUB_VARIABLE = "JUPYTERHUB_PUBLIC_URL"
"""A user's server is told so where browsers find it, from JupyterHub 5 on and where `JupyterHub.public_url` is set."""
OWN = ("localhost", "::1", *WILDCARDS)
"""Addresses at which this machine reaches the server as itself."""


def described(app: ServerApp) -> Server:
    """The note of a ServerApp that listens. No token is in it."""
    return Server(
        url=_url(app),
        public_url=_public_url(app),
        loopback=not app.sock and (app.ip in OWN or app.ip.startswith("127.")),
        pid=os.getpid(),
        started_at=time.time(),
        info=app.info_file,
    )


def _url(app: ServerApp) -> str:
    if app.sock:  # no browser reaches a Unix socket
        return ""
    host = "127.0.0.1" if app.ip in WILDCARDS else app.ip
    netloc = f"[{host}]:{app.port}" if ":" in host else f"{host}:{app.port}"
    return urlunsplit(("https" if app.certfile else "http", netloc, app.base_url, "", ""))


def _public_url(app: ServerApp) -> str:
    """What `ServerApp.custom_display_url`, or JupyterHub, replaces of the URL; '' when they say nothing."""
    custom = urlsplit(app.custom_display_url or os.environ.get(HUB_VARIABLE, ""))
    if not (custom.scheme or custom.netloc):
        return ""
    own = urlsplit(_url(app))
    path = custom.path if custom.path not in ("", "/") else app.base_url
    return urlunsplit(
        (custom.scheme or own.scheme, custom.netloc.rpartition("@")[2] or own.netloc, f"{path.rstrip('/')}/", "", "")
    )
