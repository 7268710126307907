"""`GET runt/api/status` and `GET runt/api/workers`: one look at store, queue and workers."""

from __future__ import annotations

from jupyter_runt.client.rows import workers_json
from jupyter_runt.server import identity
from jupyter_runt.server.access import may
from jupyter_runt.server.base import RuntHandler


class StatusHandler(RuntHandler):
    """Also the cheapest way to see whether the extension answers."""

    @may("read")
    async def get(self) -> None:
        self.reply({**await self.call(self.client.status), "own_names": identity.own_names(self)})


class WorkersHandler(RuntHandler):
    """Who takes runs from the queue."""

    @may("read")
    async def get(self) -> None:
        self.reply({"workers": await self.call(workers_json, self.client.store)})
