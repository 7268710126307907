"""The statuses of runs and cells and the moves between them: data, from which the diagram in ARCHITECTURE.md is made.

python -m jupyter_runt.run.transitions      prints the diagram
"""

from __future__ import annotations

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})

# status -> {event type (with `:status` where the event names one) -> next status}
RUN: dict[str, dict[str, str]] = {
    "queued": {
        "kernel.starting": "starting",
        "cell.finished": "queued",
        "run.finished:succeeded": "succeeded",
        "run.finished:failed": "failed",
        "run.finished:cancelled": "cancelled",
    },
    "starting": {
        "kernel.starting": "starting",
        "cell.finished": "starting",
        "run.started": "running",
        "run.retrying": "starting",
        "run.finished:failed": "failed",
        "run.finished:cancelled": "cancelled",
    },
    "running": {
        "cell.finished": "running",
        "input.requested": "waiting",
        "input.taken": "running",
        "run.retrying": "starting",
        "run.finished:succeeded": "succeeded",
        "run.finished:failed": "failed",
        "run.finished:cancelled": "cancelled",
    },
    "waiting": {
        "input.requested": "waiting",
        "input.answered": "running",
        "input.taken": "running",
        "cell.finished": "running",
        "run.retrying": "starting",
        "run.finished:failed": "failed",
        "run.finished:cancelled": "cancelled",
    },
    "succeeded": {},
    "failed": {},
    "cancelled": {},
}

CELL: dict[str, dict[str, str]] = {
    "pending": {
        "cell.started": "running",
        "cell.finished:skipped": "skipped",
        "run.finished": "cancelled",
    },
    "running": {
        "input.requested": "waiting",
        "input.taken": "running",
        "cell.finished:succeeded": "succeeded",
        "cell.finished:failed": "failed",
        "cell.finished:cancelled": "cancelled",
        "run.retrying": "pending",
    },
    "waiting": {
        "input.requested": "waiting",
        "input.answered": "running",
        "input.taken": "running",
        "cell.finished:succeeded": "succeeded",
        "cell.finished:failed": "failed",
        "cell.finished:cancelled": "cancelled",
        "run.retrying": "pending",
    },
    "succeeded": {"run.retrying": "pending"},
    "failed": {"run.retrying": "pending"},
    "cancelled": {"run.retrying": "pending"},
    "skipped": {"run.retrying": "pending"},
}


class IllegalMoveError(ValueError):
    """An event that makes no sense in the present status: a defect of ours, or a damaged log."""


def move(table: dict[str, dict[str, str]], status: str, event: str, outcome: str = "") -> str:
    """The status after `event`. Raises IllegalMoveError, naming the legal ones, when there is none."""
    legal = table[status]
    after = legal.get(f"{event}:{outcome}") or legal.get(event)
    if after is None:
        raise IllegalMoveError(
            f"{event}{outcome and ':' + outcome} while {status}; legal: {', '.join(legal) or 'nothing'}"
        )
    return after


def diagram() -> str:
    """Both tables as one Mermaid text."""
    lines = ["stateDiagram-v2"]
    for name, table, first in (("Run", RUN, "queued"), ("Cell", CELL, "pending")):
        lines += [f"    state {name} {{", f"        [*] --> {name}_{first}"]
        for status, moves in table.items():
            lines.append(f"        {name}_{status}: {status}")
            grouped: dict[str, list[str]] = {}
            for event, after in moves.items():
                grouped.setdefault(after, []).append(event.split(":")[0])
            for after, events in grouped.items():
                lines.append(f"        {name}_{status} --> {name}_{after}: {', '.join(dict.fromkeys(events))}")
            if not moves:
                lines.append(f"        {name}_{status} --> [*]")
        lines.append("    }")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(diagram(), end="")
