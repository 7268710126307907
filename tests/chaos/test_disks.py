"""A disk that is full or breaks in mid-run: the kernel does not die of it, the store stays whole, and nothing is lost silently."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.chaos.disks import breakable_disk, small_disk
from tests.chaos.scene import Scene, scene
from tests.chaos.watching import PRINTED, Watch
from tests.cli.runt import until
from tests.exported import exported
from tests.invariants import check_numbered, check_run

FAR = "s" * 60
"""A path too long for sockets beside the store: the journal then lies on another disk."""
COUNTING = """
import os, time
noted = os.open("noted", os.O_WRONLY | os.O_CREAT)
for n in range({lines}):
    print(f"{{n:0{width}d}}")
    os.write(noted, b"%d\\n" % n)
    time.sleep({pause})
"""


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    yield folder
    shutil.rmtree(folder)


@contextmanager
def begun(place: Scene, lines: int, width: int, pause: float) -> Iterator[Watch]:
    """A run that prints, and is seen to; what the store's folder far away holds goes in the end."""
    place.start_worker()
    notebook = place.cells(COUNTING.format(lines=lines, width=width, pause=pause), "print('next')")
    run_id = place.command("submit", notebook, "--no-worker").out.strip()
    with Watch(place.open_store, run_id, time.monotonic() + 60) as watch:
        watch.until(lambda event: event.type in PRINTED, "it printed")
        yield watch


def noted(place: Scene) -> int:
    return (place.home / "noted").read_text().count("\n")


def goes_on(place: Scene) -> None:
    """The kernel's code is neither ended nor held up."""
    now = noted(place)
    until(lambda: noted(place) > now + 50, "the cell goes on")


def to_the_end(watch: Watch) -> None:
    for _ in watch.each():
        pass


def printed(place: Scene, watch: Watch) -> str:
    """The lines without the zeros that make them long."""
    lines = exported(place.open_store, watch.run_id).text("c1").split("\n")
    return "\n".join(str(int(line)) if line.isdigit() else line for line in lines)


def test_a_full_disk_under_the_store_delays_a_run_and_loses_nothing(home):
    with (
        small_disk(home / FAR, "16m") as disk,
        scene(home, store=f"{FAR}/store.sqlite") as place,
        begun(place, 800, 2000, 0.004) as watch,
    ):
        disk.fill()
        watch.pause(0.3)  # what was committed before is read now
        watch.fresh()
        goes_on(place)
        goes_on(place)
        assert not watch.fresh(), "there is room on a full disk"
        assert place.open_store.check() == ""
        disk.free()
        to_the_end(watch)
        assert (watch.state.status, watch.of("gap"), watch.of("run.adopted")) == ("succeeded", [], [])
        check_numbered(printed(place, watch), 800)


def test_a_full_disk_under_the_journal_is_told_and_the_kernel_lives_on(home):
    with (
        small_disk(home / "s" / "run", "16m") as disk,
        scene(home) as place,
        begun(place, 800, 2000, 0.004) as watch,
    ):
        disk.fill()
        goes_on(place)
        goes_on(place)
        disk.free()
        to_the_end(watch)
        assert watch.state.status == "succeeded"
        assert [event.data["reason"] for event in watch.of("gap")] == ["disk_full"]
        # The line that found the disk full may be there in part.
        whole = [
            int(line) for line in exported(place.open_store, watch.run_id).text("c1").split("\n") if len(line) == 2000
        ]
        assert 0 < len(whole) < 800
        assert whole == sorted(set(whole))
        assert (whole[0], whole[-1]) == (0, 799)
        assert exported(place.open_store, watch.run_id).text("c2") == "next\n"


def test_a_store_whose_disk_becomes_read_only_keeps_the_kernel_and_is_whole_after_the_repair(home):
    with (
        breakable_disk(home / FAR, home / "image") as disk,
        scene(home, store=f"{FAR}/store.sqlite") as place,
        begun(place, 1500, 10, 0.004) as watch,
    ):
        os.sync()  # what was committed so far must not be undone by the repair
        disk.break_()
        goes_on(place)
        assert place.supervisor is not None
        assert place.supervisor.poll() is None
        kernels = place.kernels_of(watch.run_id)
        assert kernels
        # What people do: end the workers, repair the disk, start a worker. The kernel and its journal live elsewhere.
        place.kill("supervisor and worker", watch.run_id)
        place.supervisor.wait()
        place.open_store.close()
        until(lambda: unmounted(disk.repair), "nobody has a file of the disk open")
        place.reopen()
        assert place.open_store.check() == ""
        check_run(place.open_store, place.open_store.run(watch.run_id))
        place.start_worker()
        with Watch(place.open_store, watch.run_id, time.monotonic() + 30) as again:
            to_the_end(again)
        assert again.state.status == "succeeded"
        assert kernels == [event.data["pid"] for event in again.of("kernel.ready")]
        check_numbered(printed(place, again), 1500)


def unmounted(repair: Callable[[], None]) -> bool:
    with suppress(subprocess.CalledProcessError):
        repair()
        return True
    return False


def test_a_disk_that_stays_full_lets_the_run_wait_and_the_store_stays_whole(home):
    with (
        small_disk(home / FAR, "16m") as disk,
        scene(home, store=f"{FAR}/store.sqlite") as place,
        begun(place, 100_000, 10, 0.004) as watch,
    ):
        disk.fill()
        goes_on(place)
        place.kill("supervisor and worker", watch.run_id)
        goes_on(place)
        refused = place.start("worker", "--no-supervisor")
        watch.pause(1.0)
        assert refused.poll() in (None, 5), "a worker on a full disk says so or waits"
        assert place.open_store.check() == ""
        disk.free()
        if refused.poll() is not None:
            place.start_worker()
        watch.until(lambda event: event.type == "run.adopted", "it was adopted")
        for pid in place.kernels_of(watch.run_id):
            os.kill(pid, signal.SIGKILL)
        to_the_end(watch)
        assert (watch.state.status, watch.state.reason) == ("failed", "kernel_died")
        lines = noted(place)
        text = printed(place, watch)
        assert text.count("\n") >= lines
        check_numbered(text[: text.rindex("\n") + 1], text.count("\n"))
