from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.runt import Runt


def fresh() -> Iterator[Runt]:
    """A home of its own, whose path leaves room for sockets, as pytest's own does not."""
    home = Path(tempfile.mkdtemp(prefix="rt-"))
    made = Runt(home)
    try:
        yield made
        made.close()
    finally:
        shutil.rmtree(home)


@pytest.fixture
def runt() -> Iterator[Runt]:
    """The command line in an empty home."""
    yield from fresh()


@pytest.fixture(scope="module")
def lived_in() -> Iterator[Runt]:
    """The same, shared by a module's tests that only look: see what the module puts there."""
    yield from fresh()
