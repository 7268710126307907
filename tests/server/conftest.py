from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import fresh
from tests.cli.runt import Runt
from tests.server.live import LiveServer, serving


@pytest.fixture(scope="module")
def module_server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """One server for a module's tests; what the module's `SERVER` says are its options."""
    with serving(**getattr(request.module, "SERVER", {})) as made:
        yield made


@pytest.fixture
def live(module_server: LiveServer) -> Iterator[LiveServer]:
    """The module's server, which runs, whatever an earlier test did to it. What it logs is shown beside a failure."""
    if module_server.process is None:
        module_server.start()
    module_server.new_log()
    yield module_server
    print(module_server.new_log())


@pytest.fixture
def runt() -> Iterator[Runt]:
    """The command line in an empty home, with no server."""
    yield from fresh()
