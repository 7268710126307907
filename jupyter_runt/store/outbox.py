"""What a run's facts give to tell, looked up where it depends on earlier runs. Whoever appends facts that end a run asks here."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_runt.errors import RunNotFound
from jupyter_runt.events import Draft, codec
from jupyter_runt.run import notifications
from jupyter_runt.run.notifications import Occasion, Past
from jupyter_runt.run.state import RunState
from jupyter_runt.store.base import Store


def occasions(store: Store, state: RunState, facts: Sequence[Draft]) -> list[Occasion]:
    """What is to be written with these facts, which `state` holds already. StoreError."""
    return notifications.occasions(state, facts, lambda: _has_recovered(store, state))


def _has_recovered(store: Store, state: RunState) -> bool:
    def asked_for_the_same(past: Past) -> bool:
        if notifications.SCHEDULE in state.labels:
            return True
        try:
            (first,) = store.read(past.run_id, 0, 1)  # a page more would be a megabyte
        except RunNotFound:  # somebody has deleted it just now
            return False
        return bool(codec.inline(first, store.blob).data.get("parameters", {}) == state.parameters)

    return notifications.has_recovered(state.health, store.earlier(state.run_id), asked_for_the_same)
