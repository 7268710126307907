"""A finished run's folded view, kept so that opening it is one read."""

from __future__ import annotations

from jupyter_runt.events import codec
from jupyter_runt.run.view import view_of
from jupyter_runt.store import history
from jupyter_runt.store.base import Store


def save(store: Store, run_id: str) -> None:
    """Folds the run's log once more, from the store: the worker itself keeps no output text."""
    store.save_snapshot(run_id, codec.encode(view_of(run_id, history.events(store, run_id))).encode("ascii"))
