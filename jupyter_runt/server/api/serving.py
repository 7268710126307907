"""Values that user code made, served raw: no script in them may run as this server's own page."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import quote

from tornado.web import RequestHandler

UNKNOWN = "application/octet-stream"
LARGEST = 64 << 20
"""Bytes that are held in memory, some times over, to answer one request."""
SANDBOX = "sandbox; default-src 'none'"
SCRIPTS_SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; media-src data:"
)
"""For pages with inline scripts and pictures: in an origin of their own and without a way out."""

_MIME = re.compile(r"[\w.+-]{1,127}/[\w.+-]{1,127}", re.ASCII)
_SCRIPT = re.compile(r"script|wasm", re.IGNORECASE)
"""A page could load these by `<script src>`, whatever sandbox their own response has."""
_INERT = re.compile(r"text/plain|image/(png|jpeg|gif|webp|bmp|avif)|application/([\w.-]+\+)?json")
_BINARY = re.compile(r"(image|audio|video|font)/(?!.*\+xml$).*|application/(pdf|zip|octet-stream)")


def raw(mime: str, value: Any) -> tuple[str, bytes]:
    """The Content-Type under which a value of a MIME bundle can be served, and its bytes."""
    if not _MIME.fullmatch(mime) or _SCRIPT.search(mime):
        return UNKNOWN, _text(value)
    if mime.endswith("json"):
        return mime, json.dumps(value).encode()
    if not _BINARY.fullmatch(mime):
        return f"{mime}; charset=utf-8", _text(value)
    try:
        return mime, base64.b64decode(b"".join(_text(value).split()), validate=True)
    except binascii.Error:
        return UNKNOWN, _text(value)  # somebody's own idea of such a type


def guard(handler: RequestHandler, kind: str) -> None:
    """Sets the headers by which what is served under this Content-Type stays harmless: a sandbox of its own for all, and what
    could be a page is offered for download."""
    handler.set_header("Content-Security-Policy", SANDBOX)
    handler.set_header("X-Content-Type-Options", "nosniff")
    if not _INERT.fullmatch(kind.partition(";")[0]):
        handler.set_header("Content-Disposition", "attachment")


def disposition(kind: str, name: str) -> str:
    """The value of Content-Disposition for `inline` or `attachment`, with a file's name in any script (RFC 6266)."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _text(value: Any) -> bytes:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace")
