"""Large values from a server, checked against their names, the last ones kept."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

from jupyter_runt.client.remote.exchange import Exchange
from jupyter_runt.client.remote.faults import strange

KEPT_BYTES = 16 << 20
"""A progress display is updated many times, and a figure shown again."""


class Blobs:
    """Reads a server's blobs by their SHA-256."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def blob(self, sha256: str) -> bytes:
        """The bytes; ServerError when they are not those."""
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
                return self._kept[sha256]
        found = self._exchange.ask("GET", ("blobs", sha256), headers={"Accept": "*/*"}).body
        if hashlib.sha256(found).hexdigest() != sha256:
            raise strange(self._exchange.address.url, f"other bytes than those of the blob {sha256[:12]}…")
        with self._lock:
            if sha256 not in self._kept:
                self._keep(sha256, found)
        return found

    def _keep(self, sha256: str, content: bytes) -> None:
        if len(content) > KEPT_BYTES:
            return
        self._kept[sha256] = content
        self._bytes += len(content)
        while self._bytes > KEPT_BYTES:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone)
