"""The queue of runs and its workers, as a monitor sees them: in the store of the run that we are part of, else in the user's own."""

from __future__ import annotations

import os
from contextlib import closing

from jupyter_runt import settings
from jupyter_runt.client.census import Census, census
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.open import open_store


def look_at_runs(store: str = "") -> Census:
    """The store's numbers, by its URL where one is given. StoreError, UsageError."""
    url = settings.load(os.environ, store=store or None).store
    with closing(open_store(url)) as opened:
        return census(opened, SystemClock())
