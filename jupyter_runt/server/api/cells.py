"""`GET …/cells/{cell_id}` and `GET …/results`: what a run holds, a piece at a time and whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jupyter_runt.client import contents
from jupyter_runt.errors import NotFound
from jupyter_runt.server.access import may
from jupyter_runt.server.api import serving
from jupyter_runt.server.base import RuntHandler


class CellHandler(RuntHandler):
    """One cell: state, source, outputs as nbformat has them."""

    @may("read")
    async def get(self, run_id: str, cell_id: str) -> None:
        self.finish(await self.call(_as_json, contents.cell, self.client.store, run_id, cell_id))


class ResultsHandler(RuntHandler):
    """The named results: names and types."""

    @may("read")
    async def get(self, run_id: str) -> None:
        self.reply({"run_id": run_id, "results": await self.call(contents.results, self.client.store, run_id)})


class ResultHandler(RuntHandler):
    """One named result: its MIME bundle or, with `?mime=`, one value of it as a file of that type."""

    @may("read")
    async def get(self, run_id: str, name: str) -> None:
        wanted = self.query()["mime"]
        if wanted is None:
            self.finish(await self.call(_as_json, contents.result, self.client.store, run_id, name))
            return
        found = await self.call(contents.result, self.client.store, run_id, name, largest=serving.LARGEST)
        if wanted not in found["data"]:
            raise NotFound(
                f"The result {name!r} cannot be had as {wanted!r:.80}.",
                remedy=f"It is there as {', '.join(found['mime'])}.",
            )
        kind, content = await self.call(serving.raw, wanted, found["data"][wanted])
        serving.guard(self, kind)
        self.finish(content, set_content_type=kind)


def _as_json(function: Callable[..., dict[str, Any]], *arguments: Any) -> str:
    """In a thread, since outputs may be large."""
    return json.dumps(function(*arguments, largest=serving.LARGEST))
