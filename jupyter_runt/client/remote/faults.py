"""What an answer that is no success means: our own errors again, or what stands where our server should."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import Any

from jupyter_runt import errors
from jupyter_runt.errors import AccessDenied, Problem, RuntError, ServerError, ServerUnreachable, UsageError

AWAY = (502, 503, 504)
"""What a proxy answers while the server behind it is gone."""
HOW_TO_TELL = "Give the server's token in JUPYTER_RUNT_TOKEN, or a file that holds it by --token-file."


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read to its end; the headers' names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def fault(reply: Reply, url: str, *, with_token: bool) -> RuntError:
    """The error that an answer without success stands for. `url` is the server's."""
    ours = _ours(reply)
    if reply.status == HTTPStatus.UNAUTHORIZED or (reply.status == HTTPStatus.FORBIDDEN):
        return _denied(ours, url, with_token)
    if ours is not None:
        return _again(ours, reply.status, url)
    if 300 <= reply.status < 400:
        target = reply.headers.get("location", "elsewhere").partition("?")[0][:200]
        return ServerError(
            f"The server {url} sends us on to {target}: a login page, or another address.",
            remedy=f"If it is the server's new address, give that. {HOW_TO_TELL}",
        )
    if reply.status == HTTPStatus.NOT_FOUND:
        return ServerError(
            f"The server {url} has no jupyter-runt.",
            remedy="Install jupyter-runt there and restart it; and give the URL up to its base URL, without /lab or /tree.",
        )
    if reply.status in AWAY:
        return ServerUnreachable(f"Nobody answers behind {url}: {_phrase(reply.status)}.")
    return ServerError(f"The server {url} answers {_phrase(reply.status)}, which is no answer of jupyter-runt.")


def strange(url: str, what: str) -> ServerError:
    """For an answer that cannot be read: another program's, or another release's."""
    return ServerError(
        f"The server {url} answered what is no answer of jupyter-runt: {what}.",
        remedy="Compare the releases: `jupyter runt status --server URL` tells the server's, `jupyter runt --version` this one's.",
    )


def _ours(reply: Reply) -> dict[str, Any] | None:
    """The error's JSON when it has our shape, or jupyter_server's."""
    try:
        found = json.loads(reply.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("message"), str) else None


def _denied(ours: dict[str, Any] | None, url: str, with_token: bool) -> RuntError:
    told = (ours or {}).get("message") or ""
    if not with_token:
        return AccessDenied(f"The server {url} wants a token.", remedy=HOW_TO_TELL)
    why = f": {told}" if told and told != "Forbidden" else "."
    return AccessDenied(f"The server {url} does not accept the token, or not for this{why}", remedy=HOW_TO_TELL)


def _again(ours: Mapping[str, Any], status: int, url: str) -> RuntError:
    """The very kind that was raised there."""
    word, message, remedy = str(ours.get("error", "")), ours["message"], str(ours.get("remedy") or "")
    kind = getattr(errors, "".join(part.capitalize() for part in word.split("_")), None)
    if not (isinstance(kind, type) and issubclass(kind, RuntError)) or kind in (RuntError, UsageError):
        if status >= 500:
            return ServerError(f"The server {url} failed: {message}", remedy=remedy)
        return UsageError(message, remedy=remedy)
    if issubclass(kind, errors.NotebookError | errors.BadRequest):
        return kind([_problem(each) for each in ours.get("details", ())], remedy=remedy)
    found: RuntError = kind(message, remedy=remedy)
    return found


def _problem(given: Mapping[str, Any]) -> Problem:
    return Problem(**{each.name: given[each.name] for each in fields(Problem) if each.name in given})


def _phrase(status: int) -> str:
    known = HTTPStatus._value2member_map_.get(status)
    return f"{status} {known.phrase}" if isinstance(known, HTTPStatus) else str(status)
