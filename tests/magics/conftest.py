from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import fresh
from tests.cli.runt import Runt
from tests.magics.session import Session


@pytest.fixture(scope="module")
def lived_in() -> Iterator[Runt]:
    """A home with its store and workers, shared by a module's tests."""
    yield from fresh()


@pytest.fixture(scope="module")
def notebook(lived_in: Runt) -> Iterator[Session]:
    """A notebook of that home with `%runt`, shared by a module's tests."""
    session = Session(lived_in)
    try:
        session("%load_ext jupyter_runt")
        yield session
    finally:
        session.close()


@pytest.fixture
def runt() -> Iterator[Runt]:
    """The command line in an empty home."""
    yield from fresh()
