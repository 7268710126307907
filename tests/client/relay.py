"""What stands between a client and a server: a relay that cuts connections in the middle of whatever comes, a proxy, and what is no server."""

from __future__ import annotations

import contextlib
import http.server
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from websockets.sync.server import ServerConnection, serve

HOST = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends RST instead of FIN."""


class Relay:
    """Listens on `port`. `limit(n)` is how many bytes of the server the n-th connection passes on, None for all."""

    def __init__(self, behind: int, limit: Callable[[int], int | None], *, stalls: bool = False) -> None:
        """`stalls`: what is beyond the limit is kept back, and nobody hears of it."""
        self._behind, self._limit, self._stalls, self.accepted = behind, limit, stalls, 0
        self._listening = socket.create_server((HOST, 0))
        self.port = int(self._listening.getsockname()[1])
        self._closing, self._threads = threading.Event(), [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection((HOST, self.port), 1).close()
        for thread in self._threads:
            thread.join(10)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            near, _ = self._listening.accept()
            if self._closing.is_set():
                near.close()
                return
            self.accepted += 1
            thread = threading.Thread(target=self._pass_on, args=(near, self._limit(self.accepted)))
            self._threads.append(thread)
            thread.start()

    def _pass_on(self, near: socket.socket, limit: int | None) -> None:
        with near, contextlib.suppress(OSError), socket.create_connection((HOST, self._behind), 5) as far:
            self._bytes(near, far, limit)

    def _bytes(self, near: socket.socket, far: socket.socket, limit: int | None) -> None:
        passed = 0
        while not self._closing.is_set():
            ready, _, _ = select.select([near, far], [], [], 0.2)
            for source in ready:
                content = source.recv(1 << 16)
                if not content:
                    return
                if source is near:
                    far.sendall(content)
                    continue
                allowed = len(content) if limit is None else min(len(content), limit - passed)
                near.sendall(content[:allowed])
                passed += allowed
                if limit is not None and passed >= limit and self._stalls:
                    near.recv(1)  # until the other end gives up
                    return
                if limit is not None and passed >= limit:
                    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    return


@contextmanager
def relaying(
    behind: int, limit: Callable[[int], int | None] = lambda number: None, *, stalls: bool = False
) -> Iterator[Relay]:
    """A relay to this port of this machine."""
    relay = Relay(behind, limit, stalls=stalls)
    try:
        yield relay
    finally:
        relay.close()


class Proxy(Relay):
    """An HTTP proxy that leads to the server behind it, whatever host it is asked for. `asked`: methods and credentials."""

    def __init__(self, behind: int) -> None:
        self.asked: list[tuple[str, str]] = []
        super().__init__(behind, lambda number: None)

    def _pass_on(self, near: socket.socket, limit: int | None) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            content = near.recv(1 << 16)
            if not content:
                near.close()
                return
            head += content
        lines = head.decode().split("\r\n")
        method, target, version = lines[0].split(" ")
        given = next((line.split(": ", 1)[1] for line in lines if line.lower().startswith("proxy-authorization:")), "")
        self.asked.append((method, given))
        with near, contextlib.suppress(OSError), socket.create_connection((HOST, self._behind), 5) as far:
            if method == "CONNECT":
                near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._bytes(near, far, None)
            else:  # one request a connection will do
                lines[0] = f"{method} /{target.split('/', 3)[3]} {version}"
                far.sendall("\r\n".join([lines[0], "Connection: close", *lines[1:]]).encode())
                self._bytes(near, far, None)


@contextmanager
def proxying(behind: int) -> Iterator[Proxy]:
    """A proxy in front of this port of this machine."""
    proxy = Proxy(behind)
    try:
        yield proxy
    finally:
        proxy.close()


@contextmanager
def saying_goodbye(*before: str) -> Iterator[int]:
    """The port of a WebSocket server that closes each connection, after these messages, as if everything was said."""

    def talk(opened: ServerConnection) -> None:
        for message in before:
            opened.send(message)
        opened.close(1000, "ended")

    with serve(talk, HOST, 0) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        try:
            yield int(made.socket.getsockname()[1])
        finally:
            made.shutdown()
            thread.join()


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """A server that gives this answer to everything; status 0: these bytes and no HTTP."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if status == 0:
                self.wfile.write(body.encode())
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body)
            self.send_header("Content-Type", "application/json" if body[0] in "[{" else "text/html")
            self.send_header("Content-Length", str(len(body) + 10 * (body == "cut")))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            """Not into the tests' output."""

    with http.server.HTTPServer((HOST, 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://{HOST}:{made.server_address[1]}/"
        finally:
            made.shutdown()
            thread.join()
