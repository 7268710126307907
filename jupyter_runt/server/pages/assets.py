"""`GET runt/static/{version}/{file}`: the pages' own modules and style, by a version that changes with their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jupyter_runt.errors import NotFound
from jupyter_runt.server.access import may
from jupyter_runt.server.base import IMMUTABLE, RuntFace

FOLDER = Path(__file__).parent / "web"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Assets:
    """Every file as it was when the server started: a page and its modules are of one release, also amid an upgrade."""

    files: dict[str, bytes]
    version: str


@cache
def assets() -> Assets:
    """All of them, read once: they are few and small."""
    files = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return Assets(files, digest.hexdigest()[:12])


class AssetHandler(RuntFace):
    """One file. Modules import each other by relative paths, so the version stands in the path and not behind it."""

    @may("read")
    async def get(self, version: str, file: str) -> None:
        found = assets()
        if file not in found.files:
            raise NotFound(f"The pages have no file {file!r:.80}.", remedy="Load the page again.")
        kept = IMMUTABLE if version == found.version else "no-cache"
        self.set_header("Cache-Control", kept)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Type", TYPES[Path(file).suffix])
        self.finish(found.files[file])
