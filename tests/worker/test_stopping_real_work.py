"""Signals and time limits against real kernels: nothing that runs withstands them."""

from __future__ import annotations

import asyncio
import signal
from time import monotonic
from typing import Any

import pytest

from tests.worker.house import House, Ran, until

SLEEP = "print('sleeping'); import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('sleeping')\nwhile True: time.sleep(1)"
)
DEAF = (
    "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
)
CHILDREN = """
import subprocess, time
near = subprocess.Popen(['sleep', '61'])
far = subprocess.Popen(['setsid', 'sleep', '62'], start_new_session=True)
print('sleeping')
time.sleep(60)
"""


async def signalled(house: House, run_id: str, *kinds: str) -> Ran:
    for kind in kinds:
        house.client.signal(run_id, kind)
    return await house.end(run_id)


async def while_it_sleeps(house: House, *cells: str, kind: str, **asked: Any) -> Ran:
    run_id = house.submit(*cells, **asked)
    async with house.working():
        await house.printed(run_id, "sleeping")
        return await signalled(house, run_id, kind)


def test_a_queued_run_is_cancelled_by_whoever_asks(house: House):
    run_id = house.submit("1")
    house.client.signal(run_id, "cancel")
    assert house.read(run_id).ending == ("cancelled", "cancelled_by_user")
    assert house.read(run_id).cell("c1")[0] == "cancelled"


def test_cancel_while_the_kernel_starts_ends_it(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("1")
        async with house.working():
            await house.seen(run_id, "kernel.starting")
            return await signalled(house, run_id, "cancel")

    ran = asyncio.run(scenario())
    assert ran.ending == ("cancelled", "cancelled_by_user")
    assert ran.of("cell.started") == []


def test_cancel_interrupts_the_cell_and_keeps_what_it_printed(house: House, runtime):
    ran = asyncio.run(while_it_sleeps(house, SLEEP, "2", kind="cancel", runtime=runtime))
    assert ran.ending == ("cancelled", "cancelled_by_user")
    assert [ran.cell("c1")[0], ran.cell("c2")[0]] == ["cancelled", "cancelled"]
    assert ran.text() == "sleeping\n"
    assert ran.outputs()[-1]["ename"] == "KeyboardInterrupt"


def test_cancel_ends_children_wherever_they_went(house: House):
    ran = asyncio.run(while_it_sleeps(house, CHILDREN, kind="cancel"))
    assert ran.ending == ("cancelled", "cancelled_by_user")
    asyncio.run(until(lambda: not house.processes(ran.run_id), "every process of the run is gone"))


def test_cancel_grows_harder_until_even_deaf_code_ends(house: House, fast_grace):
    ran = asyncio.run(while_it_sleeps(house, DEAF + STUBBORN, kind="cancel"))
    assert ran.ending == ("cancelled", "cancelled_by_user")
    assert [event.data["stage"] for event in ran.of("kernel.interrupted")] == ["interrupt", "terminate", "kill"]


def test_interrupt_ends_the_cell_alone(house: House, runtime):
    ran = asyncio.run(
        while_it_sleeps(house, SLEEP, "print('next')", kind="interrupt", keep_going=True, runtime=runtime)
    )
    assert ran.cell("c1") == ("failed", "interrupted")
    assert ran.text("c2") == "next\n"


def test_kill_ends_everything_at_once(house: House):
    began = monotonic()
    ran = asyncio.run(while_it_sleeps(house, STUBBORN + "\n", kind="kill"))
    assert ran.ending == ("cancelled", "cancelled_by_user")
    assert monotonic() - began < 5
    asyncio.run(until(lambda: not house.processes(ran.run_id), "every process of the run is gone"))


def test_a_paused_run_starts_no_cell_until_it_is_resumed(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("print('sleeping'); import time; time.sleep(0.3)", "2")
        async with house.working():
            await house.printed(run_id, "sleeping")
            house.client.signal(run_id, "pause")
            await house.seen(run_id, "cell.finished")
            await house.seen(run_id, "signal.handled")
            assert len(house.read(run_id).of("cell.started")) == 1
            return await signalled(house, run_id, "resume")

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    resumed = next(event.seq for event in ran.of("signal.handled") if event.data["kind"] == "resume")
    assert ran.of("cell.started")[1].seq > resumed


@pytest.mark.parametrize("asked", [{"cell_timeout": 0.5}, {"run_timeout": 1.5}], ids=["cell", "run"])
@pytest.mark.parametrize("source", [SLEEP, STUBBORN], ids=["heeds SIGINT", "ignores SIGINT"])
def test_a_time_limit_ends_the_work(house: House, fast_grace, asked, source):
    ran = house.run(source, "2", **asked)
    reason = next(iter(asked))
    assert ran.ending == ("failed", reason)
    assert ran.cell("c1") == ("failed", reason)
    assert ran.text() == "sleeping\n"
    assert ran.state.duration is not None
    assert ran.state.duration < 6


def test_a_cell_may_have_a_limit_of_its_own_and_the_rest_goes_on(house: House):
    ran = house.run({"source": SLEEP, "timeout": 0.3}, "print('next')", keep_going=True)
    assert ran.cell("c1") == ("failed", "cell_timeout")
    assert ran.text("c2") == "next\n"


@pytest.mark.parametrize(("source", "ending"), [
    ("import os, signal; print('last words'); os.kill(os.getpid(), signal.SIGKILL)", {"status": None, "signal": 9}),
    ("import os; print('last words'); os._exit(7)", {"status": 7, "signal": None}),
], ids=["SIGKILL", "os._exit"])  # fmt: skip
def test_everything_printed_before_the_kernel_died_is_there(house: House, source, ending, runtime):
    ran = house.run("for n in range(5000): print(n)\n" + source, "2", runtime=runtime)
    assert ran.ending == ("failed", "kernel_died")
    assert ran.cell("c1") == ("failed", "kernel_died")
    assert ran.text() == "".join(f"{n}\n" for n in range(5000)) + "last words\n"
    died = ran.of("kernel.died")[0].data
    assert {key: died[key] for key in ending} == ending
    assert ran.cell("c2")[0] == "cancelled"


def test_a_retry_begins_anew_in_a_fresh_kernel(house: House):
    source = "import os, pathlib\nif not pathlib.Path('done').exists():\n    pathlib.Path('done').touch(); os.kill(os.getpid(), 9)"
    ran = house.run("print('first')", source + "\nprint('made it')", notebook={"metadata": {"retry": {"attempts": 2}}})
    assert ran.ending == ("succeeded", None)
    assert len(ran.of("kernel.ready")) == 2
    assert [event.attempt for event in ran.of("cell.started")] == [1, 1, 2, 2]
    assert (ran.text("c1"), ran.text("c2")) == ("first\n", "made it\n")
    assert ran.of("kernel.died")[0].data["signal"] == signal.SIGKILL
