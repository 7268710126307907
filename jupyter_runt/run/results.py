"""Named results: values that user code gave a name, for whoever comes to fetch them. The last one of a name wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OURS = "jupyter_runt"
LONGEST_NAME = 200
TEXT_SHOWN = 200
TABLE = "application/vnd.dataresource+json"
"""A table with its columns' types (frictionlessdata.io's Tabular Data Resource), as pandas writes and reads it."""


@dataclass(frozen=True, slots=True)
class Result:
    """A MIME bundle as it stands in event `seq`: large values are references to blobs."""

    name: str
    cell_id: str | None
    seq: int
    data: Mapping[str, Any]
    metadata: Mapping[str, Any]
    health: Mapping[str, Any] | None = None
    """The brief of a report (`run.health`), where the bundle holds one."""

    def to_json(self) -> dict[str, Any]:
        """The result as lists show it: where it comes from, what it can be had as, and the beginning of its text (None
        where it has none, or one that lives in a blob)."""
        text = self.data.get("text/plain")
        shown = text[:TEXT_SHOWN] if isinstance(text, str) else None
        listed = {"name": self.name, "cell_id": self.cell_id, "seq": self.seq, "mime": list(self.data), "text": shown}
        return listed if self.health is None else {**listed, "health": dict(self.health)}


def name_in(metadata: Any) -> str | None:
    """The name that a display's metadata give it, `{"jupyter_runt": {"result": NAME}}`; None without one, or with one that no
    result can have."""
    ours = metadata.get(OURS) if isinstance(metadata, Mapping) else None
    name = ours.get("result") if isinstance(ours, Mapping) else None
    return name if isinstance(name, str) and is_name(name) else None


def is_name(name: str) -> bool:
    """Whether a result can have this name: it stands in URLs, lists and one event."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name.strip() == name and name not in (".", "..")
