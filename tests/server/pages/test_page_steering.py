"""Asking something of a run on its page: replies, cancel, interrupt, rerun, by whom, and by keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.server.live import LiveServer
from tests.server.pages.watching import Reader, cell, has_status

ASKS = "name = input('Your name? ')\nprint('hello', name)"
FOREVER = "import time\nprint('begun', flush=True)\ntime.sleep(600)"
GUEST = "guest"
AUTHORIZER = """\
from jupyter_server.auth import Authorizer
class ReadOnlyForGuests(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return action == "read" or handler.request.headers.get("User-Agent") != "guest"
c.ServerApp.authorizer_class = ReadOnlyForGuests
"""
SERVER = {"code": AUTHORIZER}


def test_a_question_is_answered_on_the_page_and_it_says_by_whom(live: LiveServer, reader: Reader):
    run_id = live.submit(ASKS, input="wait")
    page = reader.run(run_id)
    has_status(page, "waiting")
    expect(page.locator("#spoken")).to_have_text("The run waits for input: Your name? ")
    field = page.get_by_label("Your name?")
    field.fill("Ada <b>")
    field.press("Enter")
    has_status(page, "succeeded")
    expect(cell(page, 1).locator(".text")).to_have_text("hello Ada <b>\n")
    expect(cell(page, 1).locator(".note")).to_contain_text("Your name? – answered by Anonymous")
    expect(page.locator("form.question")).to_have_count(0)


def test_a_password_is_not_shown_while_it_is_typed(live: LiveServer, reader: Reader):
    run_id = live.submit("import getpass\nprint(len(getpass.getpass('Secret: ')))", input="wait")
    page = reader.run(run_id)
    field = page.get_by_label("Secret:")
    expect(field).to_have_attribute("type", "password")
    field.fill("hunter22")
    page.get_by_role("button", name="Send").click()
    expect(cell(page, 1).locator(".text")).to_have_text("8\n")
    assert "hunter22" not in page.content()


def test_a_reply_that_comes_too_late_is_refused_with_the_reason(live: LiveServer, reader: Reader):
    reader.expect_complaint("409")
    run_id = live.submit("input('Your name? ')", input="wait")
    heard = ["input.requested"]
    reader.context.route_web_socket(re.compile("/follow"), lambda socket: _relay(socket, heard))
    page = reader.run(run_id)
    field = page.get_by_label("Your name?")
    field.fill("late")
    heard.clear()  # from now on the page hears nothing, and so it still asks
    live.client.reply(run_id, "first")
    live.ended(run_id)
    field.press("Enter")
    expect(page.locator("form .fault")).to_contain_text(f"Run {run_id}")
    expect(field).to_have_value("late")
    expect(field).to_be_focused()


def _relay(socket: WebSocketRoute, heard: list[str]) -> None:
    server = socket.connect_to_server()
    server.on_message(lambda message: socket.send(message) if heard else None)
    server.on_close(lambda code, reason: None)


def test_a_run_is_cancelled_by_keyboard_alone_after_it_was_asked_for_twice(live: LiveServer, reader: Reader):
    run_id = live.submit(FOREVER, "print('never')")
    page = reader.run(run_id)
    expect(cell(page, 1).locator(".text")).to_have_text("begun\n")
    _tab_to(page, "Cancel")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Cancel this run?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    assert not live.store.run(run_id).ended
    page.keyboard.press("Enter")
    _tab_to(page, "Cancel the run")
    page.keyboard.press("Enter")
    has_status(page, "cancelled")
    expect(page.locator(".outcome")).to_contain_text("Cancelled: on request (Anonymous")
    expect(page.locator("#spoken")).to_have_text("The run is cancelled: on request.")
    expect(page.get_by_role("button", name="Run again")).to_be_focused()


def test_a_question_is_reached_and_answered_by_keyboard_alone(live: LiveServer, reader: Reader):
    run_id = live.submit("print('x')", ASKS, input="wait")
    page = reader.run(run_id)
    has_status(page, "waiting")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the cells")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your name?")).to_be_focused()
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    expect(cell(page, 2).locator(".text")).to_have_text("hello Ada\n")


def _tab_to(page: Page, name: str) -> None:
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", "the focus is seen"
            return
    raise AssertionError(f"{name!r} is not reached by the Tab key")


def test_an_interrupt_ends_the_cell(live: LiveServer, reader: Reader):
    run_id = live.submit(FOREVER)
    page = reader.run(run_id)
    expect(cell(page, 1).locator(".text").first).to_have_text("begun\n")
    page.get_by_role("button", name="Interrupt").click()
    page.get_by_role("dialog").get_by_role("button", name="Interrupt").click()
    has_status(page, "failed")
    expect(cell(page, 1).locator(".error")).to_contain_text("KeyboardInterrupt")


def test_running_it_again_leads_to_the_new_runs_page(live: LiveServer, reader: Reader):
    run_id = live.submit("print('again')")
    live.ended(run_id)
    page = reader.run(run_id)
    page.get_by_role("button", name="Run again").dblclick()
    page.wait_for_url(lambda url: run_id not in url)
    has_status(page, "succeeded")
    expect(cell(page, 1).locator(".text")).to_have_text("again\n")
    expect(page.get_by_role("link", name=run_id)).to_have_attribute("href", f"/runt/runs/{run_id}")
    assert len([row for row in live.store.match("") if live.store.run(row).parent_run == run_id]) == 1


def test_who_may_only_look_sees_no_buttons(browser: Browser, live: LiveServer, reader: Reader):
    run_id = live.submit(ASKS, input="wait")
    guest = Reader(browser, live, user_agent=GUEST)
    page = guest.run(run_id)
    has_status(page, "waiting")
    expect(page.get_by_text("Waiting for somebody who may answer.")).to_be_visible()
    assert page.get_by_role("button").count() == page.get_by_role("textbox").count() == 0
    owners = reader.run(run_id)
    owners.get_by_label("Your name?").fill("Ada")
    owners.get_by_role("button", name="Send").click()
    expect(cell(page, 1).locator(".text")).to_have_text("hello Ada\n")
    assert page.get_by_role("button").count() == 0
    guest.close()
