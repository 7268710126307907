"""Time limits and signals: ever harder measures, and what is refused."""

from __future__ import annotations

import pytest

from jupyter_runt.events import Draft
from jupyter_runt.run import instructions as do
from jupyter_runt.run.decide import refusal
from jupyter_runt.run.policy import Input, Policy, Retry
from tests.run.driving import ERROR, INTERRUPTED, OK, WALL, Driver, code

LIMITED = Policy(cell_timeout=30)
STOPS = [do.Stop("interrupt"), do.Stop("terminate"), do.Stop("kill")]


def stages(run: Driver) -> list[tuple[str, str, float]]:
    stopped = [event.data for event in run.log if event.type == "kernel.interrupted"]
    return [(data["reason"], data["stage"], data["clock"] - 1000) for data in stopped]


def test_a_cell_past_its_time_is_interrupted_then_terminated_then_killed():
    run = Driver(code("a"), code("b"), policy=LIMITED)
    run.ready()
    assert run.wait(100) == STOPS
    assert stages(run) == [
        ("cell_timeout", "interrupt", 30),
        ("cell_timeout", "terminate", 35),
        ("cell_timeout", "kill", 37),
    ]
    assert run.wake_at is None
    assert run.exit(signal=9) == []
    assert run.outcome == ("failed", "cell_timeout")
    assert run.statuses == {"a": "failed", "b": "cancelled"}


def test_a_cells_own_time_limit_counts_before_the_policys():
    run = Driver(code("a", timeout=5), policy=LIMITED)
    run.ready()
    assert run.wake_at == 1005


def test_a_cell_that_heeds_its_interrupt_fails_with_the_reason_and_the_run_that_keeps_going_goes_on():
    run = Driver(code("a", timeout=5), code("b"), policy=Policy(stop_on_error=False))
    run.ready()
    run.wait(5)
    assert run.reply(INTERRUPTED) == [do.Execute("b", "r1.1.2", False, False)]
    assert (run.cell("a").status, run.cell("a").reason) == ("failed", "cell_timeout")
    assert run.wake_at is None


def test_a_cell_that_ends_well_while_it_is_interrupted_has_succeeded():
    run = Driver(code("a", timeout=5), code("b"))
    run.ready()
    run.wait(5)
    run.reply(OK)
    assert run.statuses == {"a": "succeeded", "b": "running"}


def test_no_cell_is_sent_to_a_kernel_that_is_being_terminated():
    run = Driver(code("a", timeout=5), code("b"), policy=Policy(stop_on_error=False))
    run.ready()
    assert run.wait(10) == STOPS[:2]
    assert run.reply(INTERRUPTED) == []
    assert run.wait(2) == STOPS[2:]
    run.exit(signal=9)
    assert run.outcome == ("failed", "cell_timeout")
    assert run.statuses == {"a": "failed", "b": "cancelled"}


def test_an_error_that_is_allowed_does_not_allow_a_timeout():
    run = Driver(code("a", timeout=5, allow_errors=True))
    run.ready()
    run.wait(5)
    run.reply(INTERRUPTED)
    run.exit(0)
    assert run.outcome == ("failed", "cell_timeout")


# -- the run's own limit ---------------------------------------------------------------------------------------------


def test_a_run_past_its_time_while_the_kernel_starts_is_killed():
    run = Driver(code("a"), policy=Policy(timeout=20))
    assert run.wait(20) == [do.Stop("kill")]
    run.exit(signal=9)
    assert run.outcome == ("failed", "run_timeout")


def test_a_run_past_its_time_interrupts_its_cell_first_and_starts_no_other_even_when_it_keeps_going():
    run = Driver(code("a"), code("b"), policy=Policy(timeout=20, stop_on_error=False))
    run.ready()
    assert run.wait(20) == STOPS[:1]
    assert run.reply(INTERRUPTED) == [do.Shutdown()]
    run.exit(0)
    assert run.outcome == ("failed", "run_timeout")
    assert run.statuses == {"a": "failed", "b": "cancelled"}


def test_a_run_past_its_time_while_paused_is_ended():
    run = Driver(code("a"), code("b"), policy=Policy(timeout=20))
    run.ready()
    run.signal("pause")
    run.reply()
    assert run.wait(20) == [do.Stop("kill")]
    run.exit(signal=9)
    assert run.outcome == ("failed", "run_timeout")


def test_a_run_past_its_time_while_it_waits_for_a_retry_ends_there():
    run = Driver(code("a"), policy=Policy(timeout=20, retry=Retry(attempts=2, delay=100)))
    run.ready()
    run.exit(signal=9)
    assert run.wait(20) == []
    assert run.outcome == ("failed", "run_timeout")


