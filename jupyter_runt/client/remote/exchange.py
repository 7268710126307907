"""Requests to a server, one after the other over one connection that is kept."""

from __future__ import annotations

import json
import secrets
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


class Exchange:
    """One server, asked by one thread at a time."""

    def __init__(self, address: Address, token: str) -> None:
        self.address, self.lines = address, Lines(address)
        self.with_token = bool(token)
        self.headers = {"User-Agent": f"jupyter-runt/{__version__}"}
        if token:
            self.headers["Authorization"] = f"token {token}"
        self._kept: HTTPConnection | None = None

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

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
        if not repeatable:
            self.close()
        tries = 2 if repeatable else 1
        while True:
            tries -= 1
            if self._kept is None:
                self._kept = self.lines.open(ANSWER_SECONDS, tunnel=False)
            try:
                return self._once(self._kept, method, path, content, headers)
            except (OSError, HTTPException) as error:
                if not tries or isinstance(error, TimeoutError):
                    raise self._told(error) from error

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
            self.close()
            raise
        if response.will_close:
            self.close()
        return found

    def _told(self, error: Exception) -> ServerError:
        if isinstance(error, HTTPException) and not isinstance(error, OSError):
            if isinstance(error, IncompleteRead):
                return ServerUnreachable(f"The server {self.address.url} broke off in the middle of its answer.")
            return strange(self.address.url, f"no HTTP ({type(error).__name__})")
        return self.lines.told(error)
