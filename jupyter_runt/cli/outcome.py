"""A run's end as an exit code: one table for every command."""

from __future__ import annotations

from jupyter_runt.run.state import RunState

SUCCEEDED, CELL_FAILED, USAGE, KERNEL, TIMEOUT, STORE, CANCELLED, HEALTH, INTERNAL = 0, 1, 2, 3, 4, 5, 6, 7, 70

BY_REASON = {
    "parameter_error": USAGE,
    "notebook_error": USAGE,
    "kernel_start_failed": KERNEL,
    "kernel_died": KERNEL,
    "cell_timeout": TIMEOUT,
    "run_timeout": TIMEOUT,
    "health_critical": HEALTH,
    "health_warning": HEALTH,
    "health_no_data": HEALTH,
}


def exit_code(state: RunState) -> int:
    """0 when it succeeded, else by why it did not: a cell's own error, interrupt or missing input is 1."""
    if state.status == "succeeded":
        return SUCCEEDED
    if state.status == "cancelled":
        return CANCELLED
    return BY_REASON.get(state.reason or "", CELL_FAILED)
