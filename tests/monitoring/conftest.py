from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import fresh
from tests.cli.runt import Runt


@pytest.fixture
def runt() -> Iterator[Runt]:
    """The command line in an empty home."""
    yield from fresh()


@pytest.fixture(scope="module")
def lived_in() -> Iterator[Runt]:
    """The same, shared by a module's tests."""
    yield from fresh()
