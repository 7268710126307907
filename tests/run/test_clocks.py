"""Time limits hold across a reboot of the machine, whose monotonic clock begins anew."""

from __future__ import annotations

from typing import Any

from jupyter_runt.events import Draft
from jupyter_runt.run import instructions as do
from jupyter_runt.run.policy import Input, Policy, Retry
from jupyter_runt.run.state import fold
from tests.run.driving import INTERRUPTED, WALL, Driver, code

NEW_CLOCK = 7.0
"""Where the new boot's clock stands when its worker claims the run."""


def started(*cells: Any, policy: Policy) -> Driver:
    """A run that was claimed on a machine with a boot id."""
    run = Driver(*cells, policy=policy)
    claim(run, boot="b1", epoch=2, wall=WALL + run.now)
    return run


def claim(run: Driver, *, boot: str, epoch: int, wall: float) -> None:
    data = {"worker": f"w{epoch}", "epoch": epoch, "clock": run.now, "boot": boot}
    run.record(Draft("run.adopted", data, at=wall))


def reboot(run: Driver, seconds: float, epoch: int = 3) -> None:
    """So many seconds after now another boot's worker claims the run. Its facts' wall clock goes on, its own does not."""
    wall = WALL + run.now + seconds
    run.now = NEW_CLOCK
    run.wall = wall - NEW_CLOCK
    claim(run, boot="b2", epoch=epoch, wall=wall)
    run.send()


def test_the_time_of_a_run_goes_on():
    run = started(code("a"), policy=Policy(timeout=100))
    run.ready()
    run.now += 30
    reboot(run, 50)
    assert run.wake_at == NEW_CLOCK + 20
    run.wait(20)
    assert run.last("kernel.interrupted").data["reason"] == "run_timeout"


def test_the_time_of_a_cell_goes_on_and_so_does_its_duration():
    run = started(code("a", timeout=100), policy=Policy())
    run.ready()
    run.now += 30
    reboot(run, 50)
    assert run.wake_at == NEW_CLOCK + 20
    run.reply(INTERRUPTED)
    assert run.cell("a").duration == 80
    run.exit(0)
    assert run.state.duration == 80


def test_a_limit_that_passed_while_the_machine_was_off_is_passed():
    run = started(code("a"), policy=Policy(cell_timeout=100))
    run.ready()
    reboot(run, 1e6)
    assert run.last("kernel.interrupted").data["reason"] == "cell_timeout"


def test_a_questions_deadline_goes_on():
    run = started(code("a"), policy=Policy(input=Input("wait", deadline=60)))
    run.ready()
    run.ask()
    reboot(run, 40)
    assert run.wake_at == NEW_CLOCK + 20


def test_the_pause_before_a_retry_goes_on():
    run = started(code("a"), policy=Policy(retry=Retry(attempts=2, delay=60)))
    run.ready()
    run.exit(signal=9)
    reboot(run, 45)
    assert run.wake_at == NEW_CLOCK + 15
    assert run.wait(15) == [do.StartKernel(2)]


def test_a_pause_that_is_over_by_then_is_over():
    run = started(code("a"), policy=Policy(retry=Retry(attempts=2, delay=60)))
    run.ready()
    run.exit(signal=9)
    before = len(run.instructions)
    reboot(run, 1e6)
    assert run.instructions[before:] == [do.StartKernel(2)]


def test_ever_harder_measures_go_on():
    run = started(code("a", timeout=10), policy=Policy())
    run.ready()
    run.wait(12)
    reboot(run, 1)
    assert run.wake_at == NEW_CLOCK + 2


def test_the_same_boot_shifts_nothing_even_when_the_wall_clock_jumped():
    run = started(code("a"), policy=Policy(timeout=100))
    run.ready()
    run.now += 30
    claim(run, boot="b1", epoch=3, wall=WALL + run.now + 3600)
    run.send()
    assert run.wake_at == 1100


def test_an_earlier_releases_log_without_boots_is_read_as_of_one():
    run = Driver(code("a"), policy=Policy(timeout=100))
    run.ready()
    claim(run, boot="b1", epoch=2, wall=WALL + 5e5)
    run.send()
    assert run.wake_at == 1100


def test_two_reboots_are_two_shifts_and_everybody_folds_the_same():
    run = started(code("a"), policy=Policy(timeout=100))
    run.ready()
    reboot(run, 10)
    run.now += 10
    data = {"worker": "w4", "epoch": 4, "clock": 3.0, "boot": "b3"}
    run.record(Draft("run.adopted", data, at=run.wall + run.now + 10))
    run.wall, run.now = run.wall + run.now + 7, 3.0
    run.send()
    assert run.wake_at == 73
    assert fold("r1", run.log) == run.state
