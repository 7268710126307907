"""A store that has fallen back in time, from a backup or after a disk's repair, knows nothing of the kernel that lives."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.chaos.scene import Scene
from tests.chaos.watching import PRINTED, Watch
from tests.cli.runt import until

COPY = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))"


def copied(place: Scene, source: str, target: str) -> None:
    """In a process of its own: to close a file of the store in this one would drop the locks of our connection to it."""
    subprocess.run([sys.executable, "-c", COPY, place.home / source, place.home / target], check=True)


def test_a_kernel_that_the_log_has_forgotten_is_ended_and_its_code_is_not_run_once_more(place):
    counting = "import time\nfor n in range(100):\n    print(n)\n    time.sleep(0.01)\ntime.sleep(60)"
    run_id = place.command("submit", place.cells(counting), "--no-worker").out.strip()
    copied(place, "s/store.sqlite", "backup")
    place.start_worker()
    with Watch(place.open_store, run_id, time.monotonic() + 20) as watch:
        watch.until(lambda event: event.type in PRINTED, "it printed")
        place.kill("supervisor and worker", run_id)
        copied(place, "backup", "s/store.sqlite")
    assert place.open_store.run(run_id).status == "queued"
    place.start_worker()
    with Watch(place.open_store, run_id, time.monotonic() + 20) as again:
        assert [event for event in again.each() if event.type == "cell.started"] == []
        assert (again.state.status, again.state.reason) == ("failed", "unknown_outcome")
    until(lambda: not place.leftovers(run_id), "nothing is left")
