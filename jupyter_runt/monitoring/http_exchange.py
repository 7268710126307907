"""One question by HTTP and its answer, timed; what went wrong is part of the answer."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import quote, urljoin, urlsplit

from jupyter_runt._version import __version__
from jupyter_runt.monitoring.certificates import expires_at
from jupyter_runt.monitoring.values import shortened, words

LARGEST = 1 << 20
"""Bytes of an answer that are read."""
REDIRECTS = 5
_QUOTED = "/%:=&?~#+!$,;'@()*[]"
"""What stands in a path and a query as it is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be asked. `timeout` is in seconds, for all of it."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10.0
    verify: bool = True
    ca_file: str = ""


@dataclass(slots=True)
class Answer:
    """`failed` says why there is none; then only what is known of the certificate may be there."""

    failed: str = ""
    status: int = 0
    reason: str = ""
    seconds: float = 0.0
    """From the first byte that was sent, with name and redirects, to the last one that was read."""
    body: bytes = b""
    compressed: str = ""
    """As what; nobody asked for it."""
    charset: str = "utf-8"
    expires_at: float | None = None
    """When the first of the certificates on the way expires."""
    untrusted: bool = False
    """Whether nobody vouches for the certificate."""

    @property
    def text(self) -> str:
        """The body as text, its first MiB. ValueError, zlib.error: it cannot be read."""
        body = self.body
        if self.compressed in ("gzip", "x-gzip", "deflate"):
            body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(body, LARGEST)
        elif self.compressed not in ("", "identity"):
            raise ValueError(f"it is compressed as {shortened(self.compressed)}")
        try:
            return body.decode(self.charset, "replace")
        except LookupError:
            return body.decode("utf-8", "replace")


@cache
def trust(ca_file: str = "", *, verify: bool = True) -> ssl.SSLContext:
    """Whose certificates are believed: made once, for that takes longer than many an answer. OSError for a file that holds none."""
    if verify:
        return ssl.create_default_context(cafile=ca_file or None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def ask(asked: Asked) -> Answer:
    """Asks, and follows redirects; never raises for what the other side or the network does."""
    answer, url, headers = Answer(), asked.url, dict(asked.headers)
    if url.startswith("https:"):
        trust(asked.ca_file, verify=asked.verify)
    begun = time.monotonic()
    try:
        for _ in range(REDIRECTS + 1):
            location = _once(asked, url, headers, answer, begun + asked.timeout)
            if location is None:
                answer.seconds = time.monotonic() - begun
                return answer
            target = urljoin(url, location)
            if urlsplit(target)[:2] != urlsplit(url)[:2]:
                headers = {}  # whatever was to be told to the first one is not for others
            url = target
        answer.failed = f"more than {REDIRECTS} redirects"
    except ssl.SSLCertVerificationError as error:
        answer.failed, answer.untrusted = f"its certificate is not trusted: {error.verify_message}", True
        answer.expires_at = _expiry_of_the_untrusted(url, begun + asked.timeout)
    except (OSError, http.client.HTTPException, ValueError) as error:
        answer.failed = _words(error, asked.timeout)
    answer.seconds = time.monotonic() - begun
    return answer


def _once(asked: Asked, url: str, headers: Mapping[str, str], answer: Answer, deadline: float) -> str | None:
    """One request; where it is redirected to, or None."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"a redirect leads to {shortened(url)}")
    connection = _connection(parts.scheme, parts.hostname, parts.port, asked, deadline)
    try:
        connection.connect()
        sock = connection.sock  # the connection forgets it as soon as the headers say that nothing follows
        if isinstance(sock, ssl.SSLSocket):
            answer.expires_at = min(filter(None, (answer.expires_at, _expiry(sock))), default=None)
        path = quote(parts.path or "/", safe=_QUOTED) + (f"?{quote(parts.query, safe=_QUOTED)}" if parts.query else "")
        sock.settimeout(_left(deadline))
        connection.request(asked.method, path, headers={**_OURS, **headers})
        response = connection.getresponse()
        location = response.getheader("Location") if response.status in (301, 302, 303, 307, 308) else None
        if location is not None and asked.method in ("GET", "HEAD"):
            return location
        answer.status, answer.reason = response.status, shortened(response.reason)
        answer.compressed = response.getheader("Content-Encoding", "").strip().lower()
        answer.charset = response.headers.get_content_charset("utf-8")
        answer.body = _body(response, sock, deadline)
        return None
    finally:
        connection.close()


_OURS = {"User-Agent": f"jupyter-runt/{__version__}", "Accept": "*/*", "Connection": "close"}


def _connection(scheme: str, host: str, port: int | None, asked: Asked, deadline: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=_left(deadline))
    context = trust(asked.ca_file, verify=asked.verify)
    return http.client.HTTPSConnection(host, port, timeout=_left(deadline), context=context)


def _body(response: http.client.HTTPResponse, sock: socket.socket, deadline: float) -> bytes:
    found = bytearray()
    while len(found) < LARGEST:
        sock.settimeout(_left(deadline))
        piece = response.read1(min(1 << 16, LARGEST - len(found)))
        if not piece:
            break
        found += piece
    if response.length and len(found) < LARGEST:
        raise http.client.IncompleteRead(b"", response.length)
    return bytes(found)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _expiry(sock: ssl.SSLSocket) -> float | None:
    certificate = sock.getpeercert(binary_form=True)
    try:
        return None if certificate is None else expires_at(certificate)
    except ValueError:  # then it cannot be told
        return None


def _expiry_of_the_untrusted(url: str, deadline: float) -> float | None:
    """It is asked for once more, and nothing else is said to whoever that is."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 443), _left(deadline)) as plain:
            plain.settimeout(_left(deadline))
            with trust(verify=False).wrap_socket(plain, server_hostname=parts.hostname) as sock:
                return _expiry(sock)
    except (OSError, ValueError):
        return None


def _words(error: Exception, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {words(timeout, 's')}"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return f"its name cannot be resolved: {error.strerror}"
    if isinstance(error, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(error, http.client.IncompleteRead):
        return "its answer ended too early"
    if isinstance(error, http.client.HTTPException):
        return shortened(f"no HTTP: {type(error).__name__} {error}".strip())
    if isinstance(error, ssl.SSLError):
        return shortened(f"TLS: {error.reason or error}")
    return shortened(str(getattr(error, "strerror", None) or error) or type(error).__name__)
