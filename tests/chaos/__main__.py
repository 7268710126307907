"""`python -m tests.chaos`: kills by the hundred, and what came out. 0 only when nothing was lost, doubled, stuck or left over."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.chaos import costs, plan
from tests.chaos.report import Report
from tests.chaos.rounds import Outcome, Play, Round
from tests.chaos.scene import Scene, scene
from tests.chaos.storm import storm

SHARE = 0.6
"""Of the worker kills, those that hit a long-printing run; the others hit each phase and each named point."""
BATCH = 12
"""Rounds of one scene, so that a store that was damaged once is not blamed again and again."""


def main() -> int:
    """Does what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, metavar="N", help="worker kills (default: 500)")
    parser.add_argument("--kernel-kills", type=int, default=200, metavar="N", help="kernel kills (default: 200)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="repeats a run")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="scenes at once (default: 2)")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="where the homes of bad rounds go (default: a new one)"
    )
    parser.add_argument("--only", choices=["kills", *costs.MEASUREMENTS], help="only this")
    parser.add_argument("--runs", type=int, default=2000, metavar="N", help="runs for `memory` (default: 2000)")
    options = parser.parse_args()
    fine = True
    if options.only in (None, "kills"):
        fine = kill(options)
    for name, measure in costs.MEASUREMENTS.items():
        if options.only == name:
            fine = measure(options.runs)
    return 0 if fine else 1


def kill(options: argparse.Namespace) -> bool:
    """All kills; whether nothing bad came of them."""
    print(f"--seed {options.seed} repeats this", flush=True)
    report, began = Report(), time.monotonic()
    keep = options.keep or Path(tempfile.gettempdir()) / f"runt-chaos-{options.seed}"
    stormy = int(options.kills * SHARE)
    with scene() as place:
        for outcome in storm(place, stormy, options.seed):
            add(report, outcome, place, keep)
    rounds = needed(options.seed, options.kills - stormy, options.kernel_kills)
    batches = [rounds[at : at + BATCH] for at in range(0, len(rounds), BATCH)]
    with ThreadPoolExecutor(options.jobs) as pool:
        for done in as_completed([pool.submit(play, batch, report, keep) for batch in batches]):
            done.result()
    print("\n" + "\n".join(report.lines()))
    print(f"\n{time.monotonic() - began:.0f} s, --seed {options.seed}")
    return not report.bad


def needed(seed: int, kills: int, kernel_kills: int) -> list[Round]:
    """So many rounds of the matrix that each kind has been killed often enough."""
    chosen = []
    for each in plan.endless(seed):
        if kills <= 0 and kernel_kills <= 0:
            break
        wanted = kernel_kills if each.victim in plan.KERNEL_VICTIMS else kills
        if wanted > 0:
            chosen.append(each)
            kernel_kills -= each.victim in plan.KERNEL_VICTIMS
            kills -= each.victim not in plan.KERNEL_VICTIMS
    return chosen


def play(batch: list[Round], report: Report, keep: Path) -> None:
    """Rounds one after the other, in one scene."""
    with scene() as place:
        for each in batch:
            add(report, Play(place, each)(), place, keep)


def add(report: Report, outcome: Outcome, place: Scene, keep: Path) -> None:
    """Takes an outcome in; of a bad one the whole home is kept, for somebody who wants to know."""
    report.add(outcome)
    if outcome.fault:
        kept = keep / f"{len(report.bad)}"
        # In a process of its own: to close a file of the store in this one would drop the locks of our own connection to it.
        kept.parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", "--", place.home, kept], check=False)
        (kept / "story.txt").write_text(f"{outcome.round}\n{outcome.fault}\n\n{outcome.story}\n")
        print(f"\nBAD: {outcome.round}: {outcome.fault}\n     kept in {kept}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
