"""How long to wait before a request is made again, and when to give up. Pure: the moment is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """`tries` in all for a request that fails, each after a longer delay, and never past `seconds` after the beginning."""

    seconds: float = 60.0
    tries: int = 4
    delay: float = 0.5
    backoff: float = 2.0

    def after_failure(self, tried: int, spent: float) -> float | None:
        """Seconds to wait after the `tried`th try that broke or was answered by a 5xx; None: give up."""
        wait = self.delay * self.backoff ** (tried - 1)
        return wait if tried < self.tries and spent + wait < self.seconds else None

    def after_refusal(self, tried: int, spent: float, asked: float | None) -> float | None:
        """Seconds to wait after a 429 that asked for so many; None when that would be too long, or was tried often enough."""
        wait = max(self.delay * self.backoff ** (tried - 1), asked or 0.0)
        return wait if tried < self.tries and spent + wait < self.seconds else None


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or a date; None when it is missing or neither."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
