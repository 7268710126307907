"""What all handlers have in common: the client in a thread, checked input, and one shape of errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar

from jupyter_server.base.handlers import APIHandler
from tornado import web

from jupyter_runt.client.local import LocalClient
from jupyter_runt.errors import NotebookError, RuntError
from jupyter_runt.server.context import KEY, Context

P = ParamSpec("P")
T = TypeVar("T")

JSON = "application/json"


class RuntHandler(APIHandler):
    """A JSON resource under `runt/api`."""

    @property
    def context(self) -> Context:
        """What this server's handlers share."""
        found: Context = self.settings[KEY]
        return found

    @property
    def client(self) -> LocalClient:
        """Blocking: call it by `self.call`."""
        return self.context.client

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Context.call`."""
        return await self.context.call(function, *args, **kwargs)

    def reply(self, value: Any, status: int = 200) -> None:
        """Ends the request with JSON."""
        self.set_status(status)
        self.finish(json.dumps(value, ensure_ascii=True))

    def url(self, *parts: str) -> str:
        """A path below this server's `runt/`, base URL included."""
        return "/".join((self.base_url.rstrip("/"), "runt", *parts))

    # -- errors ------------------------------------------------------------------------------------------------------

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """An error that is the client's, or the store's, is an answer: only a defect of ours is logged with its traceback."""
        if isinstance(value, RuntError) and value.http_status != HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.info("runt: %s %s: %s", self.request.method, self.request.path, value.message)
        else:
            super().log_exception(typ, value, tb)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Our errors know their status."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        super().send_error(error.http_status if isinstance(error, RuntError) else status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error has the same shape."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        self.set_header("Content-Type", JSON)
        self.finish(json.dumps(error_json(error, status_code)))


def error_json(error: BaseException | None, status: int) -> dict[str, Any]:
    """`{error, message, remedy, details}`; what went wrong inside is told by the log alone."""
    if isinstance(error, RuntError):
        details = [_problem(each) for each in error.problems] if isinstance(error, NotebookError) else []
        details = details or list(getattr(error, "details", ()))
        return {"error": _word(error), "message": error.message, "remedy": error.remedy, "details": details}
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    told = error.log_message if isinstance(error, web.HTTPError) and error.log_message and status < 500 else phrase
    remedy = "The server's log tells more." if status >= 500 else ""
    return {"error": phrase.lower().replace(" ", "_"), "message": told, "remedy": remedy, "details": []}


def _word(error: RuntError) -> str:
    """`RunNotFound` as `run_not_found`."""
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _problem(problem: Any) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in type(problem).__slots__}
