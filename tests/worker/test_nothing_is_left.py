"""What a run's code has started ends with the run, wherever it went, unless the run went well."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from tests.worker.house import House, Ran, until

DEAF = "trap '' INT TERM; echo; while :; do sleep 0.2; done"
FAMILY = f"""
import subprocess, time, os
def deaf(**how):
    child = subprocess.Popen(['sh', '-c', {DEAF!r}], stdout=subprocess.PIPE, **how)
    child.stdout.readline()
    print(child.pid)
deaf()                                                   # in the kernel's own group
deaf(process_group=0)                                    # in a group of its own
deaf(start_new_session=True)                             # in a session of its own
deaf(process_group=0, env={{'PATH': os.environ['PATH']}})  # without the run's environment
print('sleeping')
"""
SLEEP = "time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)"


def family(ran: Ran) -> list[int]:
    pids = [int(line) for line in ran.text().split() if line.isdigit()]
    assert len(pids) == 4
    return pids


def none_is_left(ran: Ran) -> None:
    left = [pid for pid in family(ran) if alive(pid)]
    assert left == []


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("asked", [{"cell_timeout": 1.0}, {"run_timeout": 2.0}], ids=["cell", "run"])
@pytest.mark.parametrize("source", [SLEEP, STUBBORN], ids=["heeds SIGINT", "ignores SIGINT"])
def test_a_time_limit_ends_the_whole_family(house: House, fast_grace, asked: dict[str, Any], source):
    ran = house.run(FAMILY + source, **asked)
    assert ran.ending == ("failed", next(iter(asked)))
    none_is_left(ran)


@pytest.mark.parametrize("kind", ["cancel", "kill"])
def test_so_does_whoever_cancels(house: House, fast_grace, kind):
    async def scenario() -> Ran:
        run_id = house.submit(FAMILY + STUBBORN)
        async with house.working():
            await house.printed(run_id, "sleeping")
            house.client.signal(run_id, kind)
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("cancelled", "cancelled_by_user")
    none_is_left(ran)


def test_so_does_a_failed_cell(house: House):
    ran = house.run(FAMILY + "1 / 0")
    assert ran.ending == ("failed", "cell_error")
    none_is_left(ran)


def test_the_family_of_a_kernel_that_died_ends_with_it(house: House):
    ran = house.run(FAMILY + "os.kill(os.getpid(), 9)")
    assert ran.ending == ("failed", "kernel_died")
    none_is_left(ran)


def test_and_before_a_new_attempt_begins(house: House):
    """The second attempt looks for what the first one started."""
    begin = FAMILY.replace("print(child.pid)", "open('family', 'a').write(f'{child.pid} ')")
    again = """
import os
def alive(pid):
    return os.path.exists(f'/proc/{pid}') and open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[0] not in 'ZX'
if os.path.exists('family'):
    print([pid for pid in open('family').read().split() if alive(pid)])
else:
"""
    source = again + "".join(f"    {line}\n" for line in f"{begin}os.kill(os.getpid(), 9)".splitlines())
    ran = house.run(source, notebook={"metadata": {"retry": {"attempts": 2}}})
    assert ran.ending == ("succeeded", None)
    assert ran.text() == "[]\n"


def test_a_run_that_went_well_leaves_the_daemon_that_it_started_on_purpose(house: House):
    """Its plain children end with it all the same: ipykernel itself ends them."""
    daemon = "import subprocess\nprint(subprocess.check_output(['sh', '-c', 'setsid sleep 60 >/dev/null & echo $!'], text=True))"
    ran = house.run(daemon)
    assert ran.ending == ("succeeded", None)
    assert alive(int(ran.text()))
    os.kill(int(ran.text()), signal.SIGKILL)


def test_a_defect_of_ours_before_the_kernel_was_adopted_leaves_no_kernel(house: House, monkeypatch):
    async def scenario() -> Ran:
        run_id = house.submit("print('begun'); import time; time.sleep(60)")
        async with house.working() as worker:
            await house.printed(run_id, "begun")
            worker.drain()
        assert house.processes(run_id)

        def broken(*_: object) -> None:
            raise AssertionError("of ours")

        monkeypatch.setattr("jupyter_runt.worker.keeper.KernelKeeper.adopt", broken)
        async with house.working() as worker:
            ran = await house.end(run_id)
            await until(lambda: worker.failures, "it is told")
            worker.failures.clear()
        return ran

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "internal_error")
    assert house.processes(ran.run_id) == []
    assert list((house.store.runtime / "k").iterdir()) == []
