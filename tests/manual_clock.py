"""A clock that stands still until a test moves it."""

from __future__ import annotations

from dataclasses import replace

from jupyter_runt.store.base import Instant


class ManualClock:
    def __init__(self) -> None:
        self.instant = Instant(wall=1_700_000_000.0, mono=1000.0, boot="boot-1")

    def now(self) -> Instant:
        return self.instant

    def advance(self, seconds: float) -> None:
        now = self.instant
        self.instant = replace(now, wall=now.wall + seconds, mono=now.mono + seconds)

    def reboot(self) -> None:
        """Another boot, whose monotonic clock begins anew."""
        self.instant = replace(self.instant, mono=1.0, boot=self.instant.boot + "'")
