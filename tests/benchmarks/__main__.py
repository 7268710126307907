"""`python -m tests.benchmarks`: all works, the contenders of each in turn, and what came out."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.benchmarks.process import Failed, Sample
from tests.benchmarks.scratch import Scratch
from tests.benchmarks.works import WORKS, Work, seconds

PACKAGES = ("jupyter-runt", "papermill", "nbclient", "jupyter_client", "ipykernel", "nbformat")


def main() -> int:
    """Runs what was asked for; 0 also when a target was missed: this is a measurement, not a test."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds of each work (default: 5)")
    parser.add_argument(
        "--only", action="append", choices=[work.name for work in WORKS], help="only this work (repeatable)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything to FILE")
    options = parser.parse_args()
    results = []
    for work in WORKS:
        if not options.only or work.name in options.only:
            results.append(measure(work, options.rounds))
            print("\n".join(lines(results[-1])), flush=True)
    if options.json:
        options.json.write_text(
            json.dumps({"machine": machine(), "rounds": options.rounds, "works": results}, indent=2) + "\n"
        )
    return 0


def measure(work: Work, rounds: int) -> dict[str, Any]:
    """All rounds of one work: each round asks every contender once, and begins with another one each time."""
    names = list(work.contenders)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="runt-bench-") as folder:
        scratch = Scratch(Path(folder))
        try:
            work.prepare(scratch)
            for number in range(rounds):
                for name in names[number % len(names) :] + names[: number % len(names)]:
                    progress(f"{work.name}: round {number + 1} of {rounds}, {name}")
                    samples[name].append(work.contenders[name](scratch))
        except Failed as failure:
            return {"name": work.name, "title": work.title, "failed": str(failure)}
        finally:
            progress("")
    return {
        "name": work.name,
        "title": work.title,
        "contenders": {
            name: {
                "median": seconds(taken),
                "seconds": [sample.seconds for sample in taken],
                "peak_mib": max(sample.peak for sample in taken),
            }
            for name, taken in samples.items()
        },
        "checks": [
            {
                "what": check.what,
                "value": value,
                "at_most": check.at_most,
                "unit": check.unit,
                "reached": value <= check.at_most,
            }
            for check in work.checks
            for value in [check.value(samples)]
        ],
    }


def lines(result: dict[str, Any]) -> Iterable[str]:
    """A work's part of the table."""
    yield f"\n{result['title']}  ({result['name']})"
    if "failed" in result:
        yield "  failed: " + result["failed"].replace("\n", "\n    ")
        return
    for name, found in result["contenders"].items():
        peak = f"{found['peak_mib']:8.1f} MiB" if found["peak_mib"] else ""
        spread = f"{min(found['seconds']):.4g} to {max(found['seconds']):.4g}"
        yield f"  {name:<32}{found['median']:>10.4g} s{peak:>14}   {spread}"
    for check in result["checks"]:
        verdict = "reached" if check["reached"] else f"MISSED by {check['value'] / check['at_most'] - 1:.0%}"
        yield f"  {check['what']:<32}{check['value']:>10.3g} {check['unit']:<4} at most {check['at_most']:g}: {verdict}"


def progress(text: str) -> None:
    """One line on a terminal that the next one replaces; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: installed(name) for name in PACKAGES},
    }


def installed(name: str) -> str | None:
    """A package's version, if it is installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main())
