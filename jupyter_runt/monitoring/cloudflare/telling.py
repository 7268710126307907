"""What could not be read, or not whole, as a report's own words: PARTIAL or NO DATA, and never health."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from jupyter_runt.monitoring.cloudflare.records import Part
from jupyter_runt.monitoring.health import Health


def tell(health: Health, parts: Iterable[Part]) -> list[str]:
    """Adds what is missing to the report, one sentence for what failed for the same reason; gives those sentences."""
    same: dict[tuple[str, str, str], list[Part]] = defaultdict(list)
    for part in parts:
        if part.state != "complete":
            same[part.state, part.message, part.remedy].append(part)
    told = []
    for (state, message, remedy), alike in same.items():
        names = ", ".join([part.name for part in alike[:3]] + [f"{len(alike) - 3} more"] * (len(alike) > 3))
        told.append(f"{names}: {'not read' if state == 'missing' else 'not complete'}. {message}")
        if all(part.minor for part in alike):
            health.alert(told[-1], severity="info", type="details")
        else:
            health.incomplete(told[-1])
        if remedy:
            health.recommend(remedy)
        for part in alike:
            if state == "missing" and not part.minor:
                health.check(part.name, None)
    return told
