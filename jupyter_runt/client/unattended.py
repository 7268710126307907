"""Ending a run that no worker has: the same decisions, carried out by whoever asks."""

from __future__ import annotations

import os

from jupyter_runt.events import Draft
from jupyter_runt.kernel.place import here
from jupyter_runt.run.decide import step
from jupyter_runt.run.instructions import KernelExited, Signalled, Stimulus
from jupyter_runt.run.state import RunState, apply, summary
from jupyter_runt.store import history, outbox
from jupyter_runt.store.base import Clock, RunRow, Store, Summary


def end_unattended(store: Store, clock: Clock, run_id: str) -> bool:
    """Carries out a cancel or kill of a run that has not begun, or whose kernel was at a place that no worker of this one can
    reach, if nobody drives it; False when a worker will heed the signal."""
    row = store.run(run_id)
    has_begun = row.status != "queued"
    if row.ended or (has_begun and not _is_out_of_reach(store, row)):
        return False
    if not any(each.kind in ("cancel", "kill") for each in store.signals(run_id)):
        return False
    if has_begun:  # elsewhere: who ends it by hand takes it from there
        store.set_place(run_id, row.epoch, "")
    name = f"client-{os.getpid()}"
    claim = store.claim(name, here(), run_id=run_id)
    if claim is None:
        return False
    state, now = RunState(run_id), clock.now()
    for event in history.events(store, run_id):
        apply(state, event)
    signals = store.signals(run_id)
    claimed = Draft(
        "run.claimed", {"worker": name, "epoch": claim.epoch, "clock": now.mono, "boot": now.boot}, at=now.wall
    )
    apply(state, claimed)
    stimuli: list[Stimulus] = [
        Signalled(row.kind, row.requested_by) for row in signals if row.kind in ("cancel", "kill")
    ]
    if state.kernel in ("starting", "ready", "stopping"):
        stimuli.append(
            KernelExited()
        )  # as far as this run is concerned; if it lives, it ends itself when nobody comes for it
    decision = step(state, stimuli, now.mono, now.wall)
    numbers = [row.number for row in signals]
    facts = [claimed, *decision.events]
    told, short = outbox.occasions(store, state, facts), Summary(**summary(state))
    store.append(run_id, claim.epoch, facts, summary=short, signals=numbers, occasions=told, durable=True)
    return True


def _is_out_of_reach(store: Store, row: RunRow) -> bool:
    """Whether the run's kernel was elsewhere and its lease is over."""
    return any(each.run_id == row.run_id for each in store.runs_elsewhere(here()))
