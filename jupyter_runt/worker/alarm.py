"""A sleep that a ring or a time ends. It costs a fifth of `asyncio.wait_for`, which counts twice in every cell."""

from __future__ import annotations

import asyncio


class Alarm:
    """For one sleeper. A ring while nobody sleeps ends the next sleep at once."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rang = False
        self._sleeper: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Ends the sleep."""
        self._rang = True
        if self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)

    async def wait(self, seconds: float | None) -> None:
        """Sleeps until a ring, or for so many seconds."""
        if not self._rang:
            self._sleeper = self._loop.create_future()
            timer = None if seconds is None else self._loop.call_later(seconds, self.ring)
            try:
                await self._sleeper
            finally:
                self._sleeper = None
                if timer is not None:
                    timer.cancel()
        self._rang = False
