from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.monitoring.cloudflare.stand_in import StandIn, serving


@pytest.fixture
def cloudflare() -> Iterator[StandIn]:
    """The stand-in, with an account where all is well."""
    with serving() as found:
        yield found
