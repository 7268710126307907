from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_runt.store import places
from jupyter_runt.store.base import Store
from jupyter_runt.store.memory import MemoryStore
from jupyter_runt.store.sqlite import SqliteStore
from tests.invariants import check_store
from tests.manual_clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose path leaves room for sockets, as pytest's own does not; stands in for /var/tmp too."""
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    monkeypatch.setattr(places, "FAR_FOLDER", f"{folder}/far-{{uid}}")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def path(short: Path) -> Path:
    return short / "store.sqlite"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, clock: ManualClock, path: Path) -> Iterator[Store]:
    """Each implementation in turn; what it holds at the end is checked."""
    made: Store = MemoryStore(clock) if request.param == "memory" else SqliteStore(path, clock)
    yield made
    check_store(made)
    made.close()


@pytest.fixture
def sqlite_store(clock: ManualClock, path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(path, clock)
    yield made
    check_store(made)
    made.close()