def test_a_run_past_its_time_while_it_waits_for_an_input_is_ended():
    run = Driver(code("a"), policy=Policy(timeout=20, input=Input("wait")))
    run.ready()
    run.ask()
    assert run.wait(100) == STOPS
    run.exit(signal=9)
    assert run.outcome == ("failed", "run_timeout")


def test_time_in_the_queue_counts_for_nobody():
    run = Driver(code("a"), policy=Policy(timeout=20))
    assert run.wake_at == 1020
    assert run.last("kernel.starting").data["clock"] == 1000


# -- signals ---------------------------------------------------------------------------------------------------------


def test_cancel_interrupts_the_cell_and_the_rest_never_runs():
    run = Driver(code("a"), code("b"))
    run.ready()
    assert run.signal("cancel") == STOPS[:1]
    assert run.reply(INTERRUPTED) == [do.Shutdown()]
    run.exit(0)
    assert run.outcome == ("cancelled", "cancelled_by_user")
    assert run.statuses == {"a": "cancelled", "b": "cancelled"}
    assert run.cell("a").reason == "cancelled_by_user"
    assert run.cell("b").reason is None


def test_cancel_goes_on_to_the_kill_when_the_cell_does_not_listen():
    run = Driver(code("a"))
    run.ready()
    assert [*run.signal("cancel"), *run.wait(100)] == STOPS
    assert run.exit(signal=9) == []
    assert run.outcome == ("cancelled", "cancelled_by_user")
    assert run.statuses == {"a": "cancelled"}


def test_cancel_before_the_kernel_is_ready_kills_it():
    run = Driver(code("a"))
    assert run.signal("cancel") == [do.Stop("kill")]
    assert run.ready() == []
    run.exit(signal=9)
    assert run.outcome == ("cancelled", "cancelled_by_user")


def test_cancel_says_the_reason_that_came_with_it():
    run = Driver(code("a"))
    run.send(do.Signalled("cancel", "jo", "superseded"))
    run.exit(signal=9)
    assert run.outcome == ("cancelled", "superseded")


def test_cancel_of_a_cell_that_is_past_its_time_does_not_begin_its_grace_anew():
    run = Driver(code("a", timeout=5))
    run.ready()
    run.wait(10)
    assert run.signal("cancel") == []
    assert run.wait(2) == STOPS[2:]
    run.exit(signal=9)
    assert run.outcome == ("cancelled", "cancelled_by_user")
    assert run.cell("a").reason == "cancelled_by_user"


def test_kill_skips_every_grace():
    run = Driver(code("a"), code("b"))
    run.ready()
    assert run.signal("kill") == STOPS[2:]
    assert run.wake_at is None
    run.exit(signal=9)
    assert run.outcome == ("cancelled", "cancelled_by_user")


def test_kill_hardens_a_cancel_that_takes_too_long():
    run = Driver(code("a"))
    run.ready()
    run.signal("cancel")
    assert run.signal("kill") == STOPS[2:]


def test_kill_while_the_kernel_shuts_down_does_not_wait_for_it():
    run = Driver(code("a"))
    run.ready()
    run.reply()
    assert run.signal("kill") == STOPS[2:]
    run.exit(signal=9)
    assert run.state.ended


def test_interrupt_fails_the_running_cell_alone():
    run = Driver(code("a"), code("b"), policy=Policy(stop_on_error=False))
    run.ready()
    assert run.signal("interrupt") == STOPS[:1]
    run.reply(INTERRUPTED)
    assert run.cell("a").reason == "interrupted"
    assert run.statuses == {"a": "failed", "b": "running"}


def test_an_interrupt_is_one_interrupt_and_nothing_harder_follows():
    run = Driver(code("a"))
    run.ready()
    assert run.signal("interrupt") == STOPS[:1]
    assert run.wake_at is None
    assert run.wait(1000) == []
    assert stages(run) == [("interrupted", "interrupt", 0)]


def test_it_may_be_asked_for_again():
    run = Driver(code("a"))
    run.ready()
    assert [*run.signal("interrupt"), *run.signal("interrupt")] == [do.Stop("interrupt"), do.Stop("interrupt")]


def test_code_that_catches_its_interrupt_goes_on_within_its_time_limit():
    run = Driver(code("a"), policy=LIMITED)
    run.ready()
    run.wait(20)
    run.signal("interrupt")
    assert run.wait(9) == []
    assert run.wait(1) == STOPS[:1]
    run.reply(INTERRUPTED)
    assert run.cell("a").reason == "cell_timeout"


