"""`GET runt/api/monitors` and `…/monitors/{name}`: how everything is that runs watch, and how it was."""

from __future__ import annotations

from jupyter_runt.client import monitors
from jupyter_runt.server.access import may
from jupyter_runt.server.base import RuntHandler


class MonitorsHandler(RuntHandler):
    """What every monitor's newest report says."""

    @may("read")
    async def get(self) -> None:
        self.reply({"monitors": await self.call(monitors.listed, self.client.store)})


class MonitorHandler(RuntHandler):
    """One monitor over time."""

    @may("read")
    async def get(self, name: str) -> None:
        self.reply(await self.call(monitors.history, self.client.store, name, **self.query()))
