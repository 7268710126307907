"""Monitors of what is far away, against a local stand-in that takes its time."""

from __future__ import annotations

from tests.benchmarks.process import Sample, run
from tests.benchmarks.scratch import ROOT, Scratch, script

LATENCY = 0.3
"""Seconds that each answer takes at least."""


def infrastructure(scratch: Scratch) -> Sample:
    """notebooks/infrastructure-monitoring.yml, whole process; how many requests it made."""
    from tests.monitoring.cloudflare.stand_in import ACCOUNT, TOKEN, serving

    path = ROOT / "notebooks" / "infrastructure-monitoring.yml"
    credentials = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT}
    with serving(latency=LATENCY) as at:
        command = [*script("jupyter-runt"), "execute", str(path), "-p", "api_url", at.url]
        sample = run(command, {**scratch.environment, **credentials}, scratch.folder)
        return Sample(sample.seconds, sample.peak, {"requests": len(at.asked), "at once": at.most_at_once})
