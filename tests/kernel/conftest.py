from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.worker.conftest import built
from tests.worker.house import House


@pytest.fixture
def house() -> Iterator[House]:
    """A store with the runtime `echo`, whose kernel cannot carry the agent; see echo_kernel.py for its language."""
    with built() as made:
        yield made
