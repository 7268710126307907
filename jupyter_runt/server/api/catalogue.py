"""`GET runt/api/templates`, `…/templates/{name}` and `GET runt/api/runtimes`: what can be run by name, and where."""

from __future__ import annotations

from jupyter_runt.client import catalogue
from jupyter_runt.server.access import may
from jupyter_runt.server.base import RuntHandler


class TemplatesHandler(RuntHandler):
    """The notebooks that can be run by name."""

    @may("read")
    async def get(self) -> None:
        found = await self.call(catalogue.templates, self.context.settings.template_folders)
        self.reply({"templates": found})


class TemplateHandler(RuntHandler):
    """One of them, with what it can be given and its source."""

    @may("read")
    async def get(self, name: str) -> None:
        self.reply(await self.call(catalogue.template, name, self.context.settings.template_folders))


class RuntimesHandler(RuntHandler):
    """The kernelspecs that this server's environment sees; runs that it submits are executed by one of them."""

    @may("read")
    async def get(self) -> None:
        self.reply({"runtimes": await self.call(catalogue.runtimes)})
