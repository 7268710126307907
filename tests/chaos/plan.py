"""Which rounds there are: all of the matrix for the long form, a choice that covers each row, column and point for the short one."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.chaos.points import PHASES, POINTS, VICTIMS, Point, fitting
from tests.chaos.rounds import Round

KERNEL_VICTIMS = ("kernel", "all at once")


def possible(victim: str, point: Point) -> bool:
    """Whether that victim can be hit there. What leads to a point that needs a death is a worker's death."""
    if point.module.endswith((".supervisor", ".exits")):
        return victim == "supervisor and worker"  # the point is the supervisor's own
    if victim == "kernel":  # there must be one, and the worker must have something to notice afterwards
        return point.name not in NO_KERNEL and not point.needs.startswith("worker asked")
    return True


NO_KERNEL = {
    "claim-after", "start-before", "note-process-before", "shutdown-before", "shutdown-after", "end-before", "end-after",
    "snapshot-before", "snapshot-after", "remove-folder-before", "remove-folder-after", "fork-before", "fork-after",
}  # fmt: skip
"""Points at which the kernel has not been started, or is asked to end, or has ended."""


def matrix(victim: str, phase: str) -> list[str | None]:
    """The moments of one field of the matrix: a random one, and every named one that fits."""
    return [None, *(point.name for point in fitting(phase) if possible(victim, point))]


def short(victim: str, phase: str, seed: int) -> list[Round]:
    """A field's rounds in the short form: a random moment, and so many named ones that a worker is killed at each of them in
    some phase and everybody else at one of them in each phase."""
    chance = random.Random(f"{seed} {victim} {phase}")
    named = [name for name in matrix(victim, phase) if name is not None]
    at = PHASES.index(phase)
    if victim == "worker":
        chosen = [name for name in named if home_of(POINTS[name]) == phase]
    elif victim == "supervisor and worker":
        own = [name for name in named if not possible("worker", POINTS[name]) and home_of(POINTS[name]) == phase]
        chosen = own or [chance.choice(named)]
    else:
        chosen = [chance.choice(named)]
    return [
        Round(victim, phase, point, retry=victim in KERNEL_VICTIMS and (number + at) % 2 == 0, seed=seed)
        for number, point in enumerate([None, *chosen])
    ]


def home_of(point: Point) -> str:
    """The one phase in which the short form visits a point that comes to pass in several: spread over all of them."""
    phases = [phase for phase in PHASES if phase in point.phases]
    return phases[sorted(POINTS).index(point.name) % len(phases)]


def endless(seed: int) -> Iterator[Round]:
    """Rounds of the whole matrix, in a random order, again and again with other moments."""
    chance = random.Random(seed)
    while True:
        fields = [(victim, phase, point) for victim in VICTIMS for phase in PHASES for point in matrix(victim, phase)]
        chance.shuffle(fields)
        for victim, phase, point in fields:
            yield Round(victim, phase, point, retry=chance.random() < 0.5, seed=chance.randrange(10**9))
