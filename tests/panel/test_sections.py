"""Below the runs: the queue, templates, runtimes and workers, each in a section that is asked for when it is opened."""

from __future__ import annotations

import json
import re
import secrets

from playwright.sync_api import Locator, Page, expect

from tests.panel.lab import Person
from tests.panel.side_bar import busy, panel, row, section, side_bar, titled, was_executed
from tests.server.live import LiveServer


def test_nothing_is_asked_for_before_it_is_to_be_seen(person: Person, live: LiveServer):
    asked: list[str] = []
    person.context.on("request", lambda request: asked.append(request.url.split("?")[0].rpartition("/")[2]))
    page = side_bar(person.lab())
    assert not {"templates", "runtimes"} & set(asked)
    expect(section(page, "Templates").locator("li").first).to_be_visible()
    expect(section(page, "Runtimes").locator("li").first).to_be_visible()
    assert asked.count("templates") == asked.count("runtimes") == 1
    title = panel(page).get_by_role("button", name="Runtimes Section")
    title.click()
    expect(title).to_have_attribute("aria-expanded", "false")
    with page.expect_request(re.compile("runt/api/runtimes")):
        title.click()


def test_a_section_that_was_opened_is_so_when_the_page_is_loaded_anew(person: Person, live: LiveServer):
    page = side_bar(person.lab(f"lab/workspaces/{secrets.token_hex(4)}"))
    with page.expect_request(
        lambda request: request.method == "PUT" and "jp-runt-runtimes" in (request.post_data or "")
    ):
        section(page, "Runtimes")
    page.reload()
    side_bar(page)
    expect(page.locator("#jp-runt-runtimes li").first).to_be_visible()
    expect(page.locator("#jp-runt-templates")).to_be_hidden()


def test_a_template_can_be_started(desk: Page, live: LiveServer):
    page = side_bar(desk)
    known = {each["name"]: each for each in live.get("runt/api/templates").json()["templates"]}
    name, about = next(iter(known.items()))
    item = section(page, "Templates").locator("li").filter(has_text=about["title"])
    expect(item).to_contain_text(about["description"][:30])
    page.wait_for_function("window.jupyterapp.commands.hasCommand('runt:start')")
    item.get_by_role("button", name=f"Start {about['title']}").click()
    was_executed(page, "runt:start", template=name)


def test_a_runtime_that_cannot_start_says_why(desk: Page, live: LiveServer):
    folder = live.home / "data" / "kernels" / "broken"
    folder.mkdir(parents=True, exist_ok=True)
    spec = {"argv": ["no-such-program", "{connection_file}"], "display_name": "Broken", "language": "none"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    page = side_bar(desk)
    items = reopened(page, "Runtimes").locator("li")
    expect(items.filter(has_text="Broken")).to_contain_text(
        "Not usable: The program of runtime 'broken' is missing: no-such-program"
    )
    expect(items.filter(has_text="python3").first).to_contain_text("usable")
    expect(items.filter(has_text="default")).to_have_count(1)


def test_a_server_that_does_not_answer_can_be_asked_again(desk: Page, visitor: Person):
    page = side_bar(desk)
    visitor.expect_complaint("503")
    told = json.dumps({"error": "store", "message": "The store is locked.", "remedy": "Wait.", "details": []})
    page.route(
        "**/runt/api/templates*", lambda route: route.fulfill(status=503, content_type="application/json", body=told)
    )
    templates = reopened(page, "Templates")
    expect(templates.get_by_role("alert")).to_have_text("The store is locked. Wait.")
    page.unroute("**/runt/api/templates*")
    templates.get_by_role("button", name="Try Again").click()
    expect(templates.locator("li").first).to_be_visible()
    expect(templates.get_by_role("alert")).to_have_count(0)


def test_workers_and_the_queue_are_shown_live(desk: Page, live: LiveServer):
    page = side_bar(desk)
    workers, queue = section(page, "Workers"), section(page, "Queue")
    (known,) = live.store.workers()
    expect(workers.locator("li")).to_contain_text(f"process {known.pid} on {known.host}")
    expect(workers.locator("li")).to_contain_text(f"0 of {known.concurrency} places")
    expect(queue).to_have_text("No run is queued.")
    release = busy(live)
    expect(workers.locator("li")).to_contain_text(f"{known.concurrency} of {known.concurrency} places")
    for priority in (0, 7):
        live.submit("1", notebook=titled(f"Of priority {priority}"), priority=priority)
    expect(queue.locator("p")).to_have_text(re.compile(r"^2 runs are queued, the oldest for \d+ s$"))
    expect(queue.locator("li .jp-runt-item-name")).to_have_text(["Of priority 7", "Of priority 0"])
    expect(queue.locator("li").first).to_contain_text("priority 7")
    title = panel(page).get_by_role("button", name="Queue Section")
    expect(title).to_have_attribute("data-runt-count", "2")
    queue.get_by_role("button", name="Of priority 7").click()
    was_executed(page, "runt:open-run", run_id=run_called(live, "Of priority 7"))
    release()
    expect(queue).to_have_text("No run is queued.")
    expect(title).to_have_attribute("data-runt-count", "")
    expect(row(page, "Of priority 0")).to_contain_text("succeeded")


def reopened(page: Page, name: str) -> Locator:
    """The section, which was closed before."""
    title = panel(page).get_by_role("button", name=f"{name} Section")
    if title.get_attribute("aria-expanded") == "true":
        title.click()
    return section(page, name)


def run_called(live: LiveServer, title: str) -> str:
    runs = live.get("runt/api/runs?limit=50").json()["runs"]
    return str(next(each["run_id"] for each in runs if each["title"] == title))
