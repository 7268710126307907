"""The worker is killed amid something that takes more than one event, while its supervisor lives: nobody sees a difference."""

from __future__ import annotations

import hashlib
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jupyter_runt.events import Event
from tests.chaos.scene import Scene
from tests.chaos.watching import PRINTED, Watch
from tests.cli.runt import ROOT
from tests.exported import exported
from tests.invariants import check_numbered

MEGABYTES = 10 << 20
LINE = "0123456789" * 5 + "\n"


def is_(kind: str) -> Callable[[Event], bool]:
    return lambda event: event.type == kind


def printed(event: Event) -> bool:
    return event.type in PRINTED


@contextmanager
def running(place: Scene, *cells: str, **notebook: Any) -> Iterator[Watch]:
    """A submitted run, which is to succeed unless the test has seen its end."""
    place.start_worker()
    run_id = place.command("submit", place.cells(*cells, **notebook), "--no-worker", "--input", "wait").out.strip()
    watch = Watch(place.open_store, run_id, time.monotonic() + 60, place.see_to_it)
    yield watch
    for _ in watch.each():
        pass
    watch.close()


def text_of(place: Scene, watch: Watch, cell: str = "c1") -> str:
    return exported(place.open_store, watch.run_id).text(cell)


@pytest.mark.parametrize(
    "code",
    [
        f"print({LINE!r} * {MEGABYTES // len(LINE)}, end='')",
        f"for n in range({MEGABYTES // len(LINE)}): print({LINE!r}, end='')",
    ],
    ids=["one print", "many prints"],
)
def test_ten_megabytes_arrive_whole(place, code):
    with running(place, code, "print('next')") as watch:
        for _ in range(3):
            watch.until(printed, "some of it was there")
            place.kill("worker", watch.run_id)
            watch.until(is_("run.adopted"), "it was adopted")
    assert watch.state.status == "succeeded"
    text, whole = text_of(place, watch), LINE * (MEGABYTES // len(LINE))
    assert (len(text), digest(text)) == (len(whole), digest(whole))
    assert text_of(place, watch, "c2") == "next\n"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_displays_and_widgets_end_in_their_last_state(place):
    code = """
import time, ipywidgets
from IPython.display import display
bar = ipywidgets.IntProgress(max=300)
display(bar)
shown = display("begun", display_id=True)
for n in range(300):
    shown.update(n)
    bar.value = n + 1
    time.sleep(0.003)
"""
    with running(place, code) as watch:
        for _ in range(4):
            watch.until(is_("display.updated"), "the display changed")
            place.kill("worker", watch.run_id)
            watch.until(is_("run.adopted"), "it was adopted")
    assert watch.state.status == "succeeded"
    notebook = json.loads("".join(exported(place.open_store, watch.run_id).ipynb()))
    outputs = notebook["cells"][0]["outputs"]
    assert [output["data"]["text/plain"] for output in outputs][1:] == [["299"]]
    models = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    assert [model["state"]["value"] for model in models if model["model_name"] == "IntProgressModel"] == [300]


def test_a_reply_that_comes_while_nobody_listens_is_heard_by_the_next_worker(place):
    code = "import time; open('ran', 'a').write('x'); print('begun', flush=True); time.sleep(0.3)"
    with running(place, *[code] * 3) as watch:
        for _ in range(3):
            watch.until(printed, "the cell ran")
            place.crash_at("fork-before", 1, "stop")  # the supervisor, so that the cell ends while there is no worker
            place.kill("worker", watch.run_id)
            watch.pause(0.5)  # the cell's end leaves no trace that could be waited for
            assert place.crashed
            assert place.supervisor is not None
            place.supervisor.send_signal(signal.SIGCONT)
            watch.until(is_("cell.finished"), "its end was heard")
    assert watch.state.status == "succeeded"
    assert (place.home / "ran").read_text() == "xxx"
    assert len(watch.of("cell.started")) == 3


@pytest.mark.parametrize("before_it_is_due", [1.0, 0.1, 0.0])
def test_a_time_limit_ends_the_cell_when_it_is_due_though_the_worker_was_just_killed(place, before_it_is_due):
    with running(place, "print('begun'); import time; time.sleep(60)", metadata={"cell_timeout": 1.5}) as watch:
        watch.until(printed, "it ran")
        began = watch.came[-1]
        watch.pause(max(0.0, began + 1.5 - before_it_is_due - time.monotonic()))
        place.kill("worker", watch.run_id)
    assert (watch.state.status, watch.state.reason) == ("failed", "cell_timeout")
    (started,), interrupted = watch.of("cell.started"), watch.of("kernel.interrupted")[0]
    assert 1.5 <= interrupted.data["clock"] - started.data["clock"] < 2.5


def test_the_answer_reaches_the_code_once_whoever_was_killed_meanwhile(place):
    cells = ["answer = input('1? '); print(answer); print(input('2? '))"]
    with running(place, *cells) as watch:
        for number in range(2):
            watch.until(is_("input.requested"), "it asked")
            place.kill("worker", watch.run_id)
            watch.until(is_("run.adopted"), "it was adopted")
            place.command("reply", watch.run_id, f"answer {number}")
    assert watch.state.status == "succeeded"
    assert text_of(place, watch) == "answer 0\nanswer 1\n"


def test_a_kernel_without_the_agent_goes_on_and_the_gap_is_told(place):
    echo = Path(ROOT) / "tests" / "kernel" / "echo_kernel.py"
    argv = [sys.executable, str(echo), "{connection_file}"]
    place.kernelspec("echo", {"argv": argv, "display_name": "echo", "language": "echo"})
    with running(place, "print begun\nsleep 1\nprint end", "count 50", metadata={"runtime": "echo"}) as watch:
        watch.until(printed, "it ran")
        place.kill("worker", watch.run_id)
    assert watch.state.status == "succeeded"
    assert len(watch.of("gap")) == 1
    assert text_of(place, watch).startswith("begun\n")
    check_numbered(text_of(place, watch, "c2"), 50)


def test_a_detached_follower_brings_up_a_worker_when_nobody_else_does(place):
    """Supervisor and worker are killed; all that is there is `follow` in somebody's terminal."""
    with running(place, "import time\nfor n in range(200):\n    print(n)\n    time.sleep(0.01)") as watch:
        watch.until(printed, "it printed")
        watch.leave_alone()
        follower = place.start("follow", watch.run_id, "--quiet", env={"RUNT_CRASH": ""})
        place.kill("supervisor and worker", watch.run_id)
        shown = place.end(follower)
        check_numbered(shown.out, 200)
    assert watch.state.status == "succeeded"
