"""What runs need around them: kernels that can be started, room on the disks, a clock, and nobody who ends workers at logout."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from jupyter_runt.client import systemd
from jupyter_runt.client.doctor.finding import Finding
from jupyter_runt.client.systemd import System
from jupyter_runt.errors import RuntError
from jupyter_runt.store.base import RunFilter, Store

NEEDED_BYTES = 200 << 20
CLOCK_SECONDS = 60.0
ASK_SECONDS = 2.0
_LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")


def findings(store: Store, now: float) -> Iterator[Finding]:
    """`now` is the wall clock."""
    yield from runtimes()
    yield from disks([Path(store.url.partition(":///")[2] or "/").parent, store.runtime])
    newest = store.runs(RunFilter(limit=1))
    if newest and newest[0].submitted_at > now + CLOCK_SECONDS:
        ahead = newest[0].submitted_at - now
        yield Finding("clock", f"it was set back: run {newest[0].run_id} was submitted {ahead:.0f} s from now", "note")
    yield service_manager(System(os.environ))


def runtimes() -> Iterator[Finding]:
    """Each kernelspec: whether a kernel can be started from it."""
    from jupyter_runt.kernel import specs

    for name in specs.known():
        try:
            launch = specs.resolve(name, ".")
        except RuntError as error:
            yield Finding("runtime", str(error), "FAIL")
            continue
        lossy = "without the agent: what it prints while no worker listens may be lost"
        yield Finding("runtime", f"{name}: {launch.argv[0]}, {'with the agent' if launch.agent else lossy}")


def disks(folders: list[Path]) -> Iterator[Finding]:
    """Whether there is room for more events and journals; a disk is told of once."""
    seen = set()
    for folder in folders:
        try:
            device, free = folder.stat().st_dev, shutil.disk_usage(folder).free
        except OSError:
            continue
        if device in seen:
            continue
        seen.add(device)
        if free < NEEDED_BYTES:
            text = (
                f"only {free >> 20} MB are free for {folder}: free some space, or remove old runs (jupyter runt prune)"
            )
            yield Finding("disk", text, "FAIL")
        else:
            yield Finding("disk", f"{free >> 30:,} GB are free for {folder}")


# -- who ends workers --------------------------------------------------------------------------------------------------


def service_manager(system: System) -> Finding:
    """Whether a worker that is started from here outlives who started it, and the user's logout."""
    if any(system.has(mark) for mark in (".dockerenv", "run/.containerenv")):
        return _note("workers and kernels end with this container; the next start takes care of their runs")
    if not system.runs_systemd:
        return _note(
            "no systemd: workers and kernels live until this machine ends; the next start takes care of their runs"
        )
    unit, lingers = system.unit, system.lingers
    if systemd.scope(system) or unit.startswith(systemd.OWN_UNIT):
        if lingers:
            return Finding(
                "service", "workers run in a systemd scope of their own and outlive your logout (lingering is on)"
            )
        return _note(
            "workers run in a systemd scope of their own, which ends with your last session: loginctl enable-linger keeps them"
        )
    if unit.endswith(".service"):
        return _note(
            f"this is part of the service {unit}, and a worker that is started from here ends with it: systemd-run --user does "
            f"not work here{'' if lingers else ' (loginctl enable-linger may help)'}"
        )
    kills = _kills_user_processes(system)
    if kills is False:
        return Finding("service", "workers outlive your logout (KillUserProcesses=no)")
    known = "ends" if kills else "may end"
    return _note(
        f"your logout {known} workers that are started from here (KillUserProcesses={'yes' if kills else 'unknown'}): "
        f"{'start them from a service of your own' if lingers else 'loginctl enable-linger keeps them'}"
    )


def _note(text: str) -> Finding:
    return Finding("service", text, "note")


def _kills_user_processes(system: System) -> bool | None:
    """What logind says; None when it cannot be asked."""
    program = shutil.which("busctl", path=system.environ.get("PATH"))
    if program is None:
        return None
    command = [program, "get-property", *_LOGIND, "KillUserProcesses"]
    try:
        asked = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=ASK_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return {"b true": True, "b false": False}.get(asked.stdout.strip())
