"""Starting a worker so that systemd does not end it with whoever started it."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OWN_UNIT = "jupyter-runt-"
TRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class System:
    """Where the system says what it is."""

    environ: Mapping[str, str]
    root: Path = Path("/")

    def has(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return (self.root / path).exists()

    @property
    def runs_systemd(self) -> bool:
        """As of sd_booted(3)."""
        return self.has("run/systemd/system")

    @property
    def unit(self) -> str:
        """The systemd unit that this process belongs to; '' when there is none."""
        try:
            return control_group((self.root / "proc/self/cgroup").read_text())
        except OSError:
            return ""

    @property
    def lingers(self) -> bool:
        """Whether the user's own service manager, with the scopes in it, outlives the user's last session."""
        return self.has(f"var/lib/systemd/linger/{self._user}")

    @property
    def _user(self) -> str:
        try:
            return pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:  # a container's user without a line in passwd
            return self.environ.get("USER", "")


def control_group(text: str) -> str:
    """The innermost systemd unit, from the text of a process's /proc/PID/cgroup; '' when there is none."""
    for line in text.splitlines():
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        if number == "0" or controllers == "name=systemd":
            units = re.findall(r"[^/]+\.(?:service|scope)(?=/|$)", path)
            if units:
                return str(units[-1])
    return ""


def scope(system: System) -> list[str]:
    """What to put before a command so that it runs in a scope of its own; nothing where that is not possible, or no gain.

    A service ends with every process in its control group, and a new session (`setsid`) is no way out of that. So does a login
    session where logind has KillUserProcesses=yes; but a scope ends with the user's service manager, which without lingering
    goes at the last logout, and where logind kills nobody a plain start would survive that.
    """
    program = shutil.which("systemd-run", path=system.environ.get("PATH"))
    unit = system.unit if system.runs_systemd else ""
    # What runs in a worker's own scope already (a kernel that calls for another worker) needs no other one.
    if program is None or not unit or unit.startswith(OWN_UNIT) or not (unit.endswith(".service") or system.lingers):
        return []
    command = [program, "--user", "--scope", "--quiet", "--collect"]
    try:
        tried = subprocess.run(
            [*command, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=TRY_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [*command, f"--unit={OWN_UNIT}{os.getpid()}-{time.time_ns()}", "--"] if tried.returncode == 0 else []
