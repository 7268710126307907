"""The side bar shows the runs, in groups, as they change, and what can be done with each."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.panel.lab import Person
from tests.panel.side_bar import busy, ended, executed, group, held, many, panel, row, side_bar, titled, was_executed
from tests.server.live import LiveServer


@pytest.fixture
def page(desk: Page) -> Page:
    """A page that shows the side bar."""
    return side_bar(desk)


def test_runs_stand_in_groups_and_move_as_they_go_on(page: Page, live: LiveServer):
    failed = ended(live, "Fails", "1", "1/0", "3")
    _, go = held(live, "Goes on", "3", "4")
    asking = live.submit("input('Name? ')", notebook=titled("Asks"), input="wait")

    expect(row(page, "Fails").locator(".jp-runt-status")).to_have_text("failed")
    expect(row(page, "Fails")).to_contain_text("2/3 1 failed")
    expect(row(page, "Goes on")).to_contain_text("1/4")
    expect(row(page, "Asks").locator(".jp-runt-status")).to_have_text("waiting")
    assert [group(page, title) for title in ("Asks", "Goes on", "Fails")] == ["waiting", "running", "recent"]
    headings = panel(page).locator("h3").all_inner_texts()
    assert headings == [each for each in ("Waiting for an answer", "Running", "Queued", "Recent") if each in headings]
    assert live.store.run(failed).requested_by in row(page, "Fails").inner_text()

    shown = row(page, "Goes on").element_handle()
    go()
    expect(row(page, "Goes on").locator(".jp-runt-status")).to_have_text("succeeded")
    assert group(page, "Goes on") == "recent"
    assert shown is not None
    assert shown.is_visible(), "the row was made anew"
    live.client.reply(asking, "x")
    expect(row(page, "Asks").locator(".jp-runt-status")).to_have_text("succeeded")
    live.client.delete(asking)
    expect(row(page, "Asks")).to_have_count(0)


def test_time_goes_on_while_a_run_does(page: Page, live: LiveServer):
    _, go = held(live, "Ticks")
    elapsed = row(page, "Ticks").locator(".jp-runt-number").last
    expect(elapsed).to_have_text(re.compile(r"^\d+ s$"))
    first = elapsed.inner_text()
    expect(elapsed).not_to_have_text(first)
    go()
    expect(elapsed).to_have_text(re.compile(r"^\d+(\.\d)? s$"))


def test_a_queued_run_stands_where_it_will_be_taken(page: Page, live: LiveServer):
    release = busy(live)
    for priority in (1, 5):
        live.submit("1", notebook=titled(f"Priority {priority}"), priority=priority)
    names = page.locator(".jp-runt-row[data-status=queued] .jp-runt-row-name")
    expect(names).to_have_text(["Priority 5", "Priority 1"])
    release()
    expect(names).to_have_count(0)


def test_a_click_opens_the_run(page: Page, live: LiveServer):
    run_id = ended(live, "Opens")
    row(page, "Opens").locator(".jp-runt-status").click()
    was_executed(page, "runt:open-run", run_id=run_id)


def test_what_a_row_offers_is_what_fits_the_run(page: Page, live: LiveServer):
    done = ended(live, "Done")
    running, go = held(live, "Held")
    expect(row(page, "Done")).to_contain_text("succeeded")
    expect(row(page, "Held")).to_contain_text("running")
    assert offered(page, "Held") >= {"Open", "Pin"}
    assert "Remove…" not in offered(page, "Held")
    assert offered(page, "Done") >= {"Open", "Pin", "Run Again…"}
    assert "Cancel" not in offered(page, "Done")
    row(page, "Done").hover()
    row(page, "Done").get_by_role("button", name="Run Done again").click()
    was_executed(page, "runt:start", rerun=done)
    assert executed(page, "runt:open-run") == []
    live.client.signal(running, "cancel")
    go()
    live.ended(running)


def offered(page: Page, title: str) -> set[str]:
    """What the menu of a row holds, opened by its button."""
    row(page, title).hover()
    row(page, title).get_by_role("button", name=f"More for {title}").click()
    menu = page.get_by_role("menu").filter(has_text="Open")
    expect(menu).to_be_visible()
    found = menu.locator(".lm-Menu-item:not(.lm-mod-hidden) .lm-Menu-itemLabel").all_inner_texts()
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    return set(found)


def test_a_run_is_pinned_and_unpinned_by_its_menu(page: Page, live: LiveServer):
    run_id = ended(live, "Kept")
    for choice, pins in (("Pin", 1), ("Unpin", 0)):
        if pins:
            row(page, "Kept").click(button="right")
        else:
            row(page, "Kept").hover()
            row(page, "Kept").get_by_role("button", name="More for Kept").click()
        page.get_by_role("menuitem", name=choice, exact=True).click()
        expect(row(page, "Kept").locator(".jp-runt-row-pin")).to_have_count(pins)
        assert live.store.run(run_id).pinned == bool(pins)


def test_titles_and_names_are_text(page: Page, live: LiveServer):
    title = "<img src=x onerror=alert(1)> & <b>bold</b> %1 " + "long " * 40
    ended(live, title.strip(), labels={"<i>": "</i>"})
    expect(row(page, title.strip())).to_be_visible()
    assert panel(page).locator("img, b, i").count() == 0
    name = row(page, title.strip()).get_by_role("button").first
    assert name.evaluate("each => each.scrollWidth > each.clientWidth"), "a long name is cut"
    name.hover()
    assert title.strip() in (row(page, title.strip()).get_attribute("title") or "")


def test_words_and_a_status_choose_among_the_runs(page: Page, live: LiveServer):
    ended(live, "Monthly costs", labels={"team": "ops"})
    ended(live, "Monthly income", "1/0")
    words, status = page.get_by_label("Filter by words"), page.get_by_label("Status")
    names = panel(page).locator(".jp-runt-row-name")
    words.fill("monthly")
    expect(names).to_have_text(["Monthly income", "Monthly costs"])
    words.fill("team=ops month")
    expect(names).to_have_text(["Monthly costs"])
    words.fill("monthly")
    status.select_option("failed")
    expect(names).to_have_text(["Monthly income"])
    words.fill("no such thing")
    expect(panel(page).get_by_text("No run matches.")).to_be_visible()
    words.press("Escape")
    status.select_option("")
    expect(names.filter(has_text="Monthly costs")).to_be_visible()


def test_runs_that_are_not_here_are_found_on_the_server_and_page_by_page(person: Person, live: LiveServer):
    oldest = ended(live, "A needle long ago")
    many(live, "Hay", 105)
    page = side_bar(person.lab())
    names = panel(page).locator(".jp-runt-row-name")
    words = page.get_by_label("Filter by words")
    words.fill("needle ago")
    expect(names).to_have_text(["A needle long ago"])
    words.fill("hay 104")
    expect(names).to_have_text(["Hay 104"])
    words.fill("")
    expect(names.first).to_be_visible()
    panel(page).get_by_role("button", name="Older Runs").click()
    names.last.scroll_into_view_if_needed()
    expect(row(page, "A needle long ago")).to_have_count(1)
    live.client.delete(oldest)
    person.expect_complaint("404")
    row(page, "A needle long ago").get_by_role("button").first.click()
    expect(row(page, "A needle long ago")).to_have_count(0)
