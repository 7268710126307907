"""A run in a notebook's output: read anew from the server wherever that notebook is opened, and live while the run is open."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from http.client import HTTPException
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from jupyter_runt.magics.picture import MIME
from tests.cli.runt import until
from tests.panel.lab import EXTENSIONS, Person, command, lab
from tests.panel.pictures import (
    FOLLOW,
    HEAD,
    NOTE,
    PICTURE,
    SOON,
    TAIL,
    go,
    heard,
    held,
    opened,
    picture,
    show,
    steps,
    write,
)
from tests.server.live import LiveServer

OPEN = ("queued", "starting", "running", "waiting")


pytestmark = pytest.mark.usefixtures("nothing_open")


def test_it_is_live_in_a_notebook_that_was_saved_long_ago_and_shows_all_outputs_at_the_end(
    desk: Page, live: LiveServer
):
    run_id = held(live, "saved")
    write(live, "saved.ipynb", picture(live, run_id))
    page, shown = desk, opened(desk, "saved.ipynb")
    expect(shown.locator(HEAD)).to_contain_text("Report saved running")
    expect(shown.locator(TAIL)).to_contain_text("step")
    seen = steps(shown)
    page.wait_for_function(
        "([tail, seen]) => +document.querySelector(tail).innerText.split(/\\s+/).at(-1) > seen", arg=[TAIL, seen + 3]
    )
    go(live, "saved")
    expect(shown.locator(HEAD)).to_contain_text("Report saved succeeded")
    expect(shown.locator(HEAD)).to_contain_text("3/3 cells")
    texts = shown.locator(".jp-runt-picture-outputs")
    expect(texts.nth(0)).to_have_text("first\n")
    expect(texts.nth(1)).to_contain_text("step 0\nstep 1\n")
    expect(texts.nth(2)).to_have_text("done\n")
    expect(shown.get_by_role("button", name="Cancel")).to_be_hidden()


def test_the_kernels_own_pictures_change_nothing_and_a_page_that_is_loaded_anew_goes_on(
    person: Person, live: LiveServer
):
    live.write("slow.yml", json.dumps({"metadata": {"title": "Slow"}, "cells": [
        {"id": "wait", "source": f"import os, time\nwhile not os.path.exists({str(live.home / 'slow')!r}):\n    print(time.monotonic(), flush=True)\n    time.sleep(0.02)"},
        {"id": "end", "source": "print('the end')"},
    ]}))  # fmt: skip
    cell: dict[str, Any] = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    source = "%load_ext jupyter_runt\nrun = %runt run slow.yml\nrun"
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    live.write("magic.ipynb", json.dumps({"cells": [{**cell, "source": source}], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}))  # fmt: skip
    page = person.lab("lab/workspaces/magic/tree/magic.ipynb")
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'", timeout=SOON
    )
    command(page, "notebook:run-all-cells")
    shown = page.locator(PICTURE)
    expect(shown.locator(TAIL)).to_be_visible(timeout=SOON)
    told = page.evaluate(
        """async ([picture, head]) => {
            const [output, shown] = [document.querySelector(picture), document.querySelector(head)];
            const { content } = window.jupyterapp.shell.currentWidget;
            let [models, drawn, gone] = [0, 0, 0];
            const changed = content.widgets[0].model.outputs.changed;
            const count = () => (models += 1);
            changed.connect(count);
            const watch = new MutationObserver(() => (drawn += 1));
            watch.observe(output, { subtree: true, childList: true, characterData: true });
            await new Promise(go => setTimeout(go, 2000));
            changed.disconnect(count);
            watch.disconnect();
            return { models, drawn, isSame: output.isConnected && shown.isConnected && document.querySelectorAll(picture).length === 1 };
        }""",
        [PICTURE, HEAD],
    )
    assert told["isSame"]
    assert told["models"] > 5, "the kernel has drawn its own pictures meanwhile"
    assert 5 < told["drawn"] <= 2 * 9
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save'); }")
    page.reload()
    expect(shown.locator(TAIL)).to_be_visible(timeout=SOON)
    before = shown.locator(TAIL).inner_text()
    expect(shown.locator(TAIL)).not_to_have_text(before)
    go(live, "slow")
    expect(shown.locator(HEAD)).to_contain_text("Slow succeeded")
    expect(shown.locator(".jp-runt-picture-outputs").last).to_have_text("the end\n")


def test_outputs_of_one_run_share_one_connection_and_an_ended_run_needs_none(desk: Page, live: LiveServer):
    run_id = held(live, "shared")
    bundle = picture(live, run_id)
    write(live, "shared.ipynb", bundle, bundle, bundle)
    read = f"{live.url}runt/api/runs/{run_id}"
    with heard(desk, run_id) as (asked, sockets):
        opened(desk, "shared.ipynb")
        expect(desk.locator(TAIL)).to_have_count(3)
        assert (asked.count(read), len(sockets)) == (1, 1)
        with sockets[0].expect_event("close"):
            go(live, "shared")
        expect(desk.locator(HEAD).get_by_text("succeeded")).to_have_count(3)
    ended = live.submit("print('all of it')")
    live.ended(ended)
    write(live, "ended.ipynb", picture(live, ended))
    with heard(desk, ended) as (asked, sockets):
        show(desk, "ended.ipynb")
        expect(desk.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-runt-picture-outputs")).to_have_text(
            "all of it\n", timeout=SOON
        )
        assert (asked.count(f"{live.url}runt/api/runs/{ended}"), len(sockets)) == (1, 0)


def test_what_nobody_can_see_is_not_followed(desk: Page, live: LiveServer):
    run_id = held(live, "far")
    write(live, "far.ipynb", picture(live, run_id), before=["line\n\n" * 200])
    shown = desk.locator(PICTURE)
    to_the_run = "() => window.jupyterapp.shell.currentWidget.content.scrollToItem(1)"
    with heard(desk, run_id) as (_, sockets):
        show(desk, "far.ipynb")
        expect(desk.locator(".jp-Notebook .jp-MarkdownCell")).to_be_visible(timeout=SOON)
        desk.evaluate("() => new Promise(requestAnimationFrame)")
        assert sockets == []
        desk.evaluate(to_the_run)
        expect(shown.locator(TAIL)).to_contain_text("step", timeout=SOON)
        with sockets[0].expect_event("close"):
            desk.evaluate("() => document.querySelector('.jp-WindowedPanel-outer').scrollTo(0, 0)")
        with desk.expect_websocket(lambda socket: run_id in socket.url):
            desk.evaluate(to_the_run)
        go(live, "far")
        expect(shown.locator(HEAD)).to_contain_text("Report far succeeded")
        assert len(sockets) == 2


def test_a_question_is_told_and_the_run_can_be_opened_and_cancelled(desk: Page, live: LiveServer):
    run_id = live.submit("input('Which year? ')", input="wait", notebook={"metadata": {"title": "Asks"}})
    write(live, "asks.ipynb", picture(live, run_id))
    page, shown = desk, opened(desk, "asks.ipynb")
    expect(shown.get_by_role("status").get_by_text("Waits for an answer: Which year?")).to_be_visible()
    shown.get_by_role("button", name="Open run Asks").click()
    expect(page.get_by_role("tab", name="Asks", exact=True)).to_be_visible()
    page.get_by_role("tab", name="asks.ipynb", exact=True).click()
    shown.get_by_role("button", name="Cancel Asks").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    expect(shown.locator(HEAD)).to_contain_text("cancelled: on request")
    assert live.ended(run_id)[0] == "cancelled"


EVIL = "<img src='nowhere' onerror='window.evil = 1'><script>window.evil = 1</script>"


def test_what_a_run_has_shown_is_sanitised_although_its_notebook_is_trusted(
    desk: Page, visitor: Person, live: LiveServer
):
    visitor.expect_complaint("404")  # of the picture that is nowhere
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" onload="window.evil = 1"><script>window.evil = 1</script>{EVIL}</svg>'
    )
    run_id = live.submit(
        f"from IPython.display import HTML, SVG, Javascript, display\ndisplay(HTML({EVIL!r} + '<b>bold</b>'))\n"
        f"display({{'image/svg+xml': {svg!r}, 'text/plain': 'svg'}}, raw=True)\ndisplay(Javascript('window.evil = 1'))\nprint({EVIL!r})",
        notebook={"metadata": {"title": EVIL}},
    )
    assert live.ended(run_id)[0] == "succeeded"
    write(live, "evil.ipynb", picture(live, run_id))
    page, shown = desk, opened(desk, "evil.ipynb")
    page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.widgets[0].model.trusted = true }")
    expect(shown.locator("b")).to_have_text("bold")
    expect(shown.locator(HEAD)).to_contain_text(EVIL)
    expect(shown.locator("img[src^='data:image/svg']")).to_have_count(1)
    assert page.evaluate("window.evil") is None


def test_what_this_server_does_not_know_is_shown_as_the_notebook_has_it(desk: Page, visitor: Person, live: LiveServer):
    run_id = live.submit("print('known here')", notebook={"metadata": {"title": "Mine"}})
    live.ended(run_id)
    about = {"server": "https://elsewhere.example/", "status": "running"}
    bundles = [
        picture(live, run_id, **about, run_id="20200101-000000-000000"),
        picture(live, run_id, **about, name="other.yml"),  # another run that somebody gave the same id
    ]
    write(live, "elsewhere.ipynb", *({**bundle, "text/html": f"<p>as it was</p>{EVIL}"} for bundle in bundles))
    visitor.expect_complaint("404")
    page = desk
    opened(page, "elsewhere.ipynb")
    expect(page.locator(NOTE)).to_have_text(
        [
            "This server does not know the run; it was started by way of https://elsewhere.example/. This is how it was when it was last heard of."
        ]
        * 2,
        timeout=SOON,
    )
    expect(page.locator(PICTURE).get_by_text("as it was", exact=True)).to_have_count(2)
    expect(page.locator(HEAD)).to_have_count(0)
    assert page.evaluate("window.evil") is None


def test_an_output_that_names_no_run_is_shown_as_html_or_text(desk: Page, live: LiveServer):
    html = {"text/html": "<p>of a later release</p>", "text/plain": "text"}
    write(live, "strange.ipynb", {**html, MIME: {"version": 2}}, {"text/plain": "only text", MIME: {"version": 1, "run_id": "../../x"}}, {**html, MIME: "?"})  # fmt: skip
    with heard(desk, "/runt/api/runs/") as (asked, _):
        opened(desk, "strange.ipynb")
        expect(desk.locator(PICTURE)).to_have_text(["of a later release", "only text", "of a later release"])
        assert asked == []


def test_a_run_that_is_removed_stays_where_it_is_shown_and_is_as_the_notebook_has_it_later(
    desk: Page, visitor: Person, live: LiveServer
):
    visitor.expect_complaint("404")
    run_id = live.submit("print('once')", notebook={"metadata": {"title": "Short-lived"}})
    live.ended(run_id)
    write(live, "removed.ipynb", picture(live, run_id))
    write(live, "later.ipynb", picture(live, run_id))
    shown = opened(desk, "removed.ipynb")
    expect(shown.locator(".jp-runt-picture-outputs")).to_have_text("once\n")
    desk.evaluate(FOLLOW)
    live.client.delete(run_id)
    desk.wait_for_function("run => window.removed.includes(run)", arg=run_id)
    expect(shown.locator(".jp-runt-picture-outputs")).to_have_text("once\n")
    desk.evaluate("async () => { await window.jupyterapp.commands.execute('application:close-all'); }")
    later = opened(desk, "later.ipynb")
    # What was shown a moment ago is known to have been there.
    told = re.compile(r"^(This run was removed|This server does not know the run)\.$")
    expect(later.locator(NOTE)).to_have_text(told, timeout=SOON)
    expect(later).to_contain_text("Short-lived")
    expect(later).to_contain_text("✓ c1")


def test_a_server_that_goes_and_comes_back_is_told_and_gone_on_with(person: Person, visitor: Person, live: LiveServer):
    for other in visitor.context.pages:
        other.close()  # it would complain, too
    for complaint in ("ERR_CONNECTION", "WebSocket", "Failed to fetch", "404"):
        person.expect_complaint(complaint)
    kept, gone = held(live, "kept"), held(live, "gone")
    write(live, "killed.ipynb", picture(live, kept), picture(live, gone))
    page = person.lab("lab/workspaces/killed")
    opened(page, "killed.ipynb")
    first, second = page.locator(PICTURE).nth(0), page.locator(PICTURE).nth(1)
    for shown in (first, second):
        expect(shown.locator(TAIL)).to_contain_text("step")
    live.kill()
    for shown in (first, second):
        expect(shown.locator(NOTE)).to_have_text("The server does not answer. Reconnecting…")
    seen = steps(first)
    live.client.signal(gone, "cancel")
    live.ended(gone)
    live.client.delete(gone)
    live.start()
    expect(second.locator(NOTE)).to_have_text("This run was removed.", timeout=SOON)
    expect(second).to_contain_text("Report gone")
    expect(first.locator(NOTE)).to_be_empty(timeout=SOON)
    go(live, "kept")
    expect(first.locator(HEAD)).to_contain_text("Report kept succeeded")
    text = first.locator(".jp-runt-picture-outputs").nth(1).inner_text()
    assert f"step {seen}\n" in text


def test_of_a_very_long_text_only_the_end_is_fetched(desk: Page, live: LiveServer):
    run_id = live.submit("for n in range(400_000):\n    print('line', n)", "print('next')")
    live.ended(run_id)
    write(live, "long.ipynb", picture(live, run_id))
    with heard(desk, "/blobs/") as (blobs, _):
        texts = opened(desk, "long.ipynb").locator(".jp-runt-picture-outputs")
        expect(texts.nth(1)).to_have_text("next\n")
        text = texts.nth(0).inner_text()
        assert len(blobs) <= 3
    assert text.startswith("…\n")
    assert text.endswith("line 399998\nline 399999\n")
    assert len(text) < 25_000


def test_outputs_that_could_not_be_fetched_are_fetched_when_somebody_asks(
    desk: Page, visitor: Person, live: LiveServer
):
    visitor.expect_complaint("net::ERR_FAILED")
    run_id = live.submit("print('x' * 300_000 + ' the end')")
    live.ended(run_id)
    desk.route("**/runt/api/blobs/**", lambda route: route.abort())
    write(live, "lost.ipynb", picture(live, run_id))
    shown = opened(desk, "lost.ipynb")
    again = shown.get_by_role("button", name="Try again")
    expect(shown.locator(".jp-runt-picture-outputs")).to_contain_text("Its outputs could not be loaded")
    desk.unroute("**/runt/api/blobs/**")
    again.click()
    expect(shown.locator(".jp-runt-picture-outputs")).to_contain_text("the end")
    expect(again).to_have_count(0)
    expect(shown.locator(".jp-runt-picture-cell")).to_be_focused()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_its_parts_have_names_and_contrast(desk: Page, live: LiveServer, theme: str):
    waiting = live.submit("input('Year? ')", "2", input="wait")
    failed = live.submit("print('x')", "1/0", "3")
    live.ended(failed)
    unknown = picture(live, failed, name="another.yml")
    write(live, "axe.ipynb", picture(live, waiting), picture(live, failed), unknown)
    command(desk, "apputils:change-theme", theme=theme)
    shown = opened(desk, "axe.ipynb")
    expect(shown).to_contain_text("Year?")
    expect(desk.locator(PICTURE).nth(1)).to_contain_text("failed in c2: ZeroDivisionError: division by zero")
    expect(desk.locator(PICTURE).nth(2).locator(NOTE)).to_contain_text("This server does not know the run")
    expect(desk.locator("body")).to_have_attribute("data-jp-theme-name", theme)
    # What JupyterLab itself draws of outputs and colours of tracebacks is not ours.
    rules = {"include": [[PICTURE]], "exclude": [[".jp-runt-picture-outputs"], [".jp-RenderedHTMLCommon"]]}
    found = Axe().run(desk, context=rules).response["violations"]
    assert not found, json.dumps(found, indent=1)[:3000]


def test_a_server_without_the_extension_leaves_what_the_notebook_has(browser: Browser, live: LiveServer):
    run_id = live.submit("print('once')", notebook={"metadata": {"title": "From elsewhere"}})
    live.ended(run_id)
    bundle = picture(live, run_id)
    without = {"ServerApp": {"jpserver_extensions": {**EXTENSIONS, "jupyter_runt": False}}}
    with lab(start=False, config=without) as bare:
        write(bare, "bare.ipynb", bundle)
        bare.start(wait=False)
        until(lambda: answers(bare), "the server answers", patience=SOON / 1000)
        person = Person(browser, bare)
        for complaint in ("404", "WebSocket"):
            person.expect_complaint(complaint)
        shown = opened(person.lab(), "bare.ipynb")
        expect(shown.locator(NOTE)).to_have_text("This server does not know the run.", timeout=SOON)
        expect(shown).to_contain_text("From elsewhere")
        expect(shown).to_contain_text("✓ c1")
        person.close()
        bare.kill()  # nothing of it is wanted any more


def answers(live: LiveServer) -> bool:
    """Whether there is a server, with this extension or without."""
    with suppress(OSError, HTTPException):
        return live.get("api/status").status == 200
    return False
