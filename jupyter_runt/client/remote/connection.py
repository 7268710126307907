"""One WebSocket of a server: JSON objects, checked, until it closes."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import websocket

from jupyter_runt.client.remote.exchange import Exchange, Query
from jupyter_runt.client.remote.faults import Reply, fault, strange
from jupyter_runt.client.remote.lines import reason_of
from jupyter_runt.errors import AccessDenied, RuntError, ServerError, ServerUnreachable

SILENCE_SECONDS = 75.0
"""A server pings every 30 s: one that is not heard of for longer is gone, whatever the network says."""
ENDED, MAY_NOT = 1000, 4403

_NO_CODE = 1005


class Connection:
    """Open from the beginning on. ServerUnreachable means: come back with another one."""

    def __init__(
        self, exchange: Exchange, parts: Sequence[str], query: Query = (), goodbyes: Mapping[int, RuntError] = {}
    ) -> None:
        """`parts` are the path below `runt/api`. `goodbyes`: what close codes mean beside those that all have."""
        self._exchange, self._goodbyes = exchange, goodbyes
        self._url = exchange.address.url
        self._socket = self._connected(exchange.address.path(("api", *parts), query))

    def interrupt(self) -> None:
        """Lets a thread that waits for a message find the connection broken."""
        with contextlib.suppress(OSError):  # it is closed by now
            if self._socket.sock is not None:
                self._socket.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """At once: nobody waits for the other end's goodbye."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.settimeout(1.0)
            self._socket.send_close()
        self._socket.shutdown()  # type: ignore[no-untyped-call]

    def messages(self) -> Iterator[dict[str, Any]]:
        """What comes; ends when the server says that this was all."""
        while (message := self._message()) is not None:
            yield message

    def _message(self) -> dict[str, Any] | None:
        try:
            opcode, data = self._socket.recv_data()
        except websocket.WebSocketTimeoutException as error:
            raise ServerUnreachable(f"The server {self._url} has gone silent.") from error
        except (OSError, websocket.WebSocketException) as error:
            raise ServerUnreachable(f"The connection to {self._url} broke: {reason_of(error)}.") from error
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            self._check_goodbye(struct.unpack("!H", data[:2])[0] if len(data) >= 2 else _NO_CODE)
            return None
        try:
            found = json.loads(data)
        except ValueError as error:
            raise strange(self._url, "a message that is no JSON") from error
        if not isinstance(found, dict):
            raise strange(self._url, "a message that is no object")
        return found

    def _check_goodbye(self, code: int) -> None:
        if code == ENDED:
            return
        if code in self._goodbyes:
            raise self._goodbyes[code]
        if code == MAY_NOT:
            raise AccessDenied(f"The server {self._url} does not let this token follow runs any more.")
        raise ServerUnreachable(f"The server {self._url} has closed the connection ({code}).")

    # -- the beginning -----------------------------------------------------------------------------------------------

    def _connected(self, path: str) -> websocket.WebSocket:
        exchange = self._exchange
        line = exchange.lines.open(SILENCE_SECONDS, tunnel=True)
        try:
            made = websocket.create_connection(
                f"{'wss' if exchange.address.secure else 'ws'}://{exchange.address.netloc}{path}",
                timeout=SILENCE_SECONDS,
                socket=line.sock,
                header=[f"{name}: {value}" for name, value in exchange.headers.items()],
                suppress_origin=True,  # that of a page; behind a proxy it would not be the server's own
                skip_utf8_validation=True,  # done by the JSON reader, and faster
                redirect_limit=0,  # the token is for this server alone
            )
            return self._accepted(made)
        except websocket.WebSocketBadStatusException as error:
            raise self._refused(error) from error
        except websocket.WebSocketTimeoutException as error:
            raise ServerUnreachable(f"The server {self._url} does not answer.") from error
        except websocket.WebSocketConnectionClosedException as error:
            raise ServerUnreachable(f"The server {self._url} closed the connection.") from error
        except websocket.WebSocketException as error:
            raise strange(self._url, f"no WebSocket ({error})") from error
        except OSError as error:
            raise exchange.lines.told(error) from error

    def _accepted(self, made: websocket.WebSocket) -> websocket.WebSocket:
        """Older releases of the library hand over one that was redirected."""
        status = made.getstatus()
        if status != HTTPStatus.SWITCHING_PROTOCOLS:
            headers = {str(name).lower(): str(value) for name, value in (made.getheaders() or {}).items()}
            made.shutdown()  # type: ignore[no-untyped-call]
            raise fault(Reply(status or 0, headers, b""), self._url, with_token=self._exchange.with_token)
        return made

    def _refused(self, error: websocket.WebSocketBadStatusException) -> RuntError:
        headers = {name.lower(): str(value) for name, value in (error.resp_headers or {}).items()}
        reply = Reply(error.status_code, headers, error.resp_body or b"")
        found = fault(reply, self._url, with_token=self._exchange.with_token)
        if type(found) is ServerError and reply.status in (400, 405, 426):
            return ServerError(
                f"What stands before {self._url} lets no WebSocket through: {reply.status}.",
                remedy="A reverse proxy has to pass on the headers Upgrade and Connection.",
            )
        return found
