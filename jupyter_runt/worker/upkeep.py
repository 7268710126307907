"""Retention by itself: a worker removes what is beyond the limits, now and then, in a thread of its own.

Several workers of one store may do it at once; they only share the work.
"""

from __future__ import annotations

import asyncio
import logging
import threading

from jupyter_runt.errors import RuntError
from jupyter_runt.store.base import Clock, Store
from jupyter_runt.store.retention import Limits, prune

log = logging.getLogger(__name__)

FIRST_SECONDS = 60.0
"""After a worker's start: it has runs to take first, and many live no longer than this."""
INTERVAL_SECONDS = 3600.0


async def keep_tidy(store: Store, clock: Clock, limits: Limits) -> None:
    """Prunes again and again until it is cancelled. Wait for its end then: its thread uses the store until it has noticed."""
    await asyncio.sleep(FIRST_SECONDS)
    while True:
        await _tidy(store, clock, limits)
        await asyncio.sleep(INTERVAL_SECONDS)


async def _tidy(store: Store, clock: Clock, limits: Limits) -> None:
    cancelled = threading.Event()
    work = asyncio.create_task(
        asyncio.to_thread(prune, store, clock.now().wall, limits, pause=cancelled.wait), name="retention"
    )
    try:
        done = await asyncio.shield(work)
    except asyncio.CancelledError:
        cancelled.set()
        await asyncio.gather(work, return_exceptions=True)
        raise
    except (RuntError, OSError) as error:  # the next round tries again
        log.warning("retention failed: %s", error)
    else:
        if done.runs:
            log.info("retention removed %d runs, %d bytes", done.runs, done.bytes)
