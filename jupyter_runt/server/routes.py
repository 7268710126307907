"""The table of routes. `path` is what openapi.yaml calls it; a test compares the two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_runt.server import status

PARTS = {
    "run_id": r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}",
    "sha256": r"[0-9a-f]{64}",
    "seq": r"[0-9]{1,10}",
}
"""What a part of a path looks like, where it is not anything but a slash."""


@dataclass(frozen=True, slots=True)
class Route:
    """One path and who answers there."""

    path: str
    handler: type[Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pattern(self) -> str:
        """For tornado: parts in braces become arguments of the handler's methods, by name."""
        return re.sub(r"{(\w+)}", lambda part: f"(?P<{part[1]}>{PARTS.get(part[1], '[^/]+')})", self.path)


ROUTES = (Route("/runt/api/status", status.StatusHandler),)
