"""Notifications as faces show them, and what a worker that sends them asks of its client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_runt.client import servers
from jupyter_runt.events.codec import iso
from jupyter_runt.store.base import Store
from jupyter_runt.store.notifications import PENDING, NotificationRow


@dataclass(frozen=True, slots=True)
class NotificationsDesk:
    """What a worker that sends notifications asks of its client."""

    store: Store

    def link(self, run_id: str) -> str | None:
        """The run's live page, where a server shows it now."""
        return servers.page_url(self.store, run_id)


def listed(store: Store, run_id: str) -> list[dict[str, Any]]:
    """What a run gave to tell, and what came of it. A target is the reference that stands for its URL, never the URL."""
    return [_shown(row) for row in store.notifications(run_id)]


def _shown(row: NotificationRow) -> dict[str, Any]:
    return {
        "on": list(row.words),
        "target": row.target,
        "status": row.status,
        "attempts": row.attempts,
        "at": iso(row.at),
        "next_at": iso(row.due_at) if row.status == PENDING else None,
        "error": row.error or None,
        "history": [{**each, "at": iso(each["at"])} for each in row.history],
    }
