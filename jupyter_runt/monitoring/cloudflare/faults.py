"""What an answer without success means, and what to do about it. Pure; no message holds the token."""

from __future__ import annotations

import json
from typing import Any

from jupyter_runt.client.remote.faults import Reply
from jupyter_runt.errors import AccessDenied, RuntError, ServerError, UsageError

TOO_MANY = 429
BLOCK_SECONDS = 300
"""Cloudflare refuses everything for five minutes once a limit is exceeded; told where its answer does not say how long."""

PERMISSIONS = (
    "Make a token with the permissions Account Analytics: Read, D1: Read and Workers Scripts: Read for this account, "
    "and give it in CLOUDFLARE_API_TOKEN."
)
WHERE = "Is api_url the address of Cloudflare's API, or is something between here and there?"
LONGER = "Try again later, or give it more seconds by the parameter patience."


def fault(reply: Reply) -> RuntError:
    """What an answer without success means, and what to do about it."""
    told = _told(reply)
    why = f": {told}" if told else "."
    if reply.status in (401, 403):
        return AccessDenied(f"Cloudflare does not accept the token, or not for this{why}", remedy=PERMISSIONS)
    if reply.status == TOO_MANY:
        asked = reply.headers.get("retry-after") or str(BLOCK_SECONDS)
        return ServerError(
            f"Cloudflare's rate limit is reached{why}",
            remedy=f"Wait {asked[:40]} s, and ask less often: 300 queries in five minutes are allowed to one user in all.",
        )
    if reply.status in (400, 404):
        return UsageError(
            f"Cloudflare knows no such account, or cannot read the request{why}",
            remedy="Check CLOUDFLARE_ACCOUNT_ID (32 hexadecimal digits, on the account's overview page) and the token.",
        )
    if 300 <= reply.status < 400:
        return ServerError("Cloudflare sends us on to another address, where the token is not taken.", remedy=WHERE)
    return ServerError(
        f"Cloudflare answered {reply.status}{why}",
        remedy="Try again later; https://www.cloudflarestatus.com tells more.",
    )


def _told(reply: Reply) -> str:
    """Cloudflare's own words, `message (code)`, from an answer of its form."""
    try:
        errors = json.loads(reply.body)["errors"]
        return messages(errors)
    except (ValueError, TypeError, KeyError):
        return ""


def messages(errors: Any) -> str:
    """A list of errors in one printable line; '' for what is no list of errors."""
    found = []
    for each in errors if isinstance(errors, list) else ():
        if isinstance(each, dict) and isinstance(each.get("message"), str):
            code = each.get("code") or (each.get("extensions") or {}).get("code")
            text = "".join(letter if letter.isprintable() else " " for letter in each["message"][:300])
            found.append(f"{text} ({code})" if isinstance(code, int | str) else text)
    return "; ".join(dict.fromkeys(found))[:600]
