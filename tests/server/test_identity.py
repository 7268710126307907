"""Whose a run is, by every way of being known to a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_runt.client.request import os_user
from tests.server.browser import Browser
from tests.server.live import Answer, LiveServer, serving

NOTEBOOK = {"notebook": "cells:\n- source: print(1)\n"}

# As a hub's: the token says who it is. One user's name looks like what jupyter_server makes up.
PROVIDER = """
from jupyter_server.auth.identity import IdentityProvider, User

class Directory(IdentityProvider):
    people = {"a-token": User("alice", "Alice", "Dr. Alice"), "r-token": User("0123456789abcdef0123456789abcdef", "Rob")}

    async def get_user(self, handler):
        token = self.get_token(handler)
        found = User("operator") if token == self.token else self.people.get(token)
        handler._token_authenticated = found is not None
        return found

c.ServerApp.identity_provider_class = Directory
"""
SUBCLASS = """
from jupyter_server.auth.identity import PasswordIdentityProvider

class Ours(PasswordIdentityProvider):
    async def get_user(self, handler):
        return await super().get_user(handler)

c.ServerApp.identity_provider_class = Ours
"""
SERVER = {"start_worker": False}


def who(live: LiveServer, answer: Answer) -> tuple[str, str | None]:
    """Whose the submitted run is, by its row and its view, and by its first event."""
    assert answer.status == 201, answer.text
    run_id = answer.json()["run_id"]
    (submitted,) = live.store.read(run_id, 0, 1)
    view = live.client.view(run_id)
    assert live.store.run(run_id).requested_by == submitted.data["requested_by"] == view["requested_by"]
    assert view["via"] == submitted.data.get("via", "")
    return view["requested_by"], view["via"]


def test_a_token_without_a_cookie_stands_for_the_account_whose_server_it_is(live):
    for _ in range(2):
        assert who(live, live.post("runt/api/runs", json=NOTEBOOK)) == (os_user(), "token")


def test_show_says_that_a_token_stood_for_the_person(live):
    run_id = live.post("runt/api/runs", json=NOTEBOOK).json()["run_id"]
    shown = live.runt("show", run_id).out
    assert f"by:          {os_user()} (by a token)" in shown


def test_a_token_in_the_address_does_so_too(live):
    answer = live.post(f"runt/api/runs?token={live.token}", json=NOTEBOOK, token=None)
    assert who(live, answer) == (os_user(), "token")


def test_a_browser_keeps_the_name_that_its_page_shows(live):
    browser = Browser(live)
    browser.log_in(live.token)
    shown = browser.request("GET", "api/me").json()["identity"]["display_name"]
    assert shown.startswith("Anonymous ")
    for _ in range(2):
        assert who(live, browser.request("POST", "runt/api/runs", json=NOTEBOOK, headers=browser.xsrf)) == (shown, "")


def test_a_browser_that_sends_the_token_as_well_is_the_same_one(live):
    browser = Browser(live)
    browser.log_in(live.token)
    shown = browser.request("GET", "api/me").json()["identity"]["display_name"]
    answer = browser.request("POST", "runt/api/runs", json=NOTEBOOK, headers={**live.auth})
    assert who(live, answer) == (shown, "")


def test_a_forged_cookie_names_nobody(live):
    browser = Browser(live)
    browser.log_in(live.token)
    browser.cookies = {name: value[::-1] for name, value in browser.cookies.items()}
    assert browser.request("POST", "runt/api/runs", json=NOTEBOOK, headers=browser.xsrf).status == 403
    answer = browser.request("POST", "runt/api/runs", json=NOTEBOOK, headers={**live.auth})
    assert who(live, answer) == (os_user(), "token")


def test_a_signal_and_a_rerun_are_recorded_in_the_same_name(live):
    run_id = live.post("runt/api/runs", json=NOTEBOOK).json()["run_id"]
    assert who(live, live.post(f"runt/api/runs/{run_id}/rerun", json={})) == (os_user(), "token")
    assert live.post(f"runt/api/runs/{run_id}/signals", json={"kind": "pause"}).status == 202
    assert [signal.requested_by for signal in live.store.signals(run_id)] == [os_user()]


def own_names(answer: Answer) -> list[str]:
    names: list[str] = answer.json()["own_names"]
    return names


def test_whoever_a_stock_server_lets_in_also_goes_by_the_name_of_its_account(live):
    browser = Browser(live)
    browser.log_in(live.token)
    shown = browser.request("GET", "api/me").json()["identity"]["display_name"]
    assert own_names(browser.request("GET", "runt/api/status")) == sorted([shown, os_user()])
    assert own_names(live.get("runt/api/status")) == [os_user()]


@pytest.fixture(scope="module")
def directory() -> Iterator[LiveServer]:
    with serving(start_worker=False, code=PROVIDER) as made:
        yield made


@pytest.mark.parametrize(("token", "name"), [("a-token", "alice"), ("r-token", "0123456789abcdef0123456789abcdef")])
def test_a_provider_that_knows_its_users_by_their_tokens_has_named_them(directory, token, name):
    assert who(directory, directory.post("runt/api/runs", json=NOTEBOOK, token=token)) == (name, "")


def test_a_provider_that_knows_its_users_gives_each_one_name(directory):
    for token, name in (("a-token", "alice"), ("r-token", "0123456789abcdef0123456789abcdef")):
        assert own_names(directory.get("runt/api/status", token=token)) == [name]


def test_a_provider_that_makes_up_users_itself_makes_no_name_certain():
    with serving(start_worker=False, code=SUBCLASS) as made:
        assert own_names(made.get("runt/api/status")) == []


@pytest.mark.parametrize(
    ("options", "token", "via"),
    [
        ({"code": SUBCLASS}, "", "token"),
        ({"config": {"IdentityProvider": {"token": ""}, "ServerApp": {"disable_check_xsrf": True}}}, None, "open"),
    ],
    ids=["a provider of its own that makes up users", "a server that asks nobody"],
)
def test_a_user_that_is_made_up_for_a_request_names_nobody(options: dict[str, Any], token: str | None, via: str):
    with serving(start_worker=False, **options) as made:
        assert who(made, made.post("runt/api/runs", json=NOTEBOOK, token=token)) == (os_user(), via)
