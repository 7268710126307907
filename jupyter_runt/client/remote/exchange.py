"""Requests to a server, over connections that are kept for the next ones."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterable, Mapping
from http.client import HTTPConnection, HTTPException, IncompleteRead
from typing import Any

from jupyter_runt._version import __version__
from jupyter_runt.client.remote.address import Address
from jupyter_runt.client.remote.faults import Reply, fault, strange
from jupyter_runt.client.remote.lines import Lines
from jupyter_runt.errors import ServerError, ServerUnreachable

ANSWER_SECONDS = 60.0
"""A server's store may be locked for seconds, and a reply to an input is taken by a worker first."""
Query = Iterable[tuple[str, str]]


KEPT = 4
"""Connections that wait for the next request; more than that are asked through at once by a notebook with many runs only."""


class Exchange:
    """One server, asked by any number of threads: each request has a connection of its own while it lasts."""

    def __init__(self, address: Address, token: str) -> None:
        self.address, self.lines = address, Lines(address)
        self.use_token(token)
        self._kept: list[HTTPConnection] = []
        self._lock, self._closed = threading.Lock(), False

    def use_token(self, token: str) -> None:
        """From the next request on; '' for none."""
        agent = {"User-Agent": f"jupyter-runt/{__version__}"}
        self.headers = {**agent, "Authorization": f"token {token}"} if token else agent
        self.with_token = bool(token)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            kept, self._kept = self._kept, []
        for line in kept:
            line.close()

    def get(self, *parts: str, query: Query = ()) -> Any:
        """The JSON at this path below `runt/api`."""
        return self.json("GET", *parts, query=query)

    def json(
        self, method: str, *parts: str, body: Any = None, query: Query = (), headers: Mapping[str, str] = {}
    ) -> Any:
        """Sends JSON and reads JSON. Every error that the server knows is raised as the same kind here."""
        reply = self.ask(method, parts, query, body, headers)
        if not reply.body and reply.status == 204:
            return None
        try:
            return json.loads(reply.body)
        except ValueError as error:
            kind = reply.headers.get("content-type", "something").partition(";")[0]
            raise strange(self.address.url, f"{kind} instead of JSON") from error

    def ask(
        self, method: str, parts: Iterable[str], query: Query = (), body: Any = None, headers: Mapping[str, str] = {}
    ) -> Reply:
        """An answer of success, as it is."""
        content, sent = None, {**self.headers, "Accept": "application/json", **headers}
        if body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        if method != "GET" and not self.with_token:
            # A server that asks nobody wants a request that changes something to prove that no other site's page made it.
            xsrf = secrets.token_hex(16)
            sent |= {"Cookie": f"_xsrf={xsrf}", "X-XSRFToken": xsrf}
        path = self.address.path(("api", *parts), query)
        reply = self._exchanged(method, path, content, sent)
        if not reply.ok:
            raise fault(reply, self.address.url, with_token=self.with_token)
        return reply

    def _exchanged(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Reply:
        """A request that may arrive twice is sent once more when its connection breaks: a kept one may be closed by now."""
        repeatable = method != "POST" or "Idempotency-Key" in headers
        kept = self._taken() if repeatable else None
        tries = 2 if repeatable else 1
        while True:
            tries -= 1
            line = kept or self.lines.open(ANSWER_SECONDS, tunnel=False)
            kept = None
            try:
                return self._once(line, method, path, content, headers)
            except (OSError, HTTPException) as error:
                if not tries or isinstance(error, TimeoutError):
                    raise self._told(error) from error

    def _taken(self) -> HTTPConnection | None:
        """A connection that waits, if one does."""
        with self._lock:
            return self._kept.pop() if self._kept else None

    def _given_back(self, line: HTTPConnection) -> None:
        with self._lock:
            if not self._closed and len(self._kept) < KEPT:
                self._kept.append(line)
                return
        line.close()

    def _once(
        self, line: HTTPConnection, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        relayed = self.lines.relayed
        if relayed is not None:
            path, headers = f"http://{self.address.netloc}{path}", {**headers, **relayed}
        try:
            line.request(method, path, content, {"Host": self.address.netloc, **headers})
            response = line.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            found = Reply(response.status, named, response.read())
        except BaseException:  # also Ctrl-C: what comes on this connection belongs to nobody any more
            line.close()
            raise
        if response.will_close:
            line.close()
        else:
            self._given_back(line)
        return found

    def _told(self, error: Exception) -> ServerError:
        if isinstance(error, HTTPException) and not isinstance(error, OSError):
            if isinstance(error, IncompleteRead):
                return ServerUnreachable(f"The server {self.address.url} broke off in the middle of its answer.")
            return strange(self.address.url, f"no HTTP ({type(error).__name__})")
        return self.lines.told(error)
