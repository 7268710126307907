"""`GET runt/` and `GET runt/runs/{run_id}`: the pages for people, which a link in a chat opens in any browser."""

from __future__ import annotations

import json
import secrets
from functools import cache
from http import HTTPStatus
from time import time
from typing import Any

from tornado import web
from tornado.template import Loader

from jupyter_runt.errors import RuntError
from jupyter_runt.server.access import is_allowed, may
from jupyter_runt.server.base import RuntFace, error_json
from jupyter_runt.server.pages.assets import FOLDER, assets

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; connect-src 'self'; img-src data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class HumanFace(RuntFace):
    """What people look at: errors are pages, and who is not logged in is sent to log in."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A page that says what happened and what to do."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        told = error_json(error, status_code)
        title = told["message"] if isinstance(error, RuntError) else HTTPStatus(status_code).phrase
        if isinstance(error, web.HTTPError) and status_code == HTTPStatus.FORBIDDEN:
            title, told["remedy"] = "You may not look at this.", "Ask whoever runs this server."
        self.show("error.html", title=title, remedy=told["remedy"])

    def show(self, name: str, **values: Any) -> None:
        """Ends the request with a page of web/. It loads only what is its own."""
        nonce = secrets.token_urlsafe(16)
        self.set_header("Content-Security-Policy", POLICY.format(nonce=nonce))
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "private, no-store")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        static = self.url("static", assets().version)
        self.finish(templates().load(name).generate(nonce=nonce, static=static, home=self.url(""), **values))

    async def told(self, **values: Any) -> str:
        """What a page's modules are told, as JSON that may stand inside a script element."""
        self.xsrf_token  # noqa: B018  # sets the cookie that the page's requests answer with
        values = {"root": self.url(), "may_execute": await is_allowed(self, "execute"), "now": time(), **values}
        return json.dumps(values).replace("<", "\\u003c")


class ListPage(HumanFace):
    """All runs, live."""

    @may("read")
    async def get(self) -> None:
        self.context  # noqa: B018  # where there is no store to list, the page says why
        self.show("list.html", config=await self.told())


class ListAddress(HumanFace):
    """The address without its last slash, as people type it."""

    @may("read")
    async def get(self) -> None:
        self.redirect(self.url(""), permanent=True)


class RunPage(HumanFace):
    """One run, live."""

    @may("read")
    async def get(self, run_id: str) -> None:
        row = await self.call(self.client.store.run, run_id)
        title = (row.title or row.name or row.run_id).encode("utf-8", "replace").decode()
        self.show("run.html", title=title, status=row.status, config=await self.told(run_id=run_id, head=row.seq))


@cache
def templates() -> Loader:
    """Tornado's: whatever they are given is escaped, unless they say otherwise."""
    return Loader(str(FOLDER), autoescape="xhtml_escape")
