"""A run's export, straight from a store."""

from __future__ import annotations

from jupyter_runt.client.export import Export
from jupyter_runt.store import history
from jupyter_runt.store.base import Store


def exported(store: Store, run_id: str) -> Export:
    return Export(run_id, history.events(store, run_id), store.blob)
