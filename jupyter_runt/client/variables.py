"""The names of the variables that a queued run may refer to: those of the workers that may take it."""

from __future__ import annotations

from jupyter_runt.kernel.place import here
from jupyter_runt.kernel.process import environment
from jupyter_runt.store.base import Store
from jupyter_runt.store.life import is_held


def known_variables(store: Store, *, starts_worker: bool) -> tuple[set[str], list[str]]:
    """The names, and in words whose they are. A worker that would be started from here has this process's own. Both are
    empty when nobody can tell: no worker lives, and none will be started."""
    place, at_home = here(), False
    names: set[str] = set()
    owners: list[str] = []
    for worker in store.workers():
        ours = worker.place == place
        if worker.exclusive or worker.draining or (ours and not is_held(worker.lock)):
            continue  # it takes no runs from the queue (any more)
        at_home |= ours
        names.update(worker.variables)
        owners.append(f"{worker.worker_id} on {worker.host}")
    if starts_worker and not at_home:
        names.update(environment())
        owners.append("this process, which would start one")
    return names, owners
