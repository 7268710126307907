"""A run's tab whose browser slept, whose server was mute, or that was loaded anew: it catches up by its cursor."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cli.runt import until
from tests.panel.lab import Person
from tests.panel.tabs import has_status, open_run, outputs
from tests.server.live import LiveServer

TICKING = "import os, time\nn = 0\nwhile not os.path.exists({path!r}):\n    print('line', n, flush=True)\n    n += 1\n    time.sleep(0.002)\nprint(n)"
CUT_OFF = (
    "ERR_CONNECTION_REFUSED",
    "WebSocket connection to",
    "ERR_EMPTY_RESPONSE",
    "Failed to fetch",
    "503",
    "ERR_NETWORK",
    "ERR_CONNECTION_RESET",
)


@pytest.fixture
def ticking(live: LiveServer, request: pytest.FixtureRequest) -> tuple[str, Callable[[], None]]:
    """A run that prints until the returned function is called."""
    gate = live.home / f"{request.node.name}.go"
    return live.submit(TICKING.format(path=str(gate))), gate.touch


def printed(live: LiveServer, run_id: str) -> str:
    """What the log says that its only cell has printed."""
    return "".join(
        part for cell in live.client.view(run_id)["cells"] for each in cell["outputs"] for part in each["text"]
    )


def prints_more(live: LiveServer, run_id: str) -> None:
    """Waits until the run has printed two hundred lines more."""
    enough = printed(live, run_id).count("\n") + 200
    until(lambda: printed(live, run_id).count("\n") > enough, "it prints on")


def ends_complete(tab: Locator, live: LiveServer, run_id: str) -> None:
    """The run ends, and the tab shows what the log has, line by line."""
    has_status(tab, "succeeded")
    expect(outputs(tab, 1)).to_contain_text(re.compile(r"\n\d+\n$"))
    text = outputs(tab, 1).text_content() or ""
    assert text == printed(live, run_id)
    *lines, count = text.splitlines()
    assert lines == [f"line {number}" for number in range(int(count))]


def test_a_laptop_that_slept_while_the_server_was_restarted_catches_up(
    live: LiveServer, desk: Page, visitor: Person, ticking: tuple[str, Callable[[], None]]
):
    for part in CUT_OFF:
        visitor.expect_complaint(part)
    run_id, finish = ticking
    tab = open_run(desk, run_id)
    expect(outputs(tab, 1)).to_contain_text("line 20\n")
    lid = visitor.context.new_cdp_session(desk)
    lid.send("Page.setWebLifecycleState", {"state": "frozen"})
    live.kill()
    live.start()
    prints_more(live, run_id)
    finish()
    live.ended(run_id)
    lid.send("Page.setWebLifecycleState", {"state": "active"})
    ends_complete(tab, live, run_id)


def test_a_server_that_says_nothing_for_a_while_costs_no_line(
    live: LiveServer, desk: Page, ticking: tuple[str, Callable[[], None]]
):
    run_id, finish = ticking
    tab = open_run(desk, run_id)
    expect(outputs(tab, 1)).to_contain_text("line 20\n")
    assert live.process is not None
    live.process.send_signal(signal.SIGSTOP)
    try:
        prints_more(live, run_id)
        finish()
        live.ended(run_id)
    finally:
        live.process.send_signal(signal.SIGCONT)
    ends_complete(tab, live, run_id)


def test_a_page_loaded_anew_in_the_middle_shows_all_from_the_first_line(
    live: LiveServer, desk: Page, ticking: tuple[str, Callable[[], None]]
):
    run_id, finish = ticking
    tab = open_run(desk, run_id)
    expect(outputs(tab, 1)).to_contain_text("line 20\n")
    saved = "() => window.jupyterapp.serviceManager.workspaces.list().then(all => JSON.stringify(all.values))"
    until(lambda: f'"widgets":["jupyter-runt-run:{run_id}"]' in desk.evaluate(saved), "the layout is saved")
    desk.reload()
    has_status(tab, "running")
    expect(outputs(tab, 1)).to_contain_text("line 20\n")
    finish()
    ends_complete(tab, live, run_id)
