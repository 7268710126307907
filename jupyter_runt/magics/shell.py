"""The IPython around us: a notebook's kernel, whose outputs can be shown anew, or a terminal, where text only scrolls."""

from __future__ import annotations

import os
import sys

from jupyter_runt.kernel import recording
from jupyter_runt.kernel.strays import RUN_VARIABLE

shell = recording.shell
"""IPython's shell; None outside of it."""


def is_notebook() -> bool:
    """Whether there is a front end that shows rich outputs and changes them later."""
    return getattr(shell(), "kernel", None) is not None


def is_part_of_a_run() -> bool:
    """Whether a run of ours is executing this code: nobody sits in front of it."""
    return RUN_VARIABLE in os.environ


def can_ask() -> bool:
    """Whether somebody can be asked a question here and now."""
    if is_part_of_a_run():
        return False
    kernel = getattr(shell(), "kernel", None)
    if kernel is not None:
        # ipykernel knows by each request whether its front end answers questions, and names that nowhere else.
        return bool(getattr(kernel, "_allow_stdin", False))
    return sys.stdin is not None and sys.stdin.isatty()
