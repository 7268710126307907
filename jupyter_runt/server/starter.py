"""A worker for what was just submitted, started beside the answer to its submitter."""

from __future__ import annotations

import asyncio
from logging import Logger

from jupyter_runt.client.local import LocalClient
from jupyter_runt.errors import RuntError


class Starter:
    """One look at a time, in a thread of its own: a supervisor that is just ending keeps it waiting for seconds."""

    def __init__(self, client: LocalClient) -> None:
        self.enabled = True
        self._client = client
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def soon(self, log: Logger) -> None:
        """Sees to it that a worker lives; returns at once. A run that comes while it looks is looked at once more."""
        self._again = True
        if self.enabled and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._look(log))
            self._task.add_done_callback(lambda task: _tell(task, log))

    async def _look(self, log: Logger) -> None:
        while self._again:
            self._again = False
            try:
                pid = await asyncio.to_thread(self._client.ensure_worker)
            except (RuntError, OSError) as error:
                log.warning("runt: no worker could be started: %s", error)
            else:
                if pid is not None:
                    log.info("runt: a worker was started (pid %d)", pid)

    async def close(self) -> None:
        """Waits for a look that goes on: it uses the store."""
        if self._task is not None:
            await asyncio.wait([self._task])


def _tell(task: asyncio.Task[None], log: Logger) -> None:
    """A defect of ours, told when it happens: nobody awaits the task."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("runt: starting a worker failed", exc_info=error)
