"""Ending a queued run that no worker has: the same decisions, carried out by whoever asks."""

from __future__ import annotations

import os

from jupyter_runt.events import Draft
from jupyter_runt.kernel.place import here
from jupyter_runt.run.decide import step
from jupyter_runt.run.instructions import Signalled
from jupyter_runt.run.state import RunState, apply, summary
from jupyter_runt.store import history
from jupyter_runt.store.base import Clock, Store, Summary


def end_queued(store: Store, clock: Clock, run_id: str) -> bool:
    """Cancels the run if it has not begun and nobody drives it; False when a worker will heed the signal."""
    if store.run(run_id).status != "queued":
        return False
    claim = store.claim(f"client-{os.getpid()}", here(), run_id=run_id)
    if claim is None:
        return False
    state, now = RunState(run_id), clock.now()
    for event in history.events(store, run_id):
        apply(state, event)
    signals = store.signals(run_id)
    claimed = Draft("run.claimed", {"worker": f"client-{os.getpid()}", "epoch": claim.epoch}, at=now.wall)
    apply(state, claimed)
    asked = [Signalled(row.kind, row.requested_by) for row in signals if row.kind in ("cancel", "kill")]
    decision = step(state, asked, now.mono, now.wall)
    numbers = [row.number for row in signals]
    facts = [claimed, *decision.events]
    store.append(run_id, claim.epoch, facts, summary=Summary(**summary(state)), signals=numbers, durable=True)
    return True
