"""The named SQL blocks of `sql/queries.sql`."""

from __future__ import annotations

import re
from pathlib import Path

SQL_FOLDER = Path(__file__).with_name("sql")


def load(text: str) -> dict[str, str]:
    """Each block's SQL by its name. A block is `-- name: …`, a comment that says its purpose, and one statement."""
    blocks = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    found: dict[str, str] = {}
    for name, body in zip(blocks[::2], blocks[1::2], strict=True):
        purpose, _, statement = body.partition("\n")
        if name in found or not purpose.startswith("-- ") or not statement.strip():
            raise ValueError(f"SQL block {name}: a name twice, no purpose, or no statement")
        found[name] = statement.strip()
    return found


SQL = load((SQL_FOLDER / "queries.sql").read_text())
