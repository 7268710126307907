"""Connections to a server, through a proxy where the environment names one, with its certificate verified."""

from __future__ import annotations

import base64
import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from jupyter_runt.client.remote.address import Address
from jupyter_runt.errors import ServerError, ServerUnreachable, UsageError

CONNECT_SECONDS = 10.0
PROXY_PORT = 80


@dataclass(frozen=True, slots=True)
class Proxy:
    """What stands between."""

    host: str
    port: int
    headers: dict[str, str]


class Lines:
    """Opens connections to one server."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._proxy = proxy_of(address)
        self._context = ssl.create_default_context() if address.secure else None

    @property
    def relayed(self) -> dict[str, str] | None:
        """Plain HTTP goes through a proxy as whole URLs, with these headers; None where it does not go through one."""
        return None if self._proxy is None or self.address.secure else self._proxy.headers

    def open(self, timeout: float, *, tunnel: bool) -> HTTPConnection:
        """A connected line; `tunnel`: a proxy passes bytes on as they are, also without TLS. ServerUnreachable, ServerError."""
        address, proxy = self.address, self._proxy
        host, port = (proxy.host, proxy.port) if proxy else (address.host, address.port)
        made = (
            HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=self._context)
            if self._context
            else HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        )
        if proxy and (tunnel or address.secure):
            made.set_tunnel(address.host, address.port, proxy.headers)
        try:
            made.connect()
        except (OSError, HTTPException) as error:
            made.close()
            raise self.told(error) from error
        made.sock.settimeout(timeout)
        made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def told(self, error: Exception) -> ServerError:
        """What a fault of the connection means, for people."""
        place = f"The server {self.address.url}"
        by = f" (through the proxy {self._proxy.host}:{self._proxy.port})" if self._proxy else ""
        if isinstance(error, ssl.SSLCertVerificationError):
            return ServerError(
                f"The certificate of {place[4:]} is not to be trusted: {error.verify_message}.",
                remedy="SSL_CERT_FILE=FILE names the certificate of the authority that signed it.",
            )
        if isinstance(error, ssl.SSLError):
            return ServerError(
                f"{place}{by} does not speak TLS as this machine does: {error.reason or error}.",
                remedy="Is it an http:// server?",
            )
        return ServerUnreachable(f"{place} cannot be reached{by}: {reason_of(error)}.", remedy=_REMEDY)


_REMEDY = "Check the URL, and whether the server is running: its own `jupyter server list` shows it."


def reason_of(error: Exception) -> str:
    """A fault of a connection in words."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error).rstrip(".") or type(error).__name__


def proxy_of(address: Address) -> Proxy | None:
    """The proxy that http_proxy, https_proxy, all_proxy and no_proxy name for this server. This machine itself needs none."""
    known = getproxies()
    text = known.get(address.scheme) or known.get("all")
    loopback = address.host in ("localhost", "127.0.0.1", "::1")
    if not text or loopback or proxy_bypass(f"{address.host}:{address.port}"):
        return None
    parts = urlsplit(text if "//" in text else f"http://{text}")
    if parts.scheme != "http" or not parts.hostname:
        raise UsageError(
            f"The proxy of {address.scheme}_proxy is of a kind that is not supported: {parts.scheme}.",
            remedy="http://HOST:PORT is, for both kinds of servers.",
        )
    headers = {}
    if parts.username is not None:
        given = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(given.encode()).decode()}"
    return Proxy(parts.hostname, parts.port or PROXY_PORT, headers)
