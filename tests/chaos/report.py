"""What came out: a line that goes on while rounds are played, and a table at the end."""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from tests.chaos.rounds import Outcome

RECOVERY_TARGETS = {"median": 0.2, "p99": 0.5}
"""Seconds from a worker's death to the next output at a follower, with the supervisor alive."""


class Report:
    """Gathers outcomes."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._progress()

    def kills(self, *victims: str) -> int:
        """How often one of these was killed."""
        return sum(each.kills for each in self.outcomes if each.round.victim in victims)

    @property
    def bad(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.fault]

    @property
    def recoveries(self) -> list[float]:
        return sorted(each.recovery for each in self.outcomes if each.recovery is not None)

    def _progress(self) -> None:
        last, end = self.outcomes[-1], "\n"
        line = f"{sum(each.kills for each in self.outcomes)} kills, {len(self.bad)} bad rounds; {last.round}"
        if sys.stderr.isatty():
            line, end = f"\r\033[K{line}", ""
        elif len(self.outcomes) % 50 and not last.fault:
            return
        print(line, end=end, file=sys.stderr, flush=True)

    def lines(self) -> Iterator[str]:
        """The table."""
        yield f"{'killed':<24}{'kills':>7}{'rounds':>8}{'lost':>7}{'twice':>7}{'stuck':>7}{'other':>7}"
        victims = Counter(each.round.victim for each in self.outcomes)
        for victim, rounds in victims.items():
            yield self._row(victim, rounds, [each for each in self.outcomes if each.round.victim == victim])
        yield self._row("all", len(self.outcomes), self.outcomes)
        if self.recoveries:
            yield ""
            yield f"from a worker's death to the next output at a follower ({len(self.recoveries)} times):"
            for name, value in distribution(self.recoveries).items():
                target = RECOVERY_TARGETS.get(name)
                verdict = "" if target is None else f"   at most {target:g}: {_verdict(value <= target)}"
                yield f"  {name:<8}{value:>8.3f} s{verdict}"

    def _row(self, name: str, rounds: int, outcomes: Sequence[Outcome]) -> str:
        kills, lost, twice = (sum(getattr(each, what) for each in outcomes) for what in ("kills", "lost", "duplicated"))
        stuck = sum(each.stuck for each in outcomes)
        other = sum(bool(each.fault) and not (each.stuck or each.lost or each.duplicated) for each in outcomes)
        return f"{name:<24}{kills:>7}{rounds:>8}{lost:>7}{twice:>7}{stuck:>7}{other:>7}"


def distribution(values: Sequence[float]) -> dict[str, float]:
    """Of sorted values: the median, the 90th and 99th of a hundred, and the largest."""
    at = {name: values[min(len(values) - 1, int(len(values) * share))] for name, share in (("p90", 0.9), ("p99", 0.99))}
    return {"median": statistics.median(values), **at, "max": values[-1]}


def _verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"
