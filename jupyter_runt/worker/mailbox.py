"""A worker's private socket: replies to `input()` come here and never pass through a table.

One JSON line a request, one JSON line an answer: {"run_id", "input_id"?, "text", "by"} -> {"input_id"} or {"refused"}.
The socket lies in the runtime folder (0700): who may connect is who may read the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_runt.errors import Refused, RuntError

if TYPE_CHECKING:
    from jupyter_runt.worker.loop import Worker

LIMIT = 16 << 20


async def serve(path: Path, worker: Worker) -> asyncio.Server:
    """Listens on the socket `path`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):  # who asked is gone, or sent more than the limit
            while line := await reader.readline():
                writer.write(json.dumps(await _answer(worker, line)).encode() + b"\n")
                await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(handle, sock=_bound(path), limit=LIMIT)


def _bound(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        made.bind(str(path))
    finally:
        os.umask(before)
    return made


async def _answer(worker: Worker, line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        performer = worker.performer(request["run_id"])
        if performer is None:
            raise Refused(f"Run {request['run_id']} is not driven by this worker any more.")
        return {"input_id": await performer.reply(request.get("input_id"), str(request["text"]), str(request["by"]))}
    except RuntError as error:
        return {"refused": error.message}
    except (ValueError, KeyError, TypeError):
        return {"refused": "the request is not understood"}
