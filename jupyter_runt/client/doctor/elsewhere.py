"""What other stores left behind: the runtime folders of those that are gone, the temporary ones of processes that were killed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from jupyter_runt.client.doctor.finding import Finding, counted, some
from jupyter_runt.errors import StoreError
from jupyter_runt.kernel import remains
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.store import scratch
from jupyter_runt.store.places import STORE_NOTE, far_folder
from jupyter_runt.store.presence import somebody_lives


def findings(now: float) -> Iterator[Finding]:
    """`now` is the wall clock. All of it is no fault of the store at hand: notes."""
    killed = [folder for folder in scratch.abandoned(now) if _is_deserted(folder / "run")]
    if killed:
        yield Finding(
            "leftovers",
            f"{counted(len(killed), 'temporary store')} of processes that were killed: {some([str(each) for each in killed])}",
            "note",
            "removes temporary stores of processes that were killed",
            partial(_remove, killed, lambda folder: _is_deserted(folder / "run")),
        )
    orphaned, unsure = _orphaned()
    if orphaned:
        yield Finding(
            "leftovers",
            f"{counted(len(orphaned), 'folder')} for sockets and locks of stores that are gone: "
            f"{some([str(_store_of(each)) for each in orphaned])}",
            "note",
            "removes folders for sockets and locks whose store is gone",
            partial(_remove, orphaned, _is_orphaned),
        )
    for folder in unsure:
        yield Finding(
            "leftovers",
            f"{folder} holds journals of kernels, but its store {_store_of(folder)} is not there: when that is no disk which is "
            "not mounted now, remove the folder",
            "note",
        )


def _orphaned() -> tuple[list[Path], list[Path]]:
    """The folders to be removed, and those that hold what somebody may miss: the store's disk may only be away."""
    try:
        folders = sorted(path for path in far_folder().iterdir() if path.is_dir())
    except (OSError, StoreError):
        return [], []
    found = [folder for folder in folders if _is_orphaned(folder)]
    unsure = [folder for folder in found if any(KernelFolder.all(folder)) and not _has_neighbours(_store_of(folder))]
    return [folder for folder in found if folder not in unsure], unsure


def _store_of(folder: Path) -> Path | None:
    """The store whose folder this is; None when nothing says so."""
    try:
        return Path(os.fsdecode((folder / STORE_NOTE).read_bytes()))
    except OSError:
        return None


def _is_orphaned(folder: Path) -> bool:
    store = _store_of(folder)
    # The file is made before the folder, so that a missing one is gone.
    return store is not None and store.is_absolute() and not os.path.lexists(store) and _is_deserted(folder)


def _has_neighbours(store: Path | None) -> bool:
    """Whether the folder that held the store has anything in it: then it is no mount point without its disk."""
    try:
        return store is not None and any(store.parent.iterdir())
    except OSError:
        return False


def _is_deserted(runtime: Path) -> bool:
    """Whether no worker, listener or kernel of this runtime folder lives, here or in another PID namespace."""
    return not somebody_lives(runtime) and all(remains.is_gone(folder) for folder in KernelFolder.all(runtime))


def _remove(folders: Sequence[Path], still: Callable[[Path], bool]) -> list[str]:
    gone = [folder for folder in folders if still(folder)]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return [f"{counted(len(gone), 'folder')} removed: {some([str(each) for each in gone])}"]
