"""A kernel that cannot carry the agent (bash, R, Julia …): everything it says is read from the wire.

iopub may lose what is sent while nobody is connected, so such a kernel is ready only when a broadcast of its own was
received. A reply is passed on when iopub has said `idle` to the same request: only then has its output been read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import zmq

from jupyter_runt.kernel.base import Launch, Message, Record, Request, Text
from jupyter_runt.kernel.channels import Channels, waiting
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.process import KernelProcess

NUDGE_SECONDS = 0.05
IDLE_SECONDS = 4.0
"""How long a reply waits for the `idle` that belongs to it; nbclient waits as long."""
SETTLE_SECONDS = 0.1
BATCH = 500


class WireDriver:
    """Reads shell, stdin and iopub of one kernel."""

    def __init__(self, folder: KernelFolder, process: KernelProcess, wake: Callable[[], None], launch: Launch) -> None:
        self.process, self._wake, self._launch = process, wake, launch
        self._loop = asyncio.get_running_loop()
        self._channels = Channels(folder.connection, folder.identity, iopub=True)
        for socket in self._channels.sockets:
            self._loop.add_reader(int(socket.get(zmq.FD)), wake)
        self._records: list[Record] = []
        self._held: dict[str, Message] = {}
        self._early: Request | None = None
        self._idle: set[str] = set()
        self._info: dict[str, Any] | None = None
        self._heard = self._ready = False
        self._settled_at: float | None = None
        self._nudge()

    def _nudge(self) -> None:
        """Asks for kernel_info until both its reply and a broadcast have come: iopub's subscription takes its time."""
        if not self._ready and not self.process.exited.done():
            self._channels.send(self._channels.shell, "kernel_info_request", {})
            self._loop.call_later(NUDGE_SECONDS if self._info else 4 * NUDGE_SECONDS, self._nudge)
            self._wake()

    def read(self) -> list[Record]:
        for _ in range(BATCH):
            if not self._receive():
                break
        records, self._records = self._records, []
        return records

    def _receive(self) -> bool:
        """Takes one message of each socket; False when there was none."""
        channels, any_came = self._channels, False
        assert channels.iopub is not None
        for socket, take in (
            (channels.iopub, self._broadcast),
            (channels.stdin, self._question),
            (channels.shell, self._reply),
        ):
            message = channels.receive(socket)
            if message is not None:
                any_came = True
                take(message)
        while channels.receive(channels.control) is not None:
            any_came = True
        return any_came

    def _broadcast(self, message: dict[str, Any]) -> None:
        self._heard = True
        kind, content, parent = message["msg_type"], message["content"], message["parent_header"].get("msg_id", "")
        if kind == "stream":
            self._records.append(Text(content.get("name", "stdout"), content.get("text", ""), parent))
        elif kind == "status":
            if content.get("execution_state") == "idle":
                self._idle.add(parent)
                self._release(parent)
        else:
            self._records.append(Message(kind, parent, content, message["metadata"], _bytes(message)))
        self._become_ready()

    def _question(self, message: dict[str, Any]) -> None:
        if message["msg_type"] == "input_request":
            parent = message["parent_header"].get("msg_id", "")
            self._records.append(Message("input_request", parent, message["content"]))

    def _reply(self, message: dict[str, Any]) -> None:
        parent = message["parent_header"].get("msg_id", "")
        if message["msg_type"] == "kernel_info_reply":
            self._info = message["content"]
        elif message["msg_type"] == "execute_reply":
            self._held[parent] = Message("execute_reply", parent, message["content"])
            if parent in self._idle:
                self._release(parent)
            else:
                self._loop.call_later(IDLE_SECONDS, self._give_up_waiting, parent)
        self._become_ready()

    def _release(self, parent: str) -> None:
        reply = self._held.pop(parent, None)
        if reply is not None:
            self._idle.clear()
            self._records.append(reply)

    def _give_up_waiting(self, parent: str) -> None:
        if parent in self._held:
            lost = {"reason": "the kernel never said that it was idle: output may be missing"}
            self._records.append(Message("runt_lost", parent, lost))
            self._release(parent)
            self._become_ready()
            self._wake()

    def _become_ready(self) -> None:
        """A reply that is held back was sent before what says that the kernel is ready: it goes first."""
        if not self._ready and self._heard and self._info is not None and not self._held:
            self._ready = True
            info = {**self._info, "pid": self.process.identity.pid}
            self._records.append(Message("runt_ready", "", info))
            if self._early is not None:
                self.execute(self._early)

    def rest(self, *, only_control: bool) -> bool:
        """A ZeroMQ socket's descriptor tells of changes only: what came in the meantime is asked for."""
        return bool(self._records) or any(map(waiting, self._channels.sockets))

    def cursor(self) -> Mapping[str, Any] | None:
        return None

    def free(self, cursor: Mapping[str, Any]) -> None:
        return

    def connect(self) -> None:
        return

    def execute(self, request: Request) -> None:
        if not self._ready:  # the kernel was adopted a moment ago: nobody would hear what the cell prints
            self._early = request
            return
        content = request.content()
        if any(secret in request.code for secret in request.secrets):
            content["store_history"] = False  # it may be a file on disk
        self._channels.send(
            self._channels.shell, "execute_request", content, request.msg_id, {"cellId": request.cell_id}
        )
        self._wake()  # sending may have used up the descriptor's change

    def answer(self, text: str) -> None:
        self._channels.send(self._channels.stdin, "input_reply", {"value": text, "status": "ok"})
        self._wake()

    def interrupt(self) -> None:
        if self._launch.interrupt_mode == "message":
            self._channels.send(self._channels.control, "interrupt_request", {})
        else:
            self.process.stop("interrupt")

    def shutdown(self) -> None:
        self._channels.send(self._channels.control, "shutdown_request", {"restart": False})
        self._wake()

    def settled(self) -> bool:
        """What the kernel sent last may still be in ZeroMQ's own thread when its process is gone already."""
        if self._settled_at is None:
            self._settled_at = self._loop.time() + SETTLE_SECONDS
            self._loop.call_later(SETTLE_SECONDS, self._wake)
        if self._loop.time() < self._settled_at:
            return False
        for parent in list(self._held):  # the `idle` that they wait for will not come
            self._release(parent)
        return not self._records

    def close(self) -> None:
        for socket in self._channels.sockets:
            self._loop.remove_reader(int(socket.get(zmq.FD)))
        self._channels.close()
        self.process.close()
        self._ready = True


def _bytes(message: dict[str, Any]) -> list[bytes]:
    return [bytes(buffer) for buffer in message.get("buffers", [])]
