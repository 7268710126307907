"""Ctrl-C, or a front end's stop button: one message below the cell, as with every error."""

from __future__ import annotations


class Interrupted(KeyboardInterrupt):
    """Somebody interrupted a cell of `%runt`, or its waiting for runs, which go on."""

    def _render_traceback_(self) -> list[str]:
        return [str(self) or "interrupted"]


def detached(run_id: str) -> Interrupted:
    """What to raise when the waiting for this run was interrupted."""
    return Interrupted(
        f"Run {run_id} goes on: `%runt follow {run_id}` comes back to it, `%runt cancel {run_id}` ends it."
    )
