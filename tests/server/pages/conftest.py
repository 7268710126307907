from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.server.live import LiveServer
from tests.server.pages.watching import Reader, browsing


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a module: Playwright's event loop must not meet the `asyncio.run` of others."""
    with browsing() as started:
        yield started


@pytest.fixture
def reader(browser: Browser, live: LiveServer) -> Iterator[Reader]:
    """Somebody who has logged in, where a worker works. What their pages complain about fails the test."""
    if not live.store.workers():
        live.worker()
    made = Reader(browser, live)
    yield made
    made.close()
