"""`GET runt/api/blobs/{sha256}`: the bytes of a large value, for whoever may read a run that refers to it."""

from __future__ import annotations

from http import HTTPStatus

from jupyter_runt.errors import NotFound
from jupyter_runt.server.access import may, may_read_run
from jupyter_runt.server.api.serving import UNKNOWN
from jupyter_runt.server.base import IMMUTABLE, RuntHandler


class BlobHandler(RuntHandler):
    """The name says what the bytes are, so they never change."""

    sha256 = ""

    @may("read")
    async def get(self, sha256: str) -> None:
        if not await self._may_read(sha256):
            raise NotFound("There is no such blob.", remedy="It goes with the last run that refers to it.")
        self.sha256 = sha256
        self.set_header("Cache-Control", IMMUTABLE)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_etag_header()
        if self.check_etag_header():
            self.set_status(HTTPStatus.NOT_MODIFIED)
            self.finish()
            return
        content = await self.call(self.client.store.blob, sha256)
        self.finish(content, set_content_type=UNKNOWN)

    def compute_etag(self) -> str | None:
        """Tornado would hash the bytes once more."""
        return f'"{self.sha256}"' if self.sha256 else None

    async def _may_read(self, sha256: str) -> bool:
        """Also for the 304: what a client still has in its cache is not confirmed to one who may not read it any more."""
        for run_id in await self.call(self.client.store.blob_runs, sha256):
            if await may_read_run(self, run_id):
                return True
        return False
