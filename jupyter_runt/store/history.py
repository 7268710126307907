"""A run's whole log, page by page, for whoever folds it."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_runt.events import Event, codec
from jupyter_runt.store.base import Store


def events(store: Store, run_id: str, after: int = 0) -> Iterator[Event]:
    """Every event behind `after`. What folding needs is put back from its blobs (`run.submitted`); outputs stay references.

    Raises RunNotFound.
    """
    while page := store.read(run_id, after):
        for event in page:
            yield codec.inline(event, store.blob) if event.type == "run.submitted" else event
        after = page[-1].seq
