from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_runt.client.local import LocalClient
from jupyter_runt.store.memory import MemoryStore
from tests.manual_clock import ManualClock


@pytest.fixture
def client() -> Iterator[LocalClient]:
    """One of a store in memory, by a clock that the test moves. It starts no worker."""
    clock = ManualClock()
    made = LocalClient(MemoryStore(clock), clock, "tester")
    made.start_workers = False
    yield made
    made.store.close()
