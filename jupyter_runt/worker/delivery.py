"""One message to one target, in a process of its own: `python -m jupyter_runt.worker.delivery`.

Apprise is imported here and nowhere else. The process can be killed when a target keeps it waiting, ends when its worker does, and
whatever a service's library logs (URLs with tokens, at times) goes nowhere: this one says what came of it in words of its own.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from urllib.parse import unquote, urlsplit

MISSING = "Apprise is not installed where the worker runs"
MISSING_REMEDY = 'pip install "jupyter-runt[notify]"'
UNUSABLE = "Apprise knows no service of such a URL"
LONGEST = 300
SHORTEST = 3
MASK = "********"
_CAUSES = re.compile(
    r"Connection refused|[Cc]onnection reset|[Rr]emote end closed connection|Name or service not known|No route to host|"
    r"[Nn]etwork is unreachable|[Cc]ertificate verify failed|CERTIFICATE_VERIFY_FAILED|[Rr]ead timed out|timed out|[Tt]oo many redirects"
)
"""What may be told of a library's own words."""


def main() -> int:
    """Reads what is to be sent as a line of JSON, `url`, `title`, `body`, `kind`; writes `{"error": …, "lasting": …}`, without an
    error where it was sent. Ends when stdin does: nobody waits for the answer any more."""
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_worker, daemon=True).start()
    error, lasting = _send(**asked)
    sys.stdout.write(json.dumps({"error": error, "lasting": lasting}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # a service's library may have threads


def _end_with_worker() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def _send(url: str, title: str, body: str, kind: str) -> tuple[str, bool]:
    """What went wrong, and whether it would again."""
    try:
        import apprise
    except ImportError:
        return f"{MISSING}: {MISSING_REMEDY}", True
    words = _Words()
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.handlers, logger.propagate = [words], False
    asset = apprise.AppriseAsset()
    # A POST that is sent elsewhere becomes a GET without the message, which somebody answers with 200.
    asset.http_redirects = False
    service = apprise.Apprise.instantiate(url.strip(), asset=asset, suppress_exceptions=True)
    if not isinstance(service, apprise.NotifyBase):
        return UNUSABLE, True
    try:
        sent = service.notify(
            body=body, title=title, notify_type=getattr(apprise.NotifyType, kind.upper()), body_format="text"
        )
    except Exception as error:  # noqa: BLE001 - a plug-in for any of a hundred services
        return _without_secrets(url, f"{type(error).__name__} in Apprise"), False
    return ("", False) if sent else (_without_secrets(url, words.told()), False)


class _Words(logging.Handler):
    """Keeps what Apprise says went wrong, and of why only what is known to be harmless."""

    def __init__(self) -> None:
        super().__init__()
        self._warned: list[str] = []
        self._causes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            self._warned.append(text)
        else:
            self._causes += _CAUSES.findall(text)

    def told(self) -> str:
        causes = f" ({', '.join(dict.fromkeys(self._causes))})" if self._causes else ""
        return f"{' '.join(dict.fromkeys(self._warned)) or 'Apprise could not send it.'}{causes}"[:LONGEST]


def _without_secrets(url: str, text: str) -> str:
    """Every part of a URL may be one: of Slack's even the host is a token."""
    split = urlsplit(url)
    pieces = {url, split.netloc, split.path, split.query, *re.split(r"[:/@?&=#,;]", url.partition("://")[2])}
    for piece in sorted({*pieces, *map(unquote, pieces)}, key=len, reverse=True):
        if len(piece) >= SHORTEST:
            text = text.replace(piece, MASK)
    return text


if __name__ == "__main__":
    sys.exit(main())