def test_code_that_catches_its_interrupt_and_fails_later_has_failed_of_that():
    run = Driver(code("a"), code("b"), policy=Policy(stop_on_error=False))
    run.ready()
    run.signal("interrupt")
    run.reply(ERROR)
    assert run.cell("a").reason == "cell_error"
    run.reply(INTERRUPTED)
    assert run.cell("b").reason == "cell_error", "the interrupt was another cell's"


def test_what_a_kernel_of_another_language_calls_its_interrupt_is_not_asked():
    run = Driver(code("a"))
    run.state.runtime["language"] = "R"
    run.ready()
    run.signal("interrupt")
    run.reply(ERROR)
    assert run.cell("a").reason == "interrupted"


def test_a_cancel_after_an_interrupt_has_its_full_grace():
    run = Driver(code("a"))
    run.ready()
    run.signal("interrupt")
    run.wait(100)
    assert [*run.signal("cancel"), *run.wait(100)] == STOPS
    assert [at for _, _, at in stages(run)] == [0, 100, 105, 107]


def test_an_interrupt_of_a_cell_that_is_being_ended_is_refused():
    run = Driver(code("a", timeout=5))
    run.ready()
    run.wait(6)
    assert refusal(run.state, "interrupt") == "the cell is being ended already: cell_timeout"
    assert run.signal("interrupt") == []


def test_an_interrupt_ends_a_question_when_the_kernel_says_so_and_the_cell_may_go_on():
    run = Driver(code("a"), policy=Policy(input=Input("wait", deadline=10)))
    run.ready()
    run.ask()
    assert run.signal("interrupt") == STOPS[:1]
    assert run.state.status == "waiting", "its code may ignore the signal, and wait on"
    run.send(do.InputTaken())
    assert (run.state.status, run.cell("a").status, run.wake_at) == ("running", "running", None)
    run.reply()
    assert run.statuses == {"a": "succeeded"}


def test_a_log_in_which_an_interrupt_grew_harder_is_still_read():
    run = Driver(code("a"), policy=Policy(timeout=1000))
    run.ready()
    run.signal("interrupt")
    harder = {"reason": "interrupted", "stage": "terminate", "clock": 1005.0}
    run.record(Draft("kernel.interrupted", harder, "a", at=WALL + 1005))
    run.now = 1006.0
    run.send()
    assert run.wait(1) == STOPS[2:]
    run.exit(signal=9)
    assert run.outcome == ("failed", "interrupted")


def test_pause_lets_the_running_cell_end_and_starts_no_other_until_resume():
    run = Driver(code("a"), code("b"))
    run.ready()
    run.signal("pause")
    assert run.reply() == []
    assert run.state.paused
    assert run.signal("resume") == [do.Execute("b", "r1.1.2", True, False)]


def test_a_paused_run_can_be_cancelled_and_its_kernel_is_asked_politely():
    run = Driver(code("a"), code("b"))
    run.ready()
    run.signal("pause")
    run.reply()
    assert run.signal("cancel") == [do.Shutdown()]
    run.exit(0)
    assert run.outcome == ("cancelled", "cancelled_by_user")
    assert run.statuses == {"a": "succeeded", "b": "cancelled"}


@pytest.mark.parametrize(
    ("before", "kind", "why"),
    [
        ((), "interrupt", "no cell is running"),
        ((), "resume", "the run is not paused"),
        (("pause",), "pause", "the run is paused already"),
        (("cancel",), "cancel", "the run is being cancelled already"),
        (("kill",), "cancel", "the run is being cancelled already"),
    ],
)
def test_a_signal_that_makes_no_sense_is_refused_with_the_reason_and_changes_nothing(before, kind, why):
    run = Driver(code("a"))
    for each in before:
        run.signal(each)
    paused, cancelled = run.state.paused, run.state.cancelled
    assert refusal(run.state, kind) == why
    assert run.signal(kind) == []
    assert run.last("signal.handled").data == {"kind": kind, "by": "jo", "refused": why}
    assert (run.state.paused, run.state.cancelled) == (paused, cancelled)


def test_a_run_that_has_ended_refuses_every_signal():
    run = Driver()
    for kind in ("cancel", "interrupt", "kill", "pause", "resume"):
        assert refusal(run.state, kind) == "the run has ended: succeeded"


def test_an_error_of_the_cell_itself_that_crosses_a_cancel_still_ends_as_cancelled():
    run = Driver(code("a"), code("b"))
    run.ready()
    run.signal("cancel")
    run.reply(ERROR)
    assert run.statuses["a"] == "cancelled"
