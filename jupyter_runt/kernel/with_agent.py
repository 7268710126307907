"""A kernel that carries the agent: requests go over ZeroMQ, everything it says is read from its journal."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from socket import socket
from typing import TYPE_CHECKING, Any

from jupyter_runt.kernel.base import Launch, Record, Request
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.journal import JournalReader
from jupyter_runt.kernel.process import KernelProcess

if TYPE_CHECKING:
    from jupyter_runt.kernel import channels as wire

READ_BYTES = 1 << 20
"""What one turn reads at most: 200 MB of output pass through a worker in portions of this size."""
METADATA = "jupyter_runt"
"""The key in a request's metadata that the agent's gate reads."""


class AgentDriver:
    """Drives one such kernel."""

    def __init__(
        self,
        folder: KernelFolder,
        reader: JournalReader,
        bell: socket,
        process: KernelProcess,
        wake: Callable[[], None],
        launch: Launch,
    ) -> None:
        self._folder, self._reader, self._bell, self.process = folder, reader, bell, process
        self._wake, self._launch = wake, launch
        self._channels: wire.Channels | None = None
        self._secrets_told = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._bell, self._rung)

    def _rung(self) -> None:
        self._reader.drain_bell()
        self._wake()

    def read(self) -> list[Record]:
        return self._reader.read(READ_BYTES)

    def rest(self, *, only_control: bool) -> bool:
        return self._reader.arm(1 if only_control else 2)

    def cursor(self) -> Mapping[str, Any]:
        return self._reader.cursor

    def free(self, cursor: Mapping[str, Any]) -> None:
        self._reader.free(cursor)

    def connect(self) -> None:
        from jupyter_runt.kernel import channels as wire

        if self._channels is None:
            # An identity of its own, for ZeroMQ would ignore a second peer of a predecessor's name as long as that one, stopped
            # perhaps, is connected. Nothing is missed: replies and questions come through the journal.
            identity = f"{self._folder.identity}.{secrets.token_hex(4)}"
            self._channels = wire.Channels(self._folder.connection, identity, iopub=False)

    def execute(self, request: Request) -> None:
        assert self._channels is not None
        ours: dict[str, Any] = {"epoch": request.epoch}
        if request.secrets and not self._secrets_told:
            self._secrets_told = True
            ours["secrets"] = list(request.secrets)
        content = request.content()
        metadata = {"cellId": request.cell_id, METADATA: ours}
        self._channels.discard()
        self._channels.send(self._channels.shell, "execute_request", content, request.msg_id, metadata)

    def answer(self, text: str) -> None:
        assert self._channels is not None
        self._channels.send(self._channels.stdin, "input_reply", {"value": text, "status": "ok"})

    def interrupt(self) -> None:
        if self._launch.interrupt_mode == "message" and self._channels is not None:
            self._channels.send(self._channels.control, "interrupt_request", {})
        else:
            self.process.stop("interrupt")

    def shutdown(self) -> None:
        if self._channels is not None:
            self._channels.send(self._channels.control, "shutdown_request", {"restart": False})

    def settled(self) -> bool:
        return True

    def close(self) -> None:
        self._loop.remove_reader(self._bell)
        self._reader.close()
        if self._channels is not None:
            self._channels.close()
        self.process.close()
