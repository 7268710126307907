"""A browser as far as a server can tell: it has logged in, keeps cookies, and sends no token."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tests.server.live import Answer, LiveServer


class Browser:
    """One visitor of a server. `log_in` is the form of the login page, with the server's token or password."""

    def __init__(self, live: LiveServer) -> None:
        self._live = live
        self.cookies: dict[str, str] = {}

    @property
    def xsrf(self) -> dict[str, str]:
        """What the scripts of our own pages send, and those of others cannot."""
        return {"X-XSRFToken": self.cookies["_xsrf"]}

    def request(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Answer:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **(headers or {})}
        answer = self._live.request(method, path, headers=sent, token=None, **options)
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.coded_value
        return answer

    def log_in(self, secret: str) -> None:
        page = self.request("GET", "login")
        field = re.search(r'name="_xsrf" value="([^"]*)"', page.text)
        form = urlencode({"_xsrf": field[1] if field else self.cookies.get("_xsrf", ""), "password": secret}).encode()
        answer = self.request("POST", "login", body=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 302, answer.text
