"""Notebooks that hold pictures of runs, as `%runt` leaves them, and JupyterLab with one of them open."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, Request, WebSocket, expect

from jupyter_runt.magics.picture import MIME, Picture
from tests.panel.lab import command
from tests.server.live import LiveServer

PICTURE = ".jp-runt-picture"
HEAD = ".jp-runt-picture-head"
TAIL = ".jp-runt-picture-tail"
NOTE = ".jp-runt-picture-note"
SOON = 30_000.0

FOLLOW = """() => {
    window.removed = [];
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/runt/api/follow`);
    return new Promise(go => {
        socket.onmessage = ({ data }) => {
            window.removed.push(...(JSON.parse(data).removed ?? []));
            go();
        };
    });
}"""
"""Listens to the list of runs, from now on."""


def picture(live: LiveServer, of: str, /, **about: Any) -> dict[str, Any]:
    """The bundle that `%runt` shows of the run now; `about` is changed in what names it."""
    bundle = Picture(live.client.view(of)).bundle()
    return {**bundle, MIME: {**bundle[MIME], **about}}


def write(live: LiveServer, name: str, *bundles: Mapping[str, Any], before: Sequence[str] = ()) -> None:
    """A notebook with these outputs, one a cell, behind cells of text."""
    texts = [{"cell_type": "markdown", "id": f"t{n}", "metadata": {}, "source": text} for n, text in enumerate(before)]
    cells = [
        {
            "cell_type": "code",
            "id": f"x{number}",
            "metadata": {},
            "source": "run",
            "execution_count": 1,
            "outputs": [{"output_type": "display_data", "data": dict(bundle), "metadata": {}}],
        }
        for number, bundle in enumerate(bundles)
    ]
    # With the language: JupyterLab would add it, and have something to save.
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    notebook = {"cells": [*texts, *cells], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    live.write(name, json.dumps(notebook))


def held(live: LiveServer, name: str, more: str = "") -> str:
    """A run whose second cell prints on until `go(name)`."""
    waits = f"import os, time\nn = 0\nwhile not os.path.exists({str(live.home / name)!r}):\n    print('step', n, flush=True)\n    n += 1\n    time.sleep(0.1)\n"
    return live.submit(
        "print('first')", waits + more, "print('done')", notebook={"metadata": {"title": f"Report {name}"}}
    )


def go(live: LiveServer, name: str) -> None:
    (live.home / name).touch()


def show(page: Page, name: str) -> None:
    """Opens a notebook in JupyterLab, which needs no kernel for it."""
    command(page, "docmanager:open", path=name, kernelPreference={"shouldStart": False, "canStart": False})


def opened(page: Page, name: str) -> Locator:
    """Opens a notebook in JupyterLab; its first picture of a run."""
    show(page, name)
    found = page.locator(PICTURE).first
    expect(found).to_be_visible(timeout=SOON)
    return found


@contextmanager
def heard(page: Page, part: str) -> Iterator[tuple[list[str], list[WebSocket]]]:
    """The URLs that are asked for meanwhile, without their queries, and the WebSockets that are opened, which hold this."""
    asked: list[str] = []
    sockets: list[WebSocket] = []

    def on_request(request: Request) -> None:
        if part in request.url:
            asked.append(request.url.split("?")[0])

    def on_socket(socket: WebSocket) -> None:
        if part in socket.url:
            sockets.append(socket)

    page.on("request", on_request)
    page.on("websocket", on_socket)
    try:
        yield asked, sockets
    finally:
        page.remove_listener("request", on_request)
        page.remove_listener("websocket", on_socket)


def steps(shown: Locator) -> int:
    """The last number that the running cell has printed, as it is shown."""
    return int(shown.locator(TAIL).inner_text().split()[-1])
