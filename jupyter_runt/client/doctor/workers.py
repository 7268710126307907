"""Workers, and what those that are no more left: their lines in the store, their locks, sockets, and the sockets of followers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from jupyter_runt.client import spawn
from jupyter_runt.client.doctor.finding import Finding, counted, some
from jupyter_runt.kernel.place import here
from jupyter_runt.store import life
from jupyter_runt.store.base import RunFilter, Store
from jupyter_runt.store.life import bury_the_dead, is_held
from jupyter_runt.store.presence import answers

LOCKING_SECONDS = 60.0
"""A worker makes its lock's file a moment before it locks it: a younger one that nobody holds is left alone."""


def findings(store: Store, now: float, idle_exit: float) -> Iterator[Finding]:
    """`now` is the wall clock; `idle_exit` is for a worker that is started for freed runs."""
    rows = store.workers()
    dead = [each for each in rows if life.worker_is_dead(store, each, here())]
    elsewhere = [each for each in rows if each.place != here() and each not in dead]
    alive = f"{len(rows) - len(dead) - len(elsewhere)} alive"
    if elsewhere:
        alive += f"; {len(elsewhere)} at another place, which cannot be looked into: {some([each.worker_id for each in elsewhere])}"
    if dead:
        yield Finding(
            "workers",
            f"{alive}; dead: {some([each.worker_id for each in dead])}",
            "FAIL",
            "buries dead workers: their runs are free for another one",
            partial(_bury, store, idle_exit),
        )
    else:
        yield Finding("workers", alive)
    known = {Path(path).name for each in rows for path in (each.lock, each.socket)}
    left = [*_stale_files(store.runtime / "w", known, now), *_stale_sockets(store.runtime / "bell")]
    if left:
        yield Finding(
            "sockets",
            f"{counted(len(left), 'lock or socket', 'locks and sockets')} of processes that are gone",
            "FAIL",
            "removes locks and sockets that nobody holds",
            partial(_remove, left),
        )
    waiting = store.runs(RunFilter(status=["queued"], limit=1000))
    alone = waiting and not any(not each.exclusive for each in rows if each not in dead)
    text = f"{counted(len(waiting), 'run')} queued"
    if alone:
        text += "; no worker lives to take them: jupyter runt workers --start"
    yield Finding("queue", text, "FAIL" if alone else "ok")


def _bury(store: Store, idle_exit: float) -> list[str]:
    freed = bury_the_dead(store, here())
    if not freed:
        return ["dead workers were buried"]
    spawn.ensure_worker(store, idle_exit, patient=False)
    return [f"dead workers were buried; a worker takes over {counted(len(freed), 'run')}: {some(freed)}"]


def _stale_files(folder: Path, known: set[str], now: float) -> Iterator[Path]:
    """Of workers that the store does not know any more; those that it does know are buried."""
    for path in sorted(folder.glob("*")):
        if path.name in known:
            continue
        if path.suffix == ".lock" and _age(path, now) > LOCKING_SECONDS and not is_held(str(path)):
            yield path
        elif path.suffix == ".sock" and _is_stale(path):
            yield path


def _stale_sockets(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*")) if _is_stale(path))


def _is_stale(path: Path) -> bool:
    """A socket answers from the moment on that its file is there. Its owner removes the file a moment after it has closed it."""
    return not answers(path) and path.is_socket()


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _remove(paths: Sequence[Path]) -> list[str]:
    gone = [path for path in paths if (_is_stale(path) if path.suffix != ".lock" else not is_held(str(path)))]
    for path in gone:
        path.unlink(missing_ok=True)
    return [f"{counted(len(gone), 'lock or socket', 'locks and sockets')} of nobody: removed"]
