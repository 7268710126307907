"""What has to happen so that schedules fire after a logout and a reboot, too: in words, and as files for systemd and cron."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping

from jupyter_runt.client.doctor.surroundings import service_manager
from jupyter_runt.client.systemd import System

UNIT = "jupyter-runt.service"


def told(environ: Mapping[str, str]) -> list[str]:
    """What becomes of schedules when whoever defined them logs out, and when the machine starts again."""
    found = service_manager(System(environ)).text
    return [
        f"Schedules fire while a worker lives. {found[:1].upper()}{found[1:]}.",
        (
            "After a reboot the first jupyter runt command, or a Jupyter server, starts one; "
            "`jupyter runt schedule service --systemd` (or --crontab) prints what has the system do so."
        ),
    ]


def command(url: str) -> list[str]:
    """A worker that stays, of this installation and this store."""
    return [sys.executable, "-m", "jupyter_runt.cli", "worker", "--store", url]


def systemd_unit(url: str) -> str:
    """A unit of the user's own service manager, with what to do with it."""
    return f"""\
# ~/.config/systemd/user/{UNIT}
#   systemctl --user enable --now {UNIT}
#   loginctl enable-linger          # without it the worker ends with your last session
[Unit]
Description=jupyter-runt worker: runs notebooks that are queued, and those that are scheduled

[Service]
ExecStart={" ".join(map(_for_systemd, command(url)))}
# It has none of your shell's variables. Those that notebooks and notifications refer to:
# EnvironmentFile=%h/.config/jupyter-runt.env
# Kernels outlive the worker: the next one goes on with their runs.
KillMode=process
Restart=on-failure
TimeoutStopSec=30

[Install]
WantedBy=default.target
"""


def crontab_line(url: str) -> str:
    """A line for `crontab -e`."""
    return "@reboot " + shlex.join(command(url)).replace("%", "\\%") + " >/dev/null 2>&1\n"


def _for_systemd(word: str) -> str:
    """As systemd.service(5) reads command lines."""
    plain = word.replace("%", "%%").replace("$", "$$")
    if plain and not any(char in plain for char in " \t\"'\\;"):
        return plain
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
