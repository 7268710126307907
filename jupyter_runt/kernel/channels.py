"""The kernel's ZeroMQ sockets: requests go out here, signed by jupyter_client's Session.

A short reconnect interval is most of what makes a kernel ready early: ZeroMQ's default of 100 ms is spent waiting.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.session import Session

RECONNECT_MS = 2
RECONNECT_MAX_MS = 100


class Channels:
    """Shell, control and stdin of one kernel; with `iopub` its broadcasts too (a kernel with the agent needs none)."""

    def __init__(self, connection_file: Path, identity: str, *, iopub: bool) -> None:
        info = json.loads(connection_file.read_text())
        self._info = info
        self.session = Session(key=info["key"].encode(), signature_scheme=info["signature_scheme"], username="runt")
        self.session.session = identity
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
        self.shell = self._connect(zmq.DEALER, "shell_port", identity)
        self.control = self._connect(zmq.DEALER, "control_port", identity)
        self.stdin = self._connect(zmq.DEALER, "stdin_port", identity)
        self.iopub = self._connect(zmq.SUB, "iopub_port", identity) if iopub else None

    @property
    def sockets(self) -> list[zmq.Socket[bytes]]:
        return [socket for socket in (self.shell, self.control, self.stdin, self.iopub) if socket is not None]

    def _connect(self, kind: int, port: str, identity: str) -> zmq.Socket[bytes]:
        socket: zmq.Socket[bytes] = self._context.socket(kind)
        socket.linger = 0
        socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_MAX_MS)
        socket.setsockopt(zmq.RCVHWM, 0)
        if kind == zmq.SUB:
            socket.setsockopt(zmq.SUBSCRIBE, b"")
        else:
            socket.setsockopt(zmq.IDENTITY, identity.encode())
        separator = "-" if self._info["transport"] == "ipc" else ":"
        socket.connect(f"{self._info['transport']}://{self._info['ip']}{separator}{self._info[port]}")
        return socket

    def send(
        self,
        socket: zmq.Socket[bytes],
        kind: str,
        content: dict[str, Any],
        msg_id: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> str:
        """Sends one request; returns its msg_id (the one given, which the log knows already, or a fresh one)."""
        message = self.session.msg(kind, content, metadata=metadata)
        if msg_id is not None:
            message["header"]["msg_id"] = message["msg_id"] = msg_id
        socket.send_multipart(self.session.serialize(message), zmq.NOBLOCK)
        return str(message["header"]["msg_id"])

    def receive(self, socket: zmq.Socket[bytes]) -> dict[str, Any] | None:
        """The next message, or None when there is none; one with a bad signature is passed over."""
        while True:
            try:
                parts = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return None
            try:
                _, frames = self.session.feed_identities(parts)
                message: dict[str, Any] = self.session.deserialize(frames)
            except ValueError:
                continue
            return message

    def discard(self) -> None:
        """Takes what waits on shell and control: a kernel with the agent has said it all in the journal."""
        for socket in (self.shell, self.control):
            while waiting(socket):
                socket.recv_multipart(zmq.NOBLOCK)

    def close(self) -> None:
        for socket in self.sockets:
            socket.close(0)


def waiting(socket: zmq.Socket[bytes]) -> bool:
    """Whether a message can be received now."""
    return bool(int(socket.get(zmq.EVENTS)) & zmq.POLLIN)
