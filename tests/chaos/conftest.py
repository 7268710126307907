from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.scene import Scene, scene


@pytest.fixture
def place() -> Iterator[Scene]:
    """A home whose processes can be killed; at its end the store is checked, and nothing stays."""
    with scene() as made:
        yield made
