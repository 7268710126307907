"""Where a server is, from the URL that people give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from jupyter_runt.errors import UsageError

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A server. `base` is its base URL's path, with a slash at both ends."""

    scheme: str
    host: str
    port: int
    base: str

    @classmethod
    def of(cls, url: str) -> Address:
        """From a URL without a token. UsageError says what is wrong with it."""
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname or "", port, f"{parts.path.rstrip('/')}/")

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def netloc(self) -> str:
        """Host and port as a URL has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Of the server; ends with a slash."""
        return f"{self.scheme}://{self.netloc}{self.base}"

    def path(self, parts: Iterable[str], query: Iterable[tuple[str, str]] = ()) -> str:
        """A path below `runt/` from its parts, which may hold any characters."""
        text = f"{self.base}runt/" + "/".join(quote(part, safe="", errors="replace") for part in parts)
        asked = urlencode(list(query), errors="replace")
        return f"{text}?{asked}" if asked else text


def split_token(text: str) -> tuple[str, str]:
    """A URL without its query, and the token in it, '' for none. UsageError, which never repeats a query or password."""
    try:
        parts = urlsplit(text.strip())
        _ = parts.port
    except ValueError as error:
        raise UsageError(f"The server's URL cannot be read: {error}", remedy=_FORM) from error
    shown = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    if parts.scheme not in PORTS or not parts.hostname:
        raise UsageError(f"{shown!r} is no URL of a server.", remedy=_FORM)
    if "@" in parts.netloc:
        raise UsageError(f"The URL of {shown} has a user or a password in it.", remedy="A server takes a token only.")
    if not shown.isprintable() or " " in shown:
        raise UsageError("The server's URL has spaces or control characters in it.", remedy=_FORM)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Address.of(shown).url, query.get("token", "")


_FORM = "It is http://HOST:PORT/ or https://HOST/BASE/, as `jupyter server list` shows it."
