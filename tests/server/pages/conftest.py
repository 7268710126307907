from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.server.live import LiveServer
from tests.server.pages.watching import Reader, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium that is installed. For one module: Playwright's event loop must not meet the `asyncio.run` of others."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
        )
        yield started
        started.close()


@pytest.fixture
def reader(browser: Browser, live: LiveServer) -> Iterator[Reader]:
    """Somebody who has logged in, where a worker works. What their pages complain about fails the test."""
    if not live.store.workers():
        live.worker()
    made = Reader(browser, live)
    yield made
    made.close()
