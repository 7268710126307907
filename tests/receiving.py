"""Who is notified: a web server that behaves as it is told, and a mail server."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

PATIENCE = 20.0
PASSWORD, TOKEN = "tr0ub4dor-pw", "t0ken-of-a-hook"
"""Neither may be seen anywhere."""

Behaviour = int | str
"""A status to answer with; `moved`, `reset`, `hang` (until the test is over), or `block` (until it is released)."""


class Receiver:
    """Takes Apprise's json:// messages. `behaviours` are those of the first requests; then it answers 200."""

    def __init__(self, behaviours: Sequence[Behaviour] = ()) -> None:
        self._behaviours, self._lock = list(behaviours), threading.Condition()
        self.messages: list[dict[str, Any]] = []
        self.released, self.closed = threading.Event(), threading.Event()
        self.broken = 0
        """Connections that were gone when they were answered."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            def do_GET(self) -> None:
                """Where `moved` leads to: a page that is there, and hears nothing."""
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"json://user:{PASSWORD}@127.0.0.1:{self.port}/hooks/{TOKEN}?rto=60"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self._lock:
            behaviour = self._behaviours.pop(0) if self._behaviours else 200
            self.messages.append(json.loads(body))
            self._lock.notify_all()
        if behaviour == "reset":
            handler.connection.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER of no time: closing it resets it
            handler.close_connection = True
            handler.connection.close()
            return
        if behaviour == "moved":
            handler.send_response(301)
            handler.send_header("Location", "/elsewhere")
            handler.end_headers()
            return
        if isinstance(behaviour, str):
            (self.closed if behaviour == "hang" else self.released).wait(60)
        status = behaviour if isinstance(behaviour, int) else 200
        try:
            handler.send_response(status)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        except OSError:
            self.broken += 1

    def received(self, count: int) -> list[dict[str, Any]]:
        """The messages, once there are so many."""
        with self._lock:
            assert self._lock.wait_for(lambda: len(self.messages) >= count, PATIENCE), self.messages
            return list(self.messages)

    @property
    def titles(self) -> list[str]:
        return [each["title"] for each in self.messages]

    def close(self) -> None:
        self.released.set()
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def receiving(*behaviours: Behaviour) -> Iterator[Receiver]:
    """A web server for one test."""
    receiver = Receiver(behaviours)
    try:
        yield receiver
    finally:
        receiver.close()


class Mailbox:
    """A mail server that asks for a password; `letters` are (subject, text)."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str]] = []
        self._came = threading.Condition()
        with socket.socket() as free:  # the server does not say which port it was given
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self._known, auth_require_tls=False
        )  # fmt: skip
        self._controller.start()

    @property
    def url(self) -> str:
        where = f"127.0.0.1:{self.port}"
        return f"mailto://jo:{PASSWORD}@{where}/?smtp=127.0.0.1&from=runt@example.org&to=jo@example.org&mode=insecure&format=text"

    def _known(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=isinstance(data, LoginPassword) and data.password.decode() == PASSWORD)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if not session.authenticated:
            return "530 Authentication required"
        letter = message_from_bytes(envelope.content)
        text = "".join(
            part.get_payload(decode=True).decode()  # type: ignore[union-attr]
            for part in letter.walk()
            if part.get_content_type() == "text/plain"
        )
        with self._came:
            self.letters.append((str(make_header(decode_header(letter["Subject"]))), text))
            self._came.notify_all()
        return "250 OK"

    def received(self, count: int) -> list[tuple[str, str]]:
        """The letters, once there are so many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.letters) >= count, PATIENCE)
            return list(self.letters)

    def close(self) -> None:
        self._controller.stop()


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server for one test."""
    made = Mailbox()
    try:
        yield made
    finally:
        made.close()
