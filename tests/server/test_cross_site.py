"""Requests that another site makes a logged-in browser send change nothing."""

from __future__ import annotations

import json

import pytest

from tests.server.browser import Browser
from tests.server.live import LiveServer

SERVER = {"start_worker": False}
NOTEBOOK = {"notebook": "cells:\n- source: print(1)\n"}


@pytest.fixture
def browser(live: LiveServer) -> Browser:
    made = Browser(live)
    made.log_in(live.token)
    return made


def test_a_browser_that_logged_in_submits_with_the_header_that_only_our_own_pages_can_send(live, browser):
    before = live.store.counts().get("queued", 0)
    refused = browser.request("POST", "runt/api/runs", json=NOTEBOOK)
    assert refused.status == 403
    assert "_xsrf" in refused.json()["message"]
    assert browser.request("POST", "runt/api/runs", json=NOTEBOOK, headers={"X-XSRFToken": "x"}).status == 403
    assert live.store.counts().get("queued", 0) == before
    assert browser.request("POST", "runt/api/runs", json=NOTEBOOK, headers=browser.xsrf).status == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_of_another_site_submits_nothing(live, browser, kind):
    before = live.store.counts()
    for headers in ({}, {"Origin": "http://evil.example"}, {"Referer": "http://evil.example/"}):
        answer = browser.request(
            "POST", "runt/api/runs", body=json.dumps(NOTEBOOK).encode(), headers={"Content-Type": kind, **headers}
        )
        assert answer.status in (400, 403, 404)
    assert live.store.counts() == before


@pytest.mark.parametrize(
    ("method", "path", "value"),
    [
        ("POST", "signals", {"kind": "cancel"}),
        ("POST", "inputs/x", {"text": ""}),
        ("POST", "rerun", {}),
        ("PATCH", "", {"pinned": True}),
        ("DELETE", "", None),
    ],
)
def test_what_changes_a_run_takes_the_header_too(live, browser, method, path, value):
    run_id = live.submit("1")
    place = f"runt/api/runs/{run_id}/{path}".rstrip("/")
    assert browser.request(method, place, json=value).status == 403
    assert live.store.run(run_id).status == "queued"
    assert browser.request(method, place, json=value, headers=browser.xsrf).status != 403


def test_a_browser_looks_without_that_header_but_not_from_elsewhere(live, browser):
    run_id = live.submit("1")
    assert browser.request("GET", f"runt/api/runs/{run_id}").status == 200
    elsewhere = browser.request("GET", f"runt/api/runs/{run_id}", headers={"Origin": "http://evil.example"})
    assert elsewhere.status == 404
    assert run_id not in elsewhere.text


def test_who_sends_the_token_is_no_browser_and_needs_no_header(live):
    answer = live.post("runt/api/runs", json=NOTEBOOK, headers={"Origin": "http://evil.example"})
    assert answer.status == 201
