"""Logging a browser in at one's own server without showing the token: in a file that only its owner can read.

A URL with the token in it would stand in the browser's arguments, for everybody on the machine to see. The file is a page that
leads on, as jupyter_server's own do.
"""

from __future__ import annotations

import contextlib
import html
import json
import os
import secrets
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

from jupyter_runt.client.servers import Server
from jupyter_runt.store.places import private_folder

KEPT_SECONDS = 30
"""A browser may take so long to start."""
PREFIX = "jupyter-runt-open-"

PAGE = """\
<!DOCTYPE html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={url}">
<title>Opening the run</title>
<p>If nothing happens, <a href="{url}">open the run's page</a>.</p>
"""


def token_of(server: Server) -> str | None:
    """The token that jupyter_server noted for its owner; None when it needs none, or this machine cannot reach it itself."""
    if not server.loopback:
        return None
    try:
        noted = json.loads(Path(server.info).read_text())
        return str(noted["token"]) or None if noted.get("pid") == server.pid else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def redirect(url: str, token: str) -> Path:
    """Writes the page that leads to `url` and logs in there; it is gone half a minute later."""
    from jupyter_core.paths import jupyter_runtime_dir

    runtime = Path(jupyter_runtime_dir())
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = private_folder(runtime / "jupyter_runt")
    _sweep(folder)
    path = folder / f"{PREFIX}{secrets.token_hex(8)}.html"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(PAGE.format(url=html.escape(f"{url}?{urlencode({'token': token})}")))
    # Whoever opens the page has gone by then, so somebody else removes it.
    subprocess.Popen(
        ["/bin/sh", "-c", f'sleep {KEPT_SECONDS}; rm -f -- "$0"', str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return path


def _sweep(folder: Path) -> None:
    """What a machine that was switched off in between has left."""
    for path in folder.glob(f"{PREFIX}*.html"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
