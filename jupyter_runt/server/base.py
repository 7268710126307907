"""What all handlers have in common: the client in a thread, checked input, and one shape of errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar

from jupyter_server.base.handlers import APIHandler, JupyterHandler
from tornado import web

from jupyter_runt.client.local import LocalClient
from jupyter_runt.errors import BadRequest, NotebookError, ParameterError, Problem, RuntError
from jupyter_runt.events.codec import encode
from jupyter_runt.server.context import Context
from jupyter_runt.server.contract import Operation, contract
from jupyter_runt.server.opening import KEY, Opening

P = ParamSpec("P")
T = TypeVar("T")

JSON = "application/json"
UNKNOWN_CALLER = {
    "message": "Nobody is known by what came with this request.",
    "remedy": "Send the server's token in a header, `Authorization: token …`, or log in with a browser.",
}
IMMUTABLE = f"private, max-age={365 * 24 * 3600}, immutable"
"""How long what never changes may be kept, by the caller's own cache alone."""
CURLS_OWN = "application/x-www-form-urlencoded"
"""What `curl --data` says of any body. It is read as JSON where a token came with it: a form of another site has none."""


class RuntFace(JupyterHandler):
    """What JSON resources, sockets and pages share."""

    @property
    def context(self) -> Context:
        """What this server's handlers share. StoreError while the store cannot be used."""
        opening: Opening = self.settings[KEY]
        return opening.context

    @property
    def client(self) -> LocalClient:
        """Blocking: call it by `self.call`."""
        return self.context.client

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Context.call`."""
        return await self.context.call(function, *args, **kwargs)

    def url(self, *parts: str) -> str:
        """A path below this server's `runt/`, base URL included."""
        return "/".join((self.base_url.rstrip("/"), "runt", *parts))

    # -- input -------------------------------------------------------------------------------------------------------

    @property
    def operation(self) -> Operation:
        """What openapi.yaml says of this request."""
        path = self.request.path.removeprefix(self.base_url.rstrip("/"))
        return contract().operation(self.request.method or "", path)

    def query(self) -> dict[str, Any]:
        """The query parameters that the document names, with their defaults; times in seconds. BadRequest has all faults."""
        given = {name: [_text(each, name) for each in texts] for name, texts in self.request.query_arguments.items()}
        return self.operation.given("query", given)

    # -- errors ------------------------------------------------------------------------------------------------------

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """An error that is the client's, or the store's, is an answer: only a defect of ours is logged with its traceback."""
        if isinstance(value, RuntError) and value.http_status != HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.info("runt: %s %s: %s", self.request.method, self.request.path, value.message)
        elif isinstance(value, web.HTTPError):
            super().log_exception(typ, value, tb)
        else:
            self.log.error("runt: %s failed", self._request_summary(), exc_info=(typ, value, tb))

    def _request_summary(self) -> str:
        """For tornado's log: a query may hold the token."""
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Our errors know their status."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        super().send_error(error.http_status if isinstance(error, RuntError) else status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error has the same shape."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        self.set_header("Content-Type", JSON)
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            unknown = web.RequestHandler.get
            known = [name for name in self.SUPPORTED_METHODS if getattr(type(self), name.lower()) is not unknown]
            self.set_header("Allow", ", ".join(known))
        told = error_json(error, status_code)
        if status_code == HTTPStatus.FORBIDDEN and not self.current_user:
            told |= UNKNOWN_CALLER
        self.finish(json.dumps(told))


class RuntHandler(RuntFace, APIHandler):
    """A JSON resource under `runt/api`."""

    def reply(self, value: Any, status: int = 200) -> None:
        """Ends the request with JSON."""
        self.set_status(status)
        self.finish(encode(value))

    # -- input -------------------------------------------------------------------------------------------------------

    def header(self, name: str) -> Any:
        """A header that the document names; None when it was not sent."""
        given = {name: self.request.headers.get_list(name)} if name in self.request.headers else {}
        return self.operation.given("header", given)[name]

    async def body(self) -> Any:
        """The JSON of the body as the document describes it, {} for none. BadRequest has all faults."""
        kind = self.request.headers.get("Content-Type", "")
        if kind.startswith(CURLS_OWN) and self.token_authenticated:
            kind = ""
        return await self.call(self.operation.body, self.request.body, kind)


def error_json(error: BaseException | None, status: int) -> dict[str, Any]:
    """`{error, message, remedy, details}`; what went wrong inside is told by the log alone."""
    if isinstance(error, RuntError):
        details = [_problem(each) for each in _problems(error)]
        return {"error": _word(error), "message": error.message, "remedy": error.remedy, "details": details}
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    told = phrase
    if isinstance(error, web.HTTPError) and error.log_message and status < 500:
        told = error.log_message % error.args  # without arguments, tornado doubles each %
    remedy = "The server's log tells more." if status >= 500 else ""
    return {"error": phrase.lower().replace(" ", "_"), "message": told, "remedy": remedy, "details": []}


def _word(error: RuntError) -> str:
    """`RunNotFound` as `run_not_found`."""
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BadRequest([Problem("is no UTF-8", f"?{name:.80}")]) from error


def _problems(error: RuntError) -> list[Problem]:
    """Every fault by itself, where an error tells of several."""
    if isinstance(error, NotebookError | BadRequest):
        return error.problems
    if isinstance(error, ParameterError):
        lines, names = error.message.splitlines(), error.names
        if len(lines) == 1 and names:
            return [Problem(error.message, f"$.parameters.{name}") for name in names]
        if len(lines) == len(names):
            return [Problem(line, f"$.parameters.{name}") for line, name in zip(lines, names, strict=True)]
        return [Problem(line, "$.parameters") for line in lines]
    return []


def _problem(problem: Any) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in type(problem).__slots__}
