"""A person at a browser, who notices everything that a page complains about."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.server.live import LiveServer

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 10_000.0
TELL_VIOLATIONS = """
if (window === window.top)
    addEventListener("securitypolicyviolation", (event) => console.error(`refused: ${event.effectiveDirective} ${event.blockedURI}`));
"""
OF_FRAMES = re.compile(r"/runt/runs/[^/]+/outputs/\d+$")

expect.set_options(timeout=PATIENCE)


def chromium() -> str:
    """The path of an installed one. Without any, the tests are skipped here and fail in continuous integration."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        assert not os.environ.get("CI"), "the pages are tested in a real browser: install chromium"
        pytest.skip(
            "the pages are tested in a real browser, and no chromium is installed (Debian: apt install chromium)"
        )
    return found


@contextmanager
def browsing() -> Iterator[Browser]:
    """The Chromium that is installed."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
        )
        try:
            yield started
        finally:
            started.close()


class Reader:
    """One login: a browser context. `open` shows pages in it."""

    def __init__(self, browser: Browser, live: LiveServer, **options: Any) -> None:
        self.live = live
        options.setdefault("viewport", {"width": 1200, "height": 900})
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(TELL_VIOLATIONS)
        self.complaints: list[str] = []
        self.awaited: list[str] = []

    def open(self, path: str, *, token: bool = True) -> Page:
        """A page below the server's URL, in a tab of its own."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{error.message}\n{error.stack}"))
        page.goto(self.live.url + path + (f"?token={self.live.token}" if token else ""))
        return page

    def run(self, run_id: str) -> Page:
        return self.open(f"runt/runs/{run_id}")

    def expect_complaint(self, part: str) -> None:
        """What holds this may be heard."""
        self.awaited.append(part)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not OF_FRAMES.search(message.location.get("url", "")):
            self.complaints.append(message.text)

    def check(self) -> None:
        """Nothing was complained about, up to now, that was not expected."""
        unexpected = [each for each in self.complaints if not any(part in each for part in self.awaited)]
        self.complaints.clear()
        assert not unexpected, unexpected

    def close(self) -> None:
        self.context.close()
        self.check()


def cell(page: Page, number: int) -> Locator:
    """The article of the code cell of this number."""
    return page.get_by_role("article", name=f"Cell {number}", exact=True)


def has_status(page: Page, status: str) -> None:
    """Waits until the page shows this as the run's status."""
    expect(page.locator("#status")).to_have_text(status)


def drawn(page: Page) -> None:
    """Waits until everything that has come is drawn."""
    # Not by `expect`: for its message it would describe thousands of cells, which takes longer than they do.
    page.locator("#cells").evaluate(
        "async each => { while (each.ariaBusy !== 'false') await new Promise(requestAnimationFrame); }"
    )
