"""The table of routes, the document and the handlers say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from openapi_spec_validator import validate
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from jupyter_runt.server.access import action_of
from jupyter_runt.server.contract import contract
from jupyter_runt.server.routes import ELSEWHERE, ROUTES, Route

METHODS = ("get", "head", "post", "put", "patch", "delete")
DOCUMENT = contract().document


def methods(handler: type[Any]) -> list[str]:
    """The HTTP methods that a handler has."""
    return [name for name in METHODS if getattr(handler, name) is not getattr(RequestHandler, name)]


def each_operation() -> Iterator[Any]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield pytest.param(path, method, item, id=f"{method} {path}")


@pytest.mark.parametrize("route", [*ROUTES, *ELSEWHERE], ids=lambda route: route.path)
def test_every_method_of_every_route_says_what_it_takes_to_be_allowed(route: Route):
    assert methods(route.handler)
    for name in methods(route.handler):
        assert action_of(getattr(route.handler, name)) in ("read", "execute", "write"), name
    # A browser asks by OPTIONS before it sends a token; jupyter_server answers that, with headers alone.
    assert route.handler.options in (APIHandler.options, JupyterHandler.options, RequestHandler.options)


def test_looking_is_a_get_and_nothing_else_needs_less_than_execute_but_what_only_reads_its_input():
    pure = {"/runt/api/convert", "/runt/api/parameters", "/runt/api/validate"}
    for route in ROUTES:
        for name in methods(route.handler):
            action = action_of(getattr(route.handler, name))
            if name in ("get", "head") or route.path in pure:
                assert action == "read", (name, route.path)
            else:
                # When a schedule's code is executed is what a change of it says.
                executes = name == "post" or (name, route.path) == ("patch", "/runt/api/schedules/{schedule_id}")
                assert action == ("execute" if executes else "write"), (name, route.path)


def test_the_document_is_valid_openapi():
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_the_document_has_every_route_and_every_method_and_no_more():
    routed = {(route.path, name) for route in ROUTES for name in methods(route.handler) if name != "head"}
    described = {(path, name) for path, item in DOCUMENT["paths"].items() for name in METHODS if name in item}
    assert described == routed


@pytest.mark.parametrize(("path", "method", "item"), list(each_operation()))
def test_an_operation_describes_its_path_its_faults_and_has_a_name(path: str, method: str, item: dict[str, Any]):
    operation = item[method]
    parameters = [_resolved(each) for each in (*item.get("parameters", ()), *operation.get("parameters", ()))]
    assert sorted(each["name"] for each in parameters if each["in"] == "path") == sorted(re.findall(r"{(\w+)}", path))
    assert operation["operationId"].isidentifier()
    assert operation["summary"]
    assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    assert "403" in operation["responses"]
    takes_input = "requestBody" in operation or any(each["in"] != "path" for each in parameters)
    assert ("400" in operation["responses"]) >= takes_input
    assert ("415" in operation["responses"]) == ("requestBody" in operation)
    assert ("404" in operation["responses"]) >= ("{" in path)


def test_operations_have_names_of_their_own():
    names = [item[name]["operationId"] for item in DOCUMENT["paths"].values() for name in METHODS if name in item]
    assert len(names) == len(set(names))


def test_a_request_is_taken_for_the_operation_of_its_own_path():
    found = contract().operation("get", "/runt/api/runs/20261120-104850-bk7w3q")
    assert found.takes_body is False
    assert contract().operation("POST", "/runt/api/runs").takes_body
    with pytest.raises(KeyError):
        contract().operation("get", "/runt/api/nowhere")


def test_sockets_are_no_json_resources_and_the_other_way_round():
    for route in ROUTES:
        if issubclass(route.handler, WebSocketHandler):
            assert not issubclass(route.handler, APIHandler)
            assert methods(route.handler) == ["get"]


def _resolved(described: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in described:
        return described
    found: Any = DOCUMENT
    for part in described["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)
