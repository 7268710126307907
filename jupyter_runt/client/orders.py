"""From what a person asks for to what the store at hand is given: notebooks found, variables looked at."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_runt.client.again import again
from jupyter_runt.client.base import Order, Queued, Wishes
from jupyter_runt.client.request import Request
from jupyter_runt.client.variables import known_variables
from jupyter_runt.errors import UsageError
from jupyter_runt.kernel.env_file import read_env_file
from jupyter_runt.notebook import library
from jupyter_runt.settings import MOST_PRIORITY

if TYPE_CHECKING:
    from jupyter_runt.client.local import LocalClient


def queue(client: LocalClient, order: Order, folders: Sequence[str], orphan_timeout: float) -> Queued:
    """Queues the notebook; `folders` are those of templates."""
    if order.notebook == library.STDIN:
        notebook = library.parse(order.content, f"<{order.content_name}>")
        name = order.content_name
    else:
        notebook = library.load(library.find(order.notebook, folders))
        name = os.path.basename(notebook.source_path or order.notebook)
    request = Request(
        notebook=notebook,
        run_id=order.run_id or client.new_id(),
        name=name,
        orphan_timeout=orphan_timeout,
        **options(client, order),
    )
    run_id, created, prepared = client.submit(request)
    return _seen_to(client, order, run_id, created, [str(note) for note in prepared.notes])


def rerun(client: LocalClient, run_id: str, order: Order) -> Queued:
    """Queues an earlier run's notebook again."""
    new_run, created = again(client, run_id, order.run_id, options(client, order))
    return _seen_to(client, order, new_run, created, ())


def options(client: LocalClient, order: Order) -> dict[str, Any]:
    """The keyword arguments of a request that an order gives. UsageError and its kinds."""
    if abs(order.priority) > MOST_PRIORITY:
        raise UsageError(f"A priority lies between -{MOST_PRIORITY} and {MOST_PRIORITY}; {order.priority} does not.")
    variables, looked_at = known_variables(client.store, starts_worker=order.start_worker)
    if order.env_file and looked_at:
        variables |= set(read_env_file(Path(order.env_file)))
    given = {each.name: getattr(order, each.name) for each in fields(Wishes)}
    return {**given, "variables": variables, "looked_at": looked_at}


def _seen_to(client: LocalClient, order: Order, run_id: str, created: bool, warnings: Sequence[str]) -> Queued:
    """A worker is started for a new run when none lives."""
    started = created and order.start_worker and client.ensure_worker() is not None
    return Queued(run_id, created, client.store.run(run_id).status, warnings, started)
