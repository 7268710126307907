"""The list of runs in a real browser."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.server.live import LiveServer, serving
from tests.server.pages.watching import Reader

SERVER = {"start_worker": False, "base_url": "/user/ada/"}


def test_an_empty_list_says_what_makes_a_run_and_shows_the_first_one_live(browser: Browser):
    with serving(start_worker=False) as live:
        reader = Reader(browser, live)
        page = reader.open("runt/")
        expect(page.get_by_text("There are no runs yet")).to_be_visible()
        run_id = live.submit("1", "2", notebook={"metadata": {"title": "First <one>"}}, requested_by="ada")
        item = page.get_by_role("listitem")
        expect(item).to_contain_text("First <one>")
        expect(item).to_contain_text("queued")
        expect(page.locator("#counts")).to_have_text("1 queued")
        live.worker()
        expect(item).to_contain_text("succeeded")
        expect(item).to_contain_text("2 of 2 cells")
        expect(item).to_contain_text("ada")
        page.get_by_role("link", name="First <one>").click()
        page.wait_for_url(f"**/runt/runs/{run_id}")
        page.get_by_role("link", name="All runs").click()
        expect(item).to_contain_text("First <one>")
        live.client.delete(run_id)
        expect(page.get_by_text("There are no runs yet")).to_be_visible()
        reader.close()


def test_the_list_is_filtered_and_goes_on_to_older_runs(browser: Browser, live: LiveServer):
    live.submit("1", notebook={"metadata": {"title": "Waits"}})
    for title, labels in (("Fine", {"team": "ops"}), ("Broken", {})):
        live.client.signal(live.submit("1", notebook={"metadata": {"title": title}}, labels=labels), "cancel")
    for _ in range(99):
        live.submit("1")
    reader = Reader(browser, live)
    page = reader.open("runt/")
    items = page.get_by_role("listitem")
    expect(items).to_have_count(101)  # the newest hundred, and those that are open
    page.get_by_role("button", name="Older runs").click()
    expect(items).to_have_count(102)
    box = page.get_by_role("searchbox")
    box.fill("cancelled brok")
    expect(items).to_have_count(1)
    expect(items).to_contain_text("Broken")
    box.fill("team:ops")
    expect(items).to_contain_text("Fine")
    box.fill("nothing like it")
    expect(page.get_by_text("No run matches the filter.")).to_be_visible()
    reader.close()
