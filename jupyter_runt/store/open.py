"""From a store's URL to the store."""

from __future__ import annotations

from pathlib import Path

from jupyter_runt.errors import NotSupportedYet, UsageError
from jupyter_runt.store.base import Clock, Store
from jupyter_runt.store.clock import SystemClock

ACCEPTED = "Accepted: sqlite:///PATH (with an absolute path four slashes, as sqlite:////srv/store.sqlite) and memory:"


def open_store(url: str, clock: Clock | None = None) -> Store:
    """Opens, and makes if missing, the store that `url` names: `sqlite:///PATH` (`~` is expanded) or `memory:`.

    UsageError when the URL is none of ours; StoreError and its kinds when the store cannot be used.
    """
    clock = clock or SystemClock()
    scheme, colon, rest = url.partition(":")
    if scheme == "memory" and colon and rest in ("", "//"):
        from jupyter_runt.store.memory import MemoryStore

        return MemoryStore(clock)
    if scheme == "sqlite" and rest.startswith("///") and rest != "///":
        from jupyter_runt.store.sqlite import SqliteStore

        return SqliteStore(Path(rest[3:]).expanduser(), clock)
    if scheme in ("postgresql", "postgres"):
        raise NotSupportedYet("A store on PostgreSQL is not supported yet.", remedy=ACCEPTED)
    raise UsageError(f"{url!r} is not the URL of a store.", remedy=ACCEPTED)
