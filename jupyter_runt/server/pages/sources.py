"""`GET runt/runs/{run_id}/sources`: what a run's cells say, as HTML for its page. A run's notebook never changes."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from threading import Lock
from typing import Any

from jupyter_runt.client.local import LocalClient
from jupyter_runt.events.codec import encode, inline
from jupyter_runt.notebook import markup
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.server.access import may
from jupyter_runt.server.base import JSON, RuntHandler
from jupyter_runt.store.base import Store

KEPT = 16 << 20
"""Characters of rendered notebooks that a server keeps."""


class SourcesHandler(RuntHandler):
    """All cells in order: `[{id, type, html}]`."""

    @may("read")
    async def get(self, run_id: str) -> None:
        text = await self.context.slow(_kept.get, self.client, run_id)
        self.set_header("Cache-Control", "private, no-cache")  # a removed run's id may be given to another one
        self.set_header("ETag", f'W/"{zlib.crc32(text.encode()):08x}-{len(text)}"')
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return
        self.finish(text, set_content_type=JSON)


class Kept:
    """The rendered notebooks of the runs that were looked at last."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[str, str, float], str] = OrderedDict()
        self._size, self._lock = 0, Lock()

    def get(self, client: LocalClient, run_id: str) -> str:
        """Rendered now, or before. RunNotFound."""
        row = client.store.run(run_id)
        key = (client.store.url, run_id, row.submitted_at)
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        text = encode(rendered(client.store, run_id))
        with self._lock:
            if key not in self._texts:
                self._texts[key] = text
                self._size += len(text)
            while self._size > KEPT and len(self._texts) > 1:
                self._size -= len(self._texts.popitem(last=False)[1])
        return text


_kept = Kept()


def rendered(store: Store, run_id: str) -> list[dict[str, Any]]:
    """The cells of a run as HTML: code in colours, markdown rendered, anything else as text."""
    (submitted,) = store.read(run_id, 0, 1)
    data = inline(submitted, store.blob).data
    notebook = Notebook.from_json(data["notebook"])
    language = str(data["runtime"].get("language") or notebook.language)
    shown = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = markup.markdown(cell.source, cell.attachments)
        else:
            text = markup.code(cell.source, language if cell.cell_type == "code" else "")
        shown.append({"id": cell.id, "type": cell.cell_type, "html": text})
    return shown
