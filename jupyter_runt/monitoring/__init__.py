"""Monitors: what a notebook measures, judged, shown, compared with earlier runs, and kept as the run's health.

    health = Health("disk-check", subject="build server")
    health.check("disk", 91.5, warn=85, critical=95, unit="%")
    health.check("docker", lambda: is_running("docker"))          an exception is NO DATA, never health
    health.record()

How it hangs together:

    health                  `Health` collects checks, group by group, and records
     ├─ checks · limits     one measurement and what it means
     ├─ scoring             score and status of many; the formula
     ├─ report              all of it at one moment, as JSON (schemas/health-v1.json)
     ├─ comparison          beside earlier reports: since when, how fast       ← earlier reads them, through the client
     └─ showing             text, HTML with charts, JSON
    endpoints · parallel    HTTP and certificates; many slow things at once
    jupyter_servers · runs  what Jupyter servers and a store of runs say of themselves

All but `health`, `earlier` and what measures (the last two lines) is pure: no clock, no I/O.
"""

from __future__ import annotations

from jupyter_runt.monitoring.checks import Check, check
from jupyter_runt.monitoring.health import Group, Health

__all__ = ["Check", "Group", "Health", "check"]
