"""Whether it was the out-of-memory killer: the system counts its victims, per control group and for the whole machine.

The kernel log names each victim, but not to everybody, so the counters are compared: before, and after the death.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Verdict = bool | Literal["probably"]

SCORE = 200
"""Added to a kernel's badness, of at most 1000. Its worker is often in the same control group and must not be chosen in its
stead, nor a user's shell: a kernel that is killed is a run that says so."""

_VMSTAT = Path("/proc/vmstat")
_GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Victims:
    """How many there were: `group` in the control group whose counter is the file `counter`, `machine` in all. None: unknown."""

    counter: str = ""
    group: int | None = None
    machine: int | None = None

    def now(self) -> Victims:
        """The same counters at this moment."""
        return Victims(self.counter, _count(Path(self.counter)) if self.counter else None, _count(_VMSTAT))

    def to_json(self) -> dict[str, Any]:
        return {"counter": self.counter, "group": self.group, "machine": self.machine}

    @classmethod
    def from_json(cls, noted: Any) -> Victims:
        """What `to_json` made; anything else knows nothing."""
        try:
            return cls(str(noted["counter"]), noted["group"], noted["machine"])
        except (TypeError, KeyError):
            return cls()


def verdict(before: Victims, after: Victims, *, killed: bool) -> Verdict:
    """What to say of a death between these two counts. `killed`: it is known that SIGKILL ended the process."""
    if _grew(before.group, after.group):
        return True if killed else "probably"
    return "probably" if killed and _grew(before.machine, after.machine) else False


def _grew(before: Any, after: Any) -> bool:
    return isinstance(before, int) and isinstance(after, int) and after > before


def victims_here() -> Victims:
    """The counters that tell of this process and the kernels that it starts, as they stand now."""
    try:
        group = counter_of(Path("/proc/self/cgroup").read_text(), _GROUPS)
    except OSError:
        group = None
    return Victims(str(group or "")).now()


def counter_of(cgroups: str, root: Path) -> Path | None:
    """The file that counts the group's victims, by the text of a /proc/PID/cgroup and where the groups are mounted.

    Where both versions are mounted, the one that governs memory. A path inside a container may begin above what is mounted.
    """
    for line in cgroups.splitlines():
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        if "memory" in controllers.split(","):
            bases, name = [root / "memory"], "memory.oom_control"
        elif number == "0" and not controllers:
            bases, name = [root, root / "unified"], "memory.events"
        else:
            continue
        for base in bases:
            for folder in (base / path.lstrip("/"), base):
                if (folder / name).is_file():
                    return folder / name
    return None


def parse_count(text: str) -> int | None:
    """The line `oom_kill N` of memory.events, memory.oom_control or /proc/vmstat; None when there is none."""
    fields: Mapping[str, str] = dict(line.split(None, 1) for line in text.splitlines() if len(line.split()) == 2)
    number = fields.get("oom_kill", "").strip()
    return int(number) if number.isdigit() else None


def _count(path: Path) -> int | None:
    try:
        return parse_count(path.read_text())
    except OSError:
        return None


def give_precedence(pid: int) -> None:
    """Lets the out-of-memory killer choose this process, and what it starts, before ours."""
    with contextlib.suppress(OSError, ValueError):  # a system without it, or one that keeps the score to itself
        ours = int(Path("/proc/self/oom_score_adj").read_text())
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(min(1000, ours + SCORE)))
