"""Who gets an answer at all: every route of the table, asked without a token, with a wrong one, and by who may only look."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tornado.websocket import WebSocketHandler

from jupyter_runt.server.access import action_of
from jupyter_runt.server.routes import ELSEWHERE, ROUTES, Route
from tests.server.live import Answer, LiveServer
from tests.server.test_routes import methods

# What a request may do stands in a header of its own: one server is asked in the name of everybody.
AUTHORIZER = """
from jupyter_server.auth import Authorizer

class ByHeader(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        allowed = handler.request.headers.get("X-May", "all")
        return allowed == "all" or f"{resource}:{action}" in allowed.split()

c.ServerApp.authorizer_class = ByHeader
"""
SERVER = {"code": AUTHORIZER, "start_worker": False}
SOCKET = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}  # fmt: skip
NOTEBOOK = {"notebook": "cells:\n- source: print(1)\n"}


def table() -> Iterator[pytest.param]:  # type: ignore[valid-type]
    for route in (*ROUTES, *ELSEWHERE):
        for method in methods(route.handler):
            yield pytest.param(route, method.upper(), id=f"{method.upper()} {route.path}")


EVERY = pytest.mark.parametrize(("route", "method"), list(table()))


def ask(live: LiveServer, route: Route, method: str, *, token: str | None = "", **headers: str) -> Answer:
    """A request whose input is wrong in every way: who may not ask must not learn that."""
    parts = {"run_id": "nosuchrun", "sha256": "0" * 64, "seq": "1"}
    path = re.sub(r"{(\w+)}", lambda part: parts.get(part[1], "x"), route.path).replace("(?:/.*)?", "/nowhere")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if issubclass(route.handler, WebSocketHandler):
        sent |= SOCKET
    body = None if method in ("GET", "HEAD") else b"{"
    return live.request(
        method, live.base_url.rstrip("/") + path + "?limit=x&after=x", body=body, headers=sent, token=token
    )


def is_refused(answer: Answer) -> bool:
    """A page sends browsers to log in; everything else says 403, and neither says more."""
    if answer.status == 302:
        return "/login?next=" in str(answer.headers["Location"])
    return answer.status == 403 and "nosuchrun" not in answer.text


@EVERY
def test_nobody_gets_an_answer_without_a_token(live: LiveServer, route: Route, method: str):
    assert is_refused(ask(live, route, method, token=None, X_May="all"))


@EVERY
def test_a_wrong_token_is_none(live: LiveServer, route: Route, method: str):
    assert is_refused(ask(live, route, method, token="wrong", X_May="all"))


@EVERY
def test_who_may_do_nothing_here_is_refused_before_the_input_is_looked_at(live: LiveServer, route: Route, method: str):
    others = " ".join(
        f"{resource}:{action}" for resource in ("contents", "kernels") for action in ("read", "write", "execute")
    )
    for allowed in ("nothing", others):
        answer = ask(live, route, method, X_May=allowed)
        assert answer.status == 403
        assert "nosuchrun" not in answer.text


@EVERY
def test_each_method_takes_its_own_permission_and_no_other(live: LiveServer, route: Route, method: str):
    needed = action_of(getattr(route.handler, method.lower()))
    for action in ("read", "execute", "write"):
        answer = ask(live, route, method, X_May=f"runt:{action}")
        assert (answer.status == 403) == (action != needed), (action, answer.status, answer.body)
        assert answer.status < 500


def test_a_refusal_has_the_shape_of_every_error(live: LiveServer):
    answer = live.get("runt/api/runs", token=None)
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error", "message", "remedy", "details"}
    assert answer.json()["error"] == "forbidden"
    told = live.post("runt/api/runs", json=NOTEBOOK, headers={"X-May": "runt:read"}).json()
    assert told["message"] == "User is not authorized to execute on resource: runt."


def test_a_path_takes_the_permission_to_read_contents_too(live: LiveServer):
    live.write("report.yml", NOTEBOOK["notebook"])
    asked = {"path": "report.yml", "start_worker": False}
    for path in ("report.yml", "no-such-file.yml"):
        answer = live.post(
            "runt/api/runs", json={**asked, "path": path}, headers={"X-May": "runt:execute contents:write"}
        )
        assert answer.status == 403
        assert answer.json()["message"] == "User is not authorized to read on resource: contents."
    answer = live.post("runt/api/runs", json=asked, headers={"X-May": "runt:execute contents:read"})
    assert answer.status == 201
    # What brings its notebook along reads none.
    assert live.post("runt/api/runs", json=NOTEBOOK, headers={"X-May": "runt:execute"}).status == 201


def test_who_may_look_sees_what_others_submitted(live: LiveServer):
    run_id = live.submit("1")
    shown = live.get(f"runt/api/runs/{run_id}", headers={"X-May": "runt:read"})
    assert shown.json()["status"] == "queued"
    for method, path, value in (
        ("POST", f"runt/api/runs/{run_id}/signals", {"kind": "cancel"}),
        ("POST", f"runt/api/runs/{run_id}/rerun", {}),
        ("PATCH", f"runt/api/runs/{run_id}", {"pinned": True}),
        ("DELETE", f"runt/api/runs/{run_id}", None),
    ):
        assert live.request(method, path, json=value, headers={"X-May": "runt:read"}).status == 403
    assert live.store.run(run_id).status == "queued"
    assert not live.store.run(run_id).pinned
