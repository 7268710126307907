"""Runs that wait for an answer ask for attention; what has ended is told to who submitted it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.panel.lab import Person
from tests.panel.side_bar import RECORD, titled, was_executed
from tests.server.live import LiveServer

ASKS = "input('Name? ')"
SLOW = "import time\ntime.sleep(10.2)"


def tab(page: Page) -> Locator:
    """The icon of the side bar."""
    return page.locator(".jp-SideBar .lm-TabBar-tab[data-id='jp-runt-side-bar']")


def notices(page: Page, text: str) -> Locator:
    return page.locator(".Toastify__toast").filter(has_text=text)


pytestmark = pytest.mark.usefixtures("nothing_open")


def opened(person: Person) -> Page:
    page = person.lab()
    page.evaluate(RECORD)
    expect(tab(page)).to_be_visible()
    page.wait_for_function("document.querySelector(\".jp-SideBar [data-id='jp-runt-side-bar']\").title")
    return page


def test_a_question_is_told_once_and_until_it_is_answered(person: Person, live: LiveServer):
    page = opened(person)
    expect(tab(page)).to_have_attribute("title", "Runs")
    run_id = live.submit(ASKS, notebook=titled("Asks"), input="wait")
    expect(tab(page)).to_have_attribute("title", "Runs: 1 run waits for an answer")
    expect(tab(page)).to_have_attribute("data-runt-waiting", "1")
    expect(tab(page)).to_contain_class("jp-runt-attention")
    expect(notices(page, "“Asks” waits for an answer.")).to_have_count(1)
    notices(page, "“Asks” waits").get_by_role("button", name="Answer").click()
    was_executed(page, "runt:open-run", run_id=run_id)
    live.client.reply(run_id, "x")
    expect(tab(page)).to_have_attribute("title", "Runs")
    expect(tab(page)).not_to_have_attribute("data-runt-waiting", "1")

    second = live.submit(ASKS, notebook=titled("Asks too"), input="wait")
    expect(notices(page, "“Asks too” waits for an answer.")).to_have_count(1)
    live.client.reply(second, "x")
    expect(notices(page, "“Asks too”")).to_have_count(0)


def test_who_comes_later_is_told_of_all_questions_at_once(person: Person, live: LiveServer):
    asking = [live.submit(ASKS, notebook=titled(f"Early {number}"), input="wait") for number in (1, 2)]
    for run_id in asking:
        listener = live.store.listen()
        while live.store.run(run_id).status != "waiting":
            listener.wait(1.0)
        listener.close()
    page = opened(person)
    expect(notices(page, "2 runs wait for an answer.")).to_have_count(1)
    expect(notices(page, "Early")).to_have_count(0)
    notices(page, "2 runs wait").get_by_role("button", name="Show Runs").click()
    expect(page.locator("#jp-runt-side-bar")).to_be_visible()
    for run_id in asking:
        live.client.reply(run_id, "x")
    expect(tab(page)).to_have_attribute("title", "Runs")


@pytest.fixture
def chosen(live: LiveServer) -> Iterator[Callable[..., None]]:
    """Chooses what is told by notifications, as JupyterLab's settings editor would."""
    file = live.home / "config" / "lab" / "user-settings" / "jupyter-runt" / "runs.jupyterlab-settings"
    file.parent.mkdir(parents=True, exist_ok=True)

    def choose(**notify: bool) -> None:
        file.write_text(json.dumps({"notify": notify}))

    yield choose
    file.unlink(missing_ok=True)


def test_a_failure_of_ones_own_is_told_and_a_success_when_it_is_wished_for(
    person: Person, live: LiveServer, chosen: Callable[..., None]
):
    chosen(waiting=False, succeeded=True)
    own(person, "Fails late", SLOW, "1/0")
    own(person, "Succeeds late", SLOW)
    other = live.submit(SLOW, "1/0", notebook=titled("Fails for another one"), requested_by="somebody else")
    live.submit(ASKS, notebook=titled("Asks in vain"), input="wait")
    page = opened(person)  # while they go on
    expect(notices(page, "“Fails late” failed after")).to_have_count(1, timeout=20_000)
    expect(notices(page, "“Succeeds late” succeeded after")).to_have_count(1, timeout=20_000)
    expect(tab(page)).to_have_attribute("data-runt-waiting", "1")
    live.ended(other)
    expect(tab(page)).to_have_attribute(
        "title", "Runs: 1 run waits for an answer"
    )  # it knows that the other one is over
    for title in ("Fails for another one", "Asks in vain"):
        expect(notices(page, title)).to_have_count(0)


def own(person: Person, title: str, *sources: str) -> None:
    """Submits this as whoever has logged in."""
    cells = [{"source": source} for source in sources]
    body = {"notebook": json.dumps({"metadata": {"title": title}, "cells": cells}), "name": "n.yml"}
    request, live = person.context.request, person.live
    answer = request.post(f"{live.url}runt/api/runs", data=body, headers=live.auth)
    assert answer.ok, answer.text()
