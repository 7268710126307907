"""Folders of kernels that are gone and whose run is over: who drove it to its end was killed before it removed them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from jupyter_runt.kernel.folder import GONE_SUFFIX, KernelFolder
from jupyter_runt.kernel.remains import is_gone


def left_folders(runtime: Path, is_over: Callable[[str], bool]) -> Iterator[KernelFolder]:
    """Those whose kernel does not live, of runs that `is_over` says of that they have ended or are known no more."""
    for folder in KernelFolder.all(runtime):
        if is_over(folder.run_id) and is_gone(folder):
            yield folder


def remove_left_folders(runtime: Path, is_over: Callable[[str], bool]) -> list[str]:
    """Removes them, and what somebody was just removing when he was killed; returns the runs."""
    removed = []
    for folder in list(left_folders(runtime, is_over)):
        folder.remove()
        removed.append(folder.run_id)
    for half in (runtime / "k").glob(f"*{GONE_SUFFIX}"):
        shutil.rmtree(half, ignore_errors=True)
    return removed
