"""When a certificate expires. Pure.

The standard library tells it of certificates that it trusts, and of no other: but those are the ones of interest. So this reads
the five fields of X.509 (RFC 5280) before and with the dates, and no more.
"""

from __future__ import annotations

from datetime import UTC, datetime

SEQUENCE, UTC_TIME, GENERALIZED_TIME, VERSION = 0x30, 0x17, 0x18, 0xA0


def expires_at(der: bytes) -> float:
    """Seconds since the epoch. ValueError for bytes that are no certificate."""
    _, certificate, _ = _element(der)
    _, body, _ = _element(certificate)
    tag, _, rest = _element(body)
    if tag == VERSION:
        _, _, rest = _element(rest)  # the serial number
    for _ in ("signature", "issuer"):
        _, _, rest = _element(rest)
    tag, validity, _ = _element(rest)
    if tag != SEQUENCE:
        raise ValueError("no certificate: its validity is missing")
    _, _, after = _element(validity)
    tag, until, _ = _element(after)
    return _moment(tag, until.decode("ascii"))


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """The first element of DER: its tag, its content, and what is behind it."""
    if len(data) < 2:
        raise ValueError("no certificate: it ends too early")
    tag, length, begin = data[0], data[1], 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(data[2:begin], "big")
    if len(data) < begin + length:
        raise ValueError("no certificate: it ends too early")
    return tag, data[begin : begin + length], data[begin + length :]


def _moment(tag: int, text: str) -> float:
    """Both kinds of times that X.509 knows; the short one has years from 1950 to 2049."""
    if tag == UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != GENERALIZED_TIME:
        raise ValueError("no certificate: it has no date")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
