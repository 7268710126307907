"""What a turn wants written, and the one transaction that writes it.

A store that cannot be written for a while (a full disk, a lock held by another process) stops the run, not the kernel: the
journal keeps what is printed, and the same facts are tried again until `PATIENCE` is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_runt.errors import StoreError, StoreTooNew
from jupyter_runt.events import Draft, codec
from jupyter_runt.run import instructions as do
from jupyter_runt.run.state import RunState, summary
from jupyter_runt.store import outbox
from jupyter_runt.store.base import Blob, Claim, Instant, Store, Summary

PATIENCE = 60.0
RETRY = 1.0


class Commits:
    """Collects facts and instructions; `orders` are given out only when the facts before them are in the store."""

    def __init__(self, store: Store, claim: Claim, state: RunState) -> None:
        self._store, self._claim, self._state = store, claim, state
        self._drafts: list[Draft] = []
        self._cursor: Mapping[str, Any] | None = None
        self._summary: Summary | None = None
        self._stuck_since: float | None = None
        self.stored: Mapping[str, Any] | None = None
        """The journal's cursor as the store has it."""
        self.signals: list[int] = []
        self.place: str | None = None
        """Where the kernel that is about to be started will live."""
        self.orders: list[do.Instruction] = []
        self.retry_at: float | None = None

    @property
    def stuck(self) -> bool:
        """Whether the last transaction failed and waits to be tried again."""
        return self._stuck_since is not None

    @property
    def waiting(self) -> bool:
        """Whether the next commit has something to write."""
        return bool(self._drafts or self.signals)

    def add(self, drafts: Iterable[Draft]) -> None:
        self._drafts += drafts

    def take_orders(self) -> list[do.Instruction]:
        """The instructions whose facts are committed, each once."""
        orders, self.orders = self.orders, []
        return orders

    def commit(self, cursor: Mapping[str, Any] | None, now: Instant) -> bool:
        """Writes what was collected. False: the store would not take it; it will be tried again.

        Raises StaleEpoch, StoreTooNew, and any other StoreError when the patience is over.
        """
        self._cursor = cursor
        return self.retry(now)

    def retry(self, now: Instant) -> bool:
        """Tries once more. See `commit`."""
        if self.retry_at is not None and now.mono < self.retry_at:
            return False
        if self.waiting:
            try:
                self._append()
            except StoreTooNew:
                raise  # time does not mend that
            except StoreError:
                self._stuck_since = self._stuck_since or now.mono
                if now.mono - self._stuck_since > PATIENCE:
                    raise
                self.retry_at = now.mono + RETRY
                return False
        self._stuck_since = self.retry_at = None
        return True

    def _append(self) -> None:
        if self.place is not None:
            self._store.set_place(self._state.run_id, self._claim.epoch, self.place)
            self.place = None
        blobs: dict[str, bytes] = {}
        facts = [codec.externalise(draft, blobs) for draft in self._drafts]
        projection = Summary(**summary(self._state))
        self._state.seq = self._store.append(
            self._state.run_id,
            self._claim.epoch,
            facts,
            summary=projection if projection != self._summary else None,
            cursor=self._cursor,
            blobs=[Blob(name, content) for name, content in blobs.items()],
            signals=self.signals,
            occasions=outbox.occasions(self._store, self._state, self._drafts),
            durable=self._state.ended,
        )
        self._summary, self._drafts, self.signals, self.stored = projection, [], [], self._cursor
