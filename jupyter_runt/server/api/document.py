"""`GET runt/api/openapi.yaml` and `.json`, and what every other path below `runt/api` answers."""

from __future__ import annotations

from typing import NoReturn

from jupyter_runt.errors import NotFound
from jupyter_runt.server.access import may
from jupyter_runt.server.base import RuntHandler
from jupyter_runt.server.contract import DOCUMENT, contract


class DocumentHandler(RuntHandler):
    """The description of all this, as its file is."""

    @may("read")
    async def get(self) -> None:
        self.finish(await self.call(DOCUMENT.read_bytes), set_content_type="application/yaml")


class DocumentJsonHandler(RuntHandler):
    """The same as JSON."""

    @may("read")
    async def get(self) -> None:
        self.reply((await self.call(contract)).document)


class NothingHandler(RuntHandler):
    """Tells who may look that there is nothing."""

    @may("read")
    async def get(self) -> NoReturn:
        raise self.nothing()

    @may("read")
    async def post(self) -> NoReturn:
        raise self.nothing()

    @may("read")
    async def put(self) -> NoReturn:
        raise self.nothing()

    @may("read")
    async def patch(self) -> NoReturn:
        raise self.nothing()

    @may("read")
    async def delete(self) -> NoReturn:
        raise self.nothing()

    def nothing(self) -> NotFound:
        """What is raised."""
        return NotFound(
            f"There is nothing at {self.request.path:.200}.", remedy="GET runt/api/openapi.yaml lists what there is."
        )
