"""The store's file: whether it is sound, where it lies, and how what a damaged one holds is saved."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from jupyter_runt.client.doctor.finding import Finding, counted
from jupyter_runt.errors import RuntError, StoreBusy, StoreCorrupt
from jupyter_runt.store import soundness
from jupyter_runt.store.base import Clock, Store
from jupyter_runt.store.open import open_store
from jupyter_runt.store.places import runtime_folder
from jupyter_runt.store.salvage import salvage

LARGE_LOG_BYTES = 256 << 20
"""Four times the size at which every writer tries to cut the log back."""


def file_of(url: str) -> Path | None:
    """The store's file; None when the store has none."""
    scheme, _, path = url.partition(":///")
    return Path(path).expanduser().resolve() if scheme == "sqlite" and path else None


def soundness_of(url: str, clock: Clock) -> Finding:
    """Reads the whole store. Nobody in this process may have it open: a fix puts another file in its place.

    Raises StoreError when the store cannot be used for a reason that is no damage.
    """
    path = file_of(url)
    try:
        store = open_store(url, clock)  # brings an older one to this release's form
        shown = store.url
        store.close()
        fault = soundness.faults(path) if path is not None else ""
    except StoreCorrupt as error:
        shown, fault = "", error.message
    except sqlite3.Error as error:
        raise StoreBusy(f"The store {path} cannot be checked now: {error}.", remedy="Try again in a moment.") from error
    if not fault:
        return Finding("store", f"{shown} is sound")
    return Finding(
        "store",
        f"{shown}{' is damaged: ' if shown else ''}{fault}",
        "FAIL",
        "saves what the damaged store holds to a new one, and keeps the damaged file",
        partial(_salvage, path),
    )


def findings(store: Store) -> Iterator[Finding]:
    """What else there is to say of a sound store."""
    path = file_of(store.url)
    yield Finding("runtime", f"{store.runtime} holds sockets, locks and journals, {_why_there(store, path)}")
    if path is None:
        return
    if store.shared:
        host = soundness.host(path)
        yield Finding(
            "network",
            f"{path} lies on a network file system: slower, for there is no write-ahead log, and for one host at a time"
            f"{f' (now {host})' if host else ''}; a local disk is better: --store sqlite:///PATH, or c.Runt.store in "
            "jupyter_runt_config.py",
            "note",
        )
    log = path.with_name(f"{path.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LARGE_LOG_BYTES:
        text = f"{log} has grown to {size >> 20:,} MB: some process has read from the store for long without an end"
        yield Finding("store", text, "note")
    kept = list(path.parent.glob(f"{path.name}.damaged-*"))
    if kept:
        size = sum(each.stat().st_size for each in kept)
        files = counted(len(kept), "file")
        text = (
            f"{files} of stores that were damaged ({(size >> 20) + 1:,} MB) in {path.parent}: remove what nobody misses"
        )
        yield Finding("store", text, "note")


def _why_there(store: Store, path: Path | None) -> str:
    if path is None or store.runtime.parent == path.parent:
        return "beside the store" if path else "in memory's stead"
    if store.shared:
        return "since a network file system is no place for them"
    return "since the path beside the store is too long for sockets"


def _salvage(path: Path | None) -> list[str]:
    if path is None:
        raise RuntError("a store in memory cannot be saved")
    return [str(salvage(path, runtime_folder(path), time.time()))]
