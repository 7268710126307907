"""Kernels without a run, runs without a worker, and the folders that kernels left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from jupyter_runt.client.doctor.finding import Finding, counted, some
from jupyter_runt.client.local import LocalClient
from jupyter_runt.errors import RunNotFound
from jupyter_runt.kernel import remains
from jupyter_runt.kernel.folder import GONE_SUFFIX, KernelFolder
from jupyter_runt.kernel.identity import Identity

TIDYING_SECONDS = 10.0
"""A worker removes a kernel's folder right after the run's end: so long it is left to it."""


def findings(client: LocalClient, now: float) -> Iterator[Finding]:
    """`now` is the wall clock."""
    lost: list[tuple[KernelFolder, Identity]] = []
    folders: list[KernelFolder] = []
    alive = 0
    for folder in KernelFolder.all(client.store.runtime):
        kernel = remains.process_of(folder)
        if _is_over(client, folder, now):
            if kernel is not None:
                lost.append((folder, kernel))
            elif remains.is_gone(folder):
                folders.append(folder)
        elif kernel is not None:
            alive += 1
            if not remains.is_driven(folder):
                yield Finding("kernels", _undriven(folder, kernel), "note")
    for pid in remains.homeless(client.store.runtime):
        ends = "somebody removed the folder of this kernel, which ends itself within the hour"
        yield Finding("kernels", f"process {pid}: {ends}", "note")
    if lost:
        told = some([f"process {kernel.pid} of run {folder.run_id}" for folder, kernel in lost])
        yield Finding(
            "kernels",
            f"{alive} at work; {counted(len(lost), 'kernel lives', 'kernels live')} on after the end of its run: {told}",
            "FAIL",
            "ends kernels whose run has ended",
            partial(_end, lost),
        )
    else:
        yield Finding("kernels", f"{alive} at work")
    halves = _half_removed(client.store.runtime, now)
    if folders or halves:
        told = some([*(folder.path.name for folder in folders), *(path.name for path in halves)])
        yield Finding(
            "folders",
            f"{counted(len(folders) + len(halves), 'folder')} of kernels that are gone, and whose attempt is over: {told}",
            "FAIL",
            "removes the folders of kernels that are gone",
            partial(_remove, folders, halves),
        )


def _half_removed(runtime: Path, now: float) -> list[Path]:
    """What somebody was removing when he was killed."""
    found = []
    for path in (runtime / "k").glob(f"*{GONE_SUFFIX}"):
        with suppress(FileNotFoundError):  # he lives, and goes on with it
            if now - path.stat().st_mtime > TIDYING_SECONDS:
                found.append(path)
    return found


def _is_over(client: LocalClient, folder: KernelFolder, now: float) -> bool:
    """Whether the attempt that the kernel was started for is. A kernel's folder is made when its run is in the store."""
    try:
        row = client.store.run(folder.run_id)
    except RunNotFound:
        return True
    if row.ended:
        busy = remains.is_driven(folder) and row.finished_at is not None
        return not (busy and 0 <= now - (row.finished_at or 0.0) < TIDYING_SECONDS)
    attempt = int(folder.path.name.rpartition(".")[2])
    return remains.is_gone(folder) and client.state(row.run_id).attempt > attempt


def _undriven(folder: KernelFolder, kernel: Identity) -> str:
    return (
        f"nobody drives the kernel of run {folder.run_id} (process {kernel.pid}): jupyter runt workers --start starts a worker "
        f"that goes on with it; without one it ends itself after {remains.patience(folder):g} s"
    )


def _end(lost: Sequence[tuple[KernelFolder, Identity]]) -> list[str]:
    done = []
    for folder, kernel in lost:
        if not remains.end(kernel):
            done.append(f"process {kernel.pid}, a kernel of run {folder.run_id}, does not end")
            continue
        done.append(f"process {kernel.pid}, a kernel of run {folder.run_id}, was ended")
        if remains.is_gone(folder):
            folder.remove()
    return done


def _remove(folders: Sequence[KernelFolder], halves: Sequence[Path]) -> list[str]:
    gone = [folder for folder in folders if remains.is_gone(folder)]
    for folder in gone:
        folder.remove()
    for path in halves:
        shutil.rmtree(path, ignore_errors=True)
    return [f"{counted(len(gone) + len(halves), 'folder')} of kernels that are gone: removed"]
