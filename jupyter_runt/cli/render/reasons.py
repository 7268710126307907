"""Why something ended, in words, and what to do about it."""

from __future__ import annotations

from jupyter_runt.run.state import RunState

_REASONS = {
    "cell_error": ("an exception", ""),
    "cell_timeout": ("it ran longer than its timeout", "`timeout:` at the cell, or --cell-timeout, gives it more time"),
    "run_timeout": (
        "the run took longer than its timeout",
        "`timeout:` in the notebook's metadata, or --run-timeout, gives it more",
    ),
    "kernel_died": (
        "the kernel died",
        "out of memory is the usual cause; os._exit() and crashes of native code are others",
    ),
    "kernel_start_failed": (
        "the kernel did not start",
        "`jupyter runt runtimes` lists what there is, `jupyter runt doctor` checks it",
    ),
    "input_unavailable": (
        "input() had nobody to answer it",
        "--answer TEXT answers it, --input ask asks here, --input wait waits",
    ),
    "interrupted": ("it was interrupted", ""),
    "cancelled_by_user": ("on request", ""),
    "abandoned": ("the process that executed it is gone", "--survive lets a worker go on with such a run"),
    "parameter_error": (
        "a parameter's value could not be had where the run is driven",
        "look at its environment variables and files",
    ),
    "notebook_error": (
        "its notebook could not be run",
        "correct it, then `jupyter runt schedule run-now ID` runs it at once",
    ),
    "unknown_outcome": (
        "contact with the kernel was lost while it ran: whether it did its work is unknown",
        "look at what it changes before you run it again",
    ),
    "store_damaged": ("what became of it was lost when the store was damaged", ""),
    "health_critical": ("what it watches is in a critical state", ""),
    "health_warning": ("what it watches is not in order", ""),
    "health_no_data": (
        "it found out nothing about what it watches",
        "`fail_on` in the notebook's metadata takes that for a failure",
    ),
    "skip_execution": ("tagged skip-execution", ""),
    "early_exit": ("the notebook left early, by sys.exit(0)", ""),
    "error_allowed": ("an exception, which it may raise", ""),
}


def words(reason: str | None) -> str:
    """A reason as a clause; one that we do not know is given as it is."""
    return _REASONS.get(reason or "", ((reason or "for no known reason").replace("_", " "), ""))[0]


def remedy(reason: str | None, told: str = "") -> str:
    """What to do about it; '' when what was `told` says it all."""
    if reason == "kernel_died" and "out-of-memory" in told:
        return "it needs more memory than it may have: less data at once, or a larger machine"
    return _REASONS.get(reason or "", ("", ""))[1]


def why(state: RunState, reason: str | None) -> str:
    """The reason with what the run says of it: `the kernel died: killed by signal 9`."""
    told, message = words(reason), state.message
    if not message:
        return told
    return message if message.startswith(told) else f"{told}: {message}"
