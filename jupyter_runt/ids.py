"""Names for runs, workers, inputs and messages. Time and randomness are arguments: this module is pure."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

# Crockford's base 32 without look-alikes (i, l, o, u): digits sort before letters, so the encoding keeps order.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def run_id(now: float, random: Random) -> str:
    """A readable id that sorts by time, as `20261120-104850-bk7w3q`.

    `now` is in seconds since the epoch (shown in UTC). The last block is two characters for the millisecond
    and four random ones: two runs of one millisecond collide once in a million.
    """
    moment = datetime.fromtimestamp(now, UTC)
    millisecond = moment.microsecond // 1000
    tail = ALPHABET[millisecond >> 5] + ALPHABET[millisecond & 31] + token(random, 4)
    return f"{moment:%Y%m%d-%H%M%S}-{tail}"


def token(random: Random, length: int = 8) -> str:
    """`length` random characters, 5 bits each."""
    return "".join(random.choices(ALPHABET, k=length))
