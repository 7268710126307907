"""`doctor`: what is in order, what is not, and how it is mended. A module for each kind of finding.

data          the store's file           workers        their lines, locks and sockets
kernels       processes and folders      elsewhere      what other stores left
surroundings  runtimes, disks, clock, service manager    server    whether Jupyter servers show the runs
template      what one notebook still needs      notifications    who is to be told of runs
schedules     due times that come to nothing
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_runt.client.doctor import data, elsewhere, kernels, notifications, schedules, server, surroundings, workers
from jupyter_runt.client.doctor.finding import Finding
from jupyter_runt.client.local import LocalClient
from jupyter_runt.errors import RuntError


def examine(client: LocalClient, now: float, idle_exit: float) -> Iterator[Finding]:
    """Everything about a sound store and what is around it; `now` is the wall clock. A damaged one knows of no run for certain,
    so look at `data.soundness_of` first."""
    yield from data.findings(client.store)
    yield from workers.findings(client.store, now, idle_exit)
    yield from kernels.findings(client, now)
    yield from surroundings.findings(client.store, now)
    yield from server.findings(client.store)
    yield from schedules.findings(client, now)
    yield from notifications.findings(client, now)
    yield from elsewhere.findings(now)


def mend(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Carries out every fix that there is; what each of them did, or why it could not."""
    for finding in findings:
        if finding.fix is None:
            continue
        try:
            for sentence in finding.fix():
                yield Finding(finding.check, sentence)
        except (RuntError, OSError) as error:
            yield Finding(finding.check, str(error), "FAIL")
