from __future__ import annotations

import pytest

from jupyter_runt.run import instructions as do
from jupyter_runt.run.policy import Grace, Input, Policy, Retry
from tests.run.driving import ERROR, Driver, code

THRICE = Policy(retry=Retry(attempts=3, delay=10, backoff=2))


def test_a_retry_waits_ever_longer_and_runs_the_whole_notebook_in_a_fresh_kernel():
    run = Driver(code("a"), code("b"), policy=THRICE)
    run.ready()
    run.reply()
    run.reply(ERROR)
    assert run.exit(0) == []
    assert run.state.status == "starting"
    assert run.wake_at == run.now + 10
    assert run.wait(9.9) == []
    assert run.wait(0.2) == [do.StartKernel(2)]
    assert run.statuses == {"a": "pending", "b": "pending"}
    assert run.ready() == [do.Execute("a", "r1.2.1", True, False)]
    run.exit(signal=11)
    assert run.last("run.retrying").data["delay"] == 20
    assert run.wait(20) == [do.StartKernel(3)]
    run.ready()
    run.reply()
    run.reply(ERROR)
    run.exit(0)
    assert run.outcome == ("failed", "cell_error")
    assert run.last("run.finished").data["attempts"] == 3
    assert [event.attempt for event in run.log if event.type == "cell.started"] == [1, 1, 2, 3, 3]


def test_a_retry_that_succeeds_shows_nothing_of_the_failure_before():
    run = Driver(code("a"), policy=Policy(retry=Retry(attempts=2)))
    run.ready()
    assert run.exit(signal=9) == [do.StartKernel(2)]
    run.ready()
    run.reply()
    run.exit(0)
    assert run.outcome == ("succeeded", None)
    assert {"cell", "message", "reason"}.isdisjoint(run.last("run.finished").data)


@pytest.mark.parametrize(
    ("stimulus", "reason"),
    [(do.KernelFailed("no python"), "kernel_start_failed"), (do.Signalled("cancel", "jo"), "cancelled_by_user")],
)
def test_a_run_is_not_repeated_for_a_reason_that_is_not_in_the_policy(stimulus, reason):
    run = Driver(code("a"), policy=THRICE)
    run.send(stimulus)
    if not run.state.ended:
        run.exit(signal=9)
    assert run.state.reason == reason


def test_an_unknown_outcome_is_never_repeated():
    run = Driver(code("a"), policy=THRICE)
    run.ready()
    run.send(do.OutcomeUnknown(run.msg_id))
    run.exit(0)
    assert run.outcome == ("failed", "unknown_outcome")


def test_a_run_that_waits_for_its_retry_can_be_cancelled():
    run = Driver(code("a"), policy=THRICE)
    run.ready()
    run.exit(signal=9)
    assert run.signal("cancel") == []
    assert run.outcome == ("cancelled", "cancelled_by_user")


def test_the_time_limit_of_the_run_counts_all_attempts_and_the_pauses_between():
    run = Driver(code("a"), policy=Policy(timeout=15, retry=Retry(attempts=9, delay=10)))
    run.ready()
    run.wait(8)
    run.exit(signal=9)
    assert run.wake_at == 1015
    assert run.wait(7) == []
    assert run.outcome == ("failed", "run_timeout")


def test_a_time_limit_that_is_worth_a_retry_still_ends():
    policy = Policy(timeout=15, grace=Grace(start=99), retry=Retry(attempts=3, delay=1, on=("run_timeout",)))
    run = Driver(code("a"), policy=policy)
    run.wait(15)
    run.exit(signal=9)
    run.wait(60)
    assert run.outcome == ("failed", "run_timeout")


def test_each_attempt_is_given_the_answers_from_the_first_one_on():
    policy = Policy(input=Input("answer", answers=("x",)), retry=Retry(attempts=2))
    run = Driver(code("a"), policy=policy)
    run.ready()
    assert run.ask() == [do.Answer("1.1", 0)]
    run.exit(signal=9)
    run.ready()
    assert run.ask() == [do.Answer("2.1", 0)]


@pytest.mark.parametrize(("ended", "begins_again"), [({"signal": 9}, True), ({}, True), ({"status": 3}, False)])
def test_a_kernel_that_was_killed_while_it_started_died_and_one_that_left_by_itself_would_do_so_again(
    ended, begins_again
):
    run = Driver(code("a"), policy=Policy(retry=Retry(attempts=2, on=("kernel_died",))))
    assert run.exit(**ended) == ([do.StartKernel(2)] if begins_again else [])
    assert (run.state.status == "starting") == begins_again


def test_what_became_of_the_attempts_before_stays_to_be_seen():
    run = Driver(code("a"), code("b"), policy=Policy(retry=Retry(attempts=3)))
    run.ready()
    run.reply()
    run.exit(signal=9)
    run.ready()
    run.reply(ERROR)
    run.exit(0)
    shown = [(past.attempt, past.reason, past.message, past.cell) for past in run.state.past]
    assert shown == [
        (1, "kernel_died", "the kernel died: killed by signal 9 (SIGKILL)", "b"),
        (2, "cell_error", "", "a"),
    ]
