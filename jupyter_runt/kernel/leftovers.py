"""Folders of kernels that are gone and whose run is over: who drove it to its end was killed before it removed them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from jupyter_runt.kernel.folder import GONE_SUFFIX, KernelFolder
from jupyter_runt.kernel.remains import is_gone


def remove_left_folders(runtime: Path, is_over: Callable[[str], bool]) -> None:
    """Removes those of runs that `is_over` says of that they have ended or are known no more, and what somebody was just
    removing when he was killed."""
    for folder in list(KernelFolder.all(runtime)):
        if is_over(folder.run_id) and is_gone(folder):
            folder.remove()
    for half in (runtime / "k").glob(f"*{GONE_SUFFIX}"):
        shutil.rmtree(half, ignore_errors=True)
