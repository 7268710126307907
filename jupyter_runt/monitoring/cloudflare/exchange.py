"""Requests to Cloudflare's API: a few at once, again after what may pass, and never longer than patience lasts."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, IncompleteRead
from typing import Any
from urllib.parse import quote, urlencode

from jupyter_runt._version import __version__
from jupyter_runt.client.remote.address import Address, split_token
from jupyter_runt.client.remote.faults import Reply
from jupyter_runt.client.remote.lines import Lines, reason_of
from jupyter_runt.errors import RuntError, ServerError, ServerUnreachable, UsageError
from jupyter_runt.monitoring.cloudflare.faults import LONGER, PERMISSIONS, TOO_MANY, WHERE, fault
from jupyter_runt.monitoring.cloudflare.patience import Patience, retry_after

URL = "https://api.cloudflare.com/client/v4"
PARALLEL = 8
"""Requests at once. A reading makes a dozen of them and one for each script with a schedule."""
REQUEST_SECONDS = 30.0
MOST_BYTES = 64 << 20
"""No answer of ours is larger: ten thousand rows are 3 MB."""
CHUNK = 1 << 16


class Exchange:
    """One API, asked by any number of threads. Every request ends: with an answer, or with an error that says what to do."""

    def __init__(
        self, url: str, token: str, patience: Patience, *, parallel: int = PARALLEL, timeout: float = REQUEST_SECONDS
    ) -> None:
        token = token.strip()
        if not token or not token.isprintable() or " " in token or "${" in token:
            raise UsageError("The Cloudflare token is missing, or is no token.", remedy=PERMISSIONS)
        self._address = Address.of(split_token(url)[0])
        self._lines, self._patience, self._timeout = Lines(self._address), patience, timeout
        self._headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {token}",
            "Host": self._address.netloc,
            "User-Agent": f"jupyter-runt/{__version__}",
        }
        self._begin = time.monotonic()
        self._places = threading.Semaphore(parallel)
        self._kept: list[HTTPConnection] = []
        self._lock, self._not_before = threading.Lock(), 0.0
        self._refusal: Reply | None = None

    def close(self) -> None:
        """Gives up the connections that are kept."""
        with self._lock:
            kept, self._kept = self._kept, []
        for line in kept:
            line.close()

    def graphql(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The whole answer, `errors` in it. Raises as `get` does."""
        return self._json("POST", ("graphql",), (), json.dumps({"query": query, "variables": variables}).encode())

    def get(self, *parts: str, query: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
        """The JSON at this path. AccessDenied, UsageError (no such account), ServerUnreachable, ServerError."""
        return self._json("GET", parts, query)

    def _json(
        self, method: str, parts: Iterable[str], query: Iterable[tuple[str, str]] = (), body: bytes | None = None
    ) -> dict[str, Any]:
        path = self._address.base + "/".join(quote(part, safe="") for part in parts)
        if asked := urlencode(list(query)):
            path = f"{path}?{asked}"
        reply = self._answered(method, path, body)
        try:
            found = json.loads(reply.body)
        except ValueError as error:
            kind = reply.headers.get("content-type", "something").partition(";")[0][:60]
            raise ServerError(
                f"Cloudflare answered what is no JSON ({kind}, {len(reply.body)} bytes).", remedy=WHERE
            ) from error
        if not isinstance(found, dict):
            raise ServerError(f"Cloudflare answered {type(found).__name__} instead of an object.", remedy=WHERE)
        return found

    def _answered(self, method: str, path: str, body: bytes | None) -> Reply:
        """An answer of success. What may pass (a broken connection, 5xx, 429) is tried again while patience lasts."""
        tried = 0
        while True:
            tried += 1
            why: RuntError
            try:
                with self._places:
                    self._rest()
                    reply = self._once(method, path, body)
            except ServerUnreachable as error:
                why, wait = error, self._patience.after_failure(tried, self._spent())
            else:
                if reply.ok:
                    return reply
                why, wait = fault(reply), self._wait(reply, tried)
            if wait is None:
                raise why
            time.sleep(wait)

    def _wait(self, reply: Reply, tried: int) -> float | None:
        """Seconds until the same request may be made again; None for never. What a limit refuses to one, it refuses to all."""
        if reply.status >= 500:
            return self._patience.after_failure(tried, self._spent())
        if reply.status != TOO_MANY:
            return None
        asked = retry_after(reply.headers.get("retry-after"), datetime.now(UTC))
        wait = self._patience.after_refusal(tried, self._spent(), asked)
        with self._lock:
            if wait is None:
                self._refusal = reply
            else:
                self._not_before = max(self._not_before, time.monotonic() + wait)
        return wait

    def _spent(self) -> float:
        return time.monotonic() - self._begin

    def _rest(self) -> None:
        """Waits as the limit wants it; raises what it answered if nobody waits for it any more."""
        with self._lock:
            wait, refusal = self._not_before - time.monotonic(), self._refusal
        if refusal is not None:
            raise fault(refusal)
        if wait > 0:
            time.sleep(wait)

    def _once(self, method: str, path: str, body: bytes | None) -> Reply:
        until = min(time.monotonic() + self._timeout, self._begin + self._patience.seconds)
        if until <= time.monotonic():
            raise ServerUnreachable(
                f"Cloudflare has not answered everything within {self._patience.seconds:g} s.", remedy=LONGER
            )
        with self._lock:
            line = self._kept.pop() if self._kept else None
        # What was kept may be closed by now: that is no failure, and asks for a new one.
        if line is not None:
            try:
                return self._through(line, method, path, body, until)
            except (OSError, HTTPException):
                pass
        try:
            line = self._lines.open(self._timeout, tunnel=False)
        except ServerUnreachable as error:
            raise self._unreachable(error.__cause__ or error) from error
        try:
            return self._through(line, method, path, body, until)
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: BaseException) -> ServerUnreachable:
        reason = reason_of(error) if isinstance(error, Exception) else type(error).__name__
        return ServerUnreachable(f"{self._address.url} cannot be reached: {reason}.", remedy=WHERE)

    def _through(self, line: HTTPConnection, method: str, path: str, body: bytes | None, until: float) -> Reply:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        relayed = self._lines.relayed
        if relayed is not None:
            path, headers = f"http://{self._address.netloc}{path}", {**headers, **relayed}
        try:
            line.sock.settimeout(max(0.01, until - time.monotonic()))
            line.request(method, path, body, headers)
            response = line.getresponse()
            content = bytearray()
            # Piece by piece: a server that sends a byte now and then would outlast any time limit of the socket.
            while piece := response.read1(CHUNK):
                content += piece
                if len(content) > MOST_BYTES or time.monotonic() > until:
                    raise TimeoutError
            if response.length:
                raise IncompleteRead(b"", response.length)
            named = {name.lower(): value for name, value in response.getheaders()}
            response.close()
        except BaseException:
            line.close()
            raise
        if response.will_close:
            line.close()
        else:
            with self._lock:
                self._kept.append(line)
        return Reply(response.status, named, bytes(content))
