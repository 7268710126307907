"""Python imports this by its name at the start of every process of a round; the product does not know of it.

RUNT_CRASH names a file. While that file exists, it says `POINT COUNT WHOM NUMBER`: at the COUNT-th call of POINT from then
on, WHOM is hit. Whoever hits removes the file first, so it happens once, although all workers to come have the same
environment. WHOM: the victims of points.py, or `stop` (the process itself is stopped, to be continued by the test).

RUNT_CLOCK names a file with the seconds by which somebody has set the machine's clock ahead.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import signal
import sys
import time
from collections import Counter
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

ORDER, CLOCK = os.environ.get("RUNT_CRASH", ""), os.environ.get("RUNT_CLOCK", "")
_calls: Counter[str] = Counter()


class Hook(MetaPathFinder):
    """Wraps the functions of the points as soon as their module has been executed, before anybody can import them from it."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        found = [point for point in POINTS.values() if point.module == name]
        if not found:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                for point in found:
                    wrap(module, point)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def wrap(module: Any, point: Any) -> None:
    """Puts the point around its function. AttributeError, which ends the process loudly, when there is none of that name."""
    *owners, name = point.function.split(".")
    owner = functools.reduce(getattr, owners, module)
    function = getattr(owner, name)

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        if point.before:
            reached(point, options, None)
            return function(*arguments, **options)
        result = function(*arguments, **options)
        reached(point, options, result)
        return result

    setattr(owner, name, call)


def reached(point: Any, options: Any, result: Any) -> None:
    """Hits whom the order says, when this is the call it means."""
    try:
        order = Path(ORDER).read_text()
    except FileNotFoundError:
        return
    name, count, whom, _ = order.split(" ")
    if name != point.name or not point.counts(options, result):
        return
    _calls[order] += 1
    if _calls[order] == int(count):
        try:
            os.unlink(ORDER)
        except FileNotFoundError:
            return  # another process was quicker
        hit(whom.replace("_", " "))


def hit(whom: str) -> None:
    """Kills, in one go; what was hit here does not return."""
    own, parent = os.getpid(), os.getppid()
    if whom == "stop":
        os.kill(own, signal.SIGSTOP)
        return
    if whom in ("kernel", "all at once"):
        for pid in kernels():
            os.kill(pid, signal.SIGKILL)
    if whom in ("supervisor and worker", "all at once"):
        for pid in filter(is_worker, [parent, *children(own)]):
            os.kill(pid, signal.SIGKILL)
    if whom != "kernel":
        os.kill(own, signal.SIGKILL)


def kernels() -> list[int]:
    """The kernels, and what they started, of this process's home."""
    home = f"HOME={os.environ['HOME']}".encode()
    return [
        pid
        for pid, variables in _processes("environ")
        if home in variables and any(each.startswith(b"JUPYTER_RUNT_RUN_ID=") for each in variables)
    ]


def children(parent: int) -> list[int]:
    return [pid for pid, said in _processes("stat") if int(said[0].rpartition(b") ")[2].split()[1]) == parent]


def is_worker(pid: int) -> bool:
    try:
        return b"\0jupyter_runt.cli\0worker\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _processes(file: str) -> list[tuple[int, list[bytes]]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found.append((int(folder.name), (folder / file).read_bytes().split(b"\0")))
        except OSError:
            continue  # it has ended meanwhile
    return found


if ORDER:
    from tests.chaos.points import POINTS

    sys.meta_path.insert(0, Hook())

if CLOCK:
    right = time.time
    time.time = lambda: right() + float(Path(CLOCK).read_text())
