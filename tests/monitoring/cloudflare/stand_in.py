"""A local server in Cloudflare's place: real HTTP, queries validated and answered by graphql-core, and mishaps on demand.

It knows nothing of the code that asks it: what it answers is made from the facts of an account, by the documented schema.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from graphql import graphql_sync

from tests.monitoring.cloudflare import facts
from tests.monitoring.cloudflare.schema import made

ACCOUNT = "0123456789abcdef0123456789abcdef"
TOKEN = "cf-secret-0123456789-token"
PREFIX = "/client/v4"
SCHEMA = made()


@dataclass
class Mishap:
    """What happens to the next `times` requests whose name holds `to`: an answer, or a connection that breaks off."""

    to: str
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1_000
    breaks: bool = False


class StandIn:
    """The server, what it was asked, and how many asked at once."""

    def __init__(self, account: facts.Account, *, latency: float = 0.0) -> None:
        self.account, self.latency = account, latency
        self.permissions = {"analytics", "d1", "workers"}
        self.asked: list[str] = []
        self.most_at_once = 0
        self._mishaps: list[Mishap] = []
        self._at_once, self._lock, self._never = 0, threading.Lock(), threading.Event()
        self._server = Server(("127.0.0.1", 0), handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{PREFIX}"

    def mishap(self, to: str = "", **what: Any) -> None:
        """`body` may be anything that is JSON."""
        body = what.pop("body", {"success": False, "errors": [{"code": 10000, "message": "out of order"}]})
        self._mishaps.append(Mishap(to, body=body if isinstance(body, bytes) else json.dumps(body).encode(), **what))

    def times(self, name: str) -> int:
        """How often something of that name was asked."""
        return sum(name in each for each in self.asked)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -- answers -----------------------------------------------------------------------------------------------------

    @contextmanager
    def counted(self, name: str) -> Iterator[Mishap | None]:
        """Around a request: the mishap that it meets."""
        with self._lock:
            self.asked.append(name)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            met = next((each for each in self._mishaps if each.to in name and each.times), None)
            if met:
                met.times -= 1
        try:
            self._never.wait(self.latency)
            yield met
        finally:
            with self._lock:
                self._at_once -= 1

    def graphql(self, request: Mapping[str, Any]) -> tuple[int, Any]:
        if "analytics" not in self.permissions:
            return 200, {"data": None, "errors": [refused("not authorized for that account", "authz")]}

        def accounts(_: Any, **arguments: Any) -> list[Any]:
            known = arguments["filter"]["accountTag"] == ACCOUNT
            return [{"facts": self.account.facts, "settings": self.account.settings}] if known else []

        root = {"viewer": {"accounts": accounts}}
        result = graphql_sync(SCHEMA, request["query"], root_value=root, variable_values=request.get("variables"))
        if not result.errors:
            return 200, {"data": result.data, "errors": None}
        errors = [
            {
                "message": each.message,
                "path": each.path,
                "extensions": {"timestamp": "2025-11-03T00:00:00Z", **(each.extensions or {})},
            }
            for each in result.errors
        ]
        return 200, {"data": None, "errors": errors}

    def rest(self, parts: list[str], query: Mapping[str, list[str]]) -> tuple[int, Any]:
        if len(parts) < 3 or parts[:2] != ["accounts", ACCOUNT]:
            return 404, failed(
                7003, f"Could not route to /{'/'.join(parts)}, perhaps your object identifier is invalid?"
            )
        if parts[2] not in self.permissions:
            return 403, failed(10000, "Authentication error")
        match parts[2:]:
            case ["d1", "database"]:
                return self._page([{"uuid": id_, "name": name} for id_, name in self.account.databases.items()], query)
            case ["workers", "scripts"]:
                return 200, well([{"id": name, "handlers": has} for name, has in self.account.scripts.items()])
            case ["workers", "scripts", name, "schedules"] if name in self.account.scripts:
                held = self.account.schedules.get(name, {}).items()
                return 200, well(
                    {
                        "schedules": [
                            {"cron": cron, "created_on": at.isoformat(), "modified_on": at.isoformat()}
                            for cron, at in held
                        ]
                    }
                )
        return 404, failed(10007, "This Worker does not exist on your account.")

    def _page(self, rows: list[Any], query: Mapping[str, list[str]]) -> tuple[int, Any]:
        page, size = int(query.get("page", ["1"])[0]), min(1000, int(query.get("per_page", ["100"])[0]))
        some = rows[(page - 1) * size : page * size]
        told = {"count": len(some), "page": page, "per_page": size, "total_count": len(rows)}
        return 200, {**well(some), "result_info": told}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked and went away is no fault of the server's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            path = split.path.removeprefix(f"{PREFIX}/") if split.path.startswith(f"{PREFIX}/") else ""
            self._answer(f"GET {path}", lambda: stand_in.rest(path.split("/"), parse_qs(split.query)))

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = request["query"].split("(")[0].split()[-1]
            if self.path == f"{PREFIX}/graphql":
                self._answer(f"POST {name}", lambda: stand_in.graphql(request))
            else:
                self._answer(f"POST {self.path}", lambda: (404, failed(7000, "No route for that URI")))

        def _answer(self, name: str, answer: Callable[[], tuple[int, Any]]) -> None:
            with stand_in.counted(name) as met:
                if met is not None and met.breaks:
                    self._break_off()
                    return
                if met is not None:
                    self._send(met.status, met.body, met.headers)
                    return
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    self._send(401, json.dumps(failed(10000, "Authentication error")).encode())
                    return
                status, found = answer()
                self._send(status, json.dumps(found).encode())

        def _send(self, status: int, body: bytes, headers: Mapping[str, str] = {}) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                **headers,
                "Content-Length": str(len(body)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _break_off(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"data": ')
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing: what was asked is counted."""

    return Handler


def well(result: Any) -> dict[str, Any]:
    return {"success": True, "errors": [], "messages": [], "result": result}


def failed(code: int, message: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}


def refused(message: str, code: str) -> dict[str, Any]:
    return {"message": message, "path": ["viewer", "accounts"], "extensions": {"code": code}}


@contextmanager
def serving(account: facts.Account | None = None, *, latency: float = 0.0) -> Iterator[StandIn]:
    """The stand-in, while it is needed."""
    found = StandIn(facts.quiet() if account is None else account, latency=latency)
    found._thread.start()
    try:
        yield found
    finally:
        found.close()
