"""Two workers that both believe they own a run: what the stale one writes, and what it asks of the kernel, is refused."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from jupyter_runt.errors import StaleEpoch
from jupyter_runt.events import Draft
from jupyter_runt.kernel.base import Message
from jupyter_runt.kernel.journal import JournalReader
from tests.chaos.scene import Scene
from tests.chaos.watching import PRINTED, Watch
from tests.cli.runt import until
from tests.exported import exported
from tests.invariants import check_numbered

COUNTING = "import time\nfor n in range(300):\n    print(n)\n    time.sleep(0.003)"
ONCE = "open('ran', 'a').write('x'); print('once'); import time; time.sleep(0.5)"


def submitted(place: Scene, *cells: str) -> Watch:
    run_id = place.command("submit", place.cells(*cells), "--no-worker", "--input", "wait").out.strip()
    return Watch(place.open_store, run_id, time.monotonic() + 30)


def replaced(place: Scene, stale: subprocess.Popen[str]) -> None:
    """Once the worker has stopped: its lease is over, and another worker takes the run."""
    until(lambda: place.crashed and state_of(stale) == "T", "it stopped")
    (row,) = place.open_store.workers()
    assert place.open_store.expire(row.worker_id)
    place.start_worker("--no-supervisor")


def state_of(process: subprocess.Popen[str]) -> str:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2][0]


def refused(folder: Path) -> list[dict[str, object]]:
    """What the kernel's gate has refused, from the journal."""
    reader, found = JournalReader(folder), []
    while records := reader.read():
        found += [each.content for each in records if isinstance(each, Message) and each.type == "runt_refused"]
    reader.close()
    return found


def test_the_request_of_a_stale_worker_runs_nothing(place):
    """It was stopped after it had committed that the cell starts, just before it sent the request."""
    stale = place.start_worker("--no-supervisor")
    with submitted(place, "print('begun'); import time; time.sleep(0.5)", ONCE, "input()") as watch:
        watch.until(lambda event: event.type in PRINTED, "the first cell ran")
        place.crash_at("execute-before", 1, "stop")
        replaced(place, stale)
        watch.until(lambda event: event.type in PRINTED, "the second cell ran")
        stale.send_signal(signal.SIGCONT)
        watch.until(lambda event: event.type == "input.requested", "the third cell asked")
        (folder,) = place.open_store.runtime.glob(f"k/{watch.run_id}.1")
        reasons = [each["reason"] for each in refused(folder)]
        assert "stale_epoch" in reasons
        with pytest.raises(StaleEpoch):
            place.open_store.append(watch.run_id, 1, [Draft("gap", {"reason": "I thought it was mine"})])
        place.command("reply", watch.run_id, "")
        for _ in watch.each():
            pass
        assert watch.state.status == "succeeded"
        assert len(watch.of("cell.started")) == 3
    assert (place.home / "ran").read_text() == "x"
    until(lambda: "driven by another worker now" in place.log.read_text(), "the stale one has noticed")
    assert stale.poll() is None, "and lives on for other runs"


def test_what_a_stale_worker_had_read_but_not_written_is_written_once(place):
    """It was stopped with output in its hands, before the transaction, and goes on after its successor has committed that."""
    stale = place.start_worker("--no-supervisor")
    with submitted(place, COUNTING) as watch:
        watch.until(lambda event: event.type in PRINTED, "it printed")
        place.crash_at("append-before", 3, "stop")
        replaced(place, stale)
        watch.until(lambda event: event.type == "run.adopted", "it was adopted")
        watch.until(lambda event: event.type in PRINTED, "its successor wrote")
        stale.send_signal(signal.SIGCONT)
        for _ in watch.each():
            pass
        assert watch.state.status == "succeeded"
        assert len(watch.of("run.claimed", "run.adopted")) == 2
    check_numbered(exported(place.open_store, watch.run_id).text("c1"), 300)
