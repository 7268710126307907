from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.panel.lab import Person, lab
from tests.panel.side_bar import cancel_open
from tests.server.live import LiveServer
from tests.server.pages.watching import browsing

LAUNCHER = """() => {
    if (document.activeElement?.closest('.jp-Launcher')) return true;
    const { shell } = window.jupyterapp;
    const opened = [...shell.widgets('main')].find(each => each.isVisible);
    if (opened) shell.activateById(opened.id);
    return false;
}"""
"""JupyterLab opens its launcher some time after the last tab was closed, and takes the focus for it from whatever has it then."""
EMPTY = """async () => {
    const { commands, restored } = window.jupyterapp;
    await restored;
    await commands.execute('application:close-all');
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for a module: Playwright's event loop must not meet the `asyncio.run` of others."""
    with browsing() as started:
        yield started


@pytest.fixture(scope="module")
def module_lab(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """One JupyterLab for a module's tests; what the module's `LAB` says are its options."""
    with lab(**getattr(request.module, "LAB", {})) as made:
        yield made


@pytest.fixture
def live(module_lab: LiveServer) -> Iterator[LiveServer]:
    """The module's JupyterLab, which runs, whatever an earlier test did to it. What it logs is shown beside a failure."""
    if module_lab.process is None:
        module_lab.start()
    if not module_lab.store.workers():
        module_lab.worker()
    module_lab.new_log()
    yield module_lab
    print(module_lab.new_log())


@pytest.fixture
def person(browser: Browser, live: LiveServer) -> Iterator[Person]:
    """Somebody who has logged in. What their pages complain about fails the test."""
    made = Person(browser, live)
    yield made
    made.close()


@pytest.fixture(scope="module")
def visitor(browser: Browser, module_lab: LiveServer) -> Iterator[Person]:
    """One login for a module's tests, for those that need no JupyterLab of their own."""
    made = Person(browser, module_lab)
    yield made
    made.close()


@pytest.fixture
def desk(visitor: Person, live: LiveServer) -> Iterator[Page]:
    """JupyterLab with nothing open: loaded once for a module's tests, which takes far longer than most of them. What it complains
    about fails the test."""
    visitor.awaited.clear()
    for left in visitor.context.pages:
        if left.locator(".jp-Dialog, .jp-mod-dirty").count():  # a test has ended in the middle
            left.close()
    page = next(iter(visitor.context.pages), None) or visitor.lab(f"lab/workspaces/{secrets.token_hex(4)}")
    page.evaluate(EMPTY)
    page.wait_for_function(LAUNCHER)
    visitor.complaints.clear()  # of what an earlier test had open until now
    page.set_viewport_size({"width": 1200, "height": 900})
    yield page
    page.unroute_all()
    visitor.check()


@pytest.fixture
def nothing_open(live: LiveServer) -> Iterator[None]:
    """No run is open at first, and none is left."""
    cancel_open(live)
    yield
    cancel_open(live)
