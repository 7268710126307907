from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.monitoring.postgres.cluster import Cluster, programs


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    """A real server; without PostgreSQL on this machine there is none, which CI does not bear."""
    found = programs()
    if found is None:
        assert not os.environ.get("CI"), "PostgreSQL is not installed (Debian's package: postgresql)"
        pytest.skip("PostgreSQL is not installed (Debian's package: postgresql)")
    made = Cluster(found)
    try:
        yield made
    finally:
        made.close()
