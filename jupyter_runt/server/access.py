"""Who may do what: the authorizer's resource `runt`, with one action for each kind of request.

`read` looks and follows; `execute` submits, signals, replies and repeats (submitting is code execution), and defines, changes and runs
schedules, which submit; `write` removes and pins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

RESOURCE = "runt"
_MARK = "runt_action"

Method = TypeVar("Method", bound=Callable[..., Any])


def may(action: str) -> Callable[[Method], Method]:
    """The decorator of every HTTP method: known, and allowed this action. Explicit on each one, since an inherited `authorized`
    would keep the resource of the class where it was first called."""

    def wrap(method: Method) -> Method:
        checked: Method = web.authenticated(authorized(action=action, resource=RESOURCE)(method))  # type: ignore[assignment]
        return _marked(checked, action)

    return wrap


def may_open(action: str) -> Callable[[Method], Method]:
    """The same for the `get` of a WebSocket, which redirects nobody to a login page."""

    def wrap(method: Method) -> Method:
        return _marked(ws_authenticated(authorized(action=action, resource=RESOURCE)(method)), action)

    return wrap


def action_of(method: Callable[..., Any]) -> str | None:
    """What `may` or `may_open` asks for before this method; None when neither was put on it."""
    found: str | None = getattr(method, _MARK, None)
    return found


def _marked(method: Method, action: str) -> Method:
    setattr(method, _MARK, action)
    return method


async def is_allowed(handler: JupyterHandler, action: str, resource: str = RESOURCE) -> bool:
    """Whether the handler's user may do this, for what a method decides on its way."""
    return bool(await ensure_async(handler.authorizer.is_authorized(handler, handler.current_user, action, resource)))


async def may_read_run(handler: JupyterHandler, run_id: str) -> bool:
    """Whether the handler's user may read this run. Until runs can be shared one by one, who may read may read them all."""
    return await is_allowed(handler, "read")
