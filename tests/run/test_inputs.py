from __future__ import annotations

from jupyter_runt.run import instructions as do
from jupyter_runt.run.policy import Input, Policy
from tests.run.driving import INTERRUPTED, WALL, Driver, code

WAIT = Policy(input=Input("wait"))
NO_STDIN = {"status": "error", "ename": "StdinNotImplementedError", "evalue": "", "execution_count": 1}


def asking(policy: Policy) -> Driver:
    run = Driver(code("a"), code("b"), policy=policy)
    run.ready()
    run.ask()
    return run


def test_under_the_policy_fail_the_kernel_is_told_that_nobody_answers():
    run = Driver(code("a"))
    assert run.ready() == [do.Execute("a", "r1.1.1", True, False)]
    run.reply(NO_STDIN)
    run.exit(0)
    assert run.outcome == ("failed", "input_unavailable")


def test_under_the_policy_fail_a_kernel_that_asks_all_the_same_is_interrupted():
    run = asking(Policy())
    assert run.instructions[-1] == do.Stop("interrupt")
    run.reply(INTERRUPTED)
    run.exit(0)
    assert run.outcome == ("failed", "input_unavailable")


def test_an_allowed_error_does_not_allow_an_input_that_nobody_answers():
    run = Driver(code("a", allow_errors=True))
    run.ready()
    run.reply(NO_STDIN)
    assert (run.cell("a").status, run.cell("a").reason) == ("failed", "input_unavailable")


def test_a_question_makes_cell_and_run_wait_and_its_reply_lets_them_run():
    run = asking(WAIT)
    assert (run.state.status, run.cell("a").status) == ("waiting", "waiting")
    assert run.wake_at is None
    assert run.last("input.requested").data == {"input_id": "1.1", "prompt": "name? ", "password": False}
    assert run.send(do.InputGiven("1.1", "jo")) == [do.Answer("1.1")]
    assert (run.state.status, run.cell("a").status) == ("running", "running")
    run.send(do.InputTaken())
    assert run.state.question is None
    assert run.reply() == [do.Execute("b", "r1.1.2", True, True)]


def test_the_first_reply_wins_and_another_is_no_fact():
    run = asking(WAIT)
    run.send(do.InputGiven("1.1", "jo"), do.InputGiven("1.1", "kim"))
    assert [event.data["by"] for event in run.log if event.type == "input.answered"] == ["jo"]


def test_a_reply_to_an_earlier_question_answers_nothing():
    run = asking(WAIT)
    run.send(do.InputGiven("1.1", "jo"), do.InputTaken())
    run.ask("age? ")
    assert run.send(do.InputGiven("1.1", "jo")) == []
    assert run.state.status == "waiting"
    assert run.send(do.InputGiven("1.2", "jo")) == [do.Answer("1.2")]


def test_a_question_that_user_code_left_is_over_even_when_nobody_answered_it():
    """It was interrupted, or it has read the reply of a worker that died before another one asked again."""
    run = asking(WAIT)
    run.send(do.InputTaken())
    assert run.state.question is None
    assert run.state.status == "running"
    assert run.send(do.InputGiven("1.1", "jo")) == []


def test_a_question_without_a_reply_is_ended_at_its_deadline():
    run = asking(Policy(input=Input("wait", deadline=60)))
    assert run.wake_at == 1060
    assert run.state.question is not None
    assert run.state.question.deadline_at == WALL + 1060
    assert run.wait(60) == [do.Stop("interrupt")]
    run.reply(INTERRUPTED)
    run.exit(0)
    assert run.outcome == ("failed", "input_unavailable")


def test_a_reply_in_time_stops_the_deadline():
    run = asking(Policy(input=Input("wait", deadline=60)))
    run.send(do.InputGiven("1.1", "jo"))
    assert run.wake_at is None


def test_the_cells_time_limit_counts_while_it_waits():
    run = asking(Policy(cell_timeout=5, input=Input("wait")))
    assert run.wait(5) == [do.Stop("interrupt")]


def test_the_policys_answers_are_given_in_their_order_and_named_by_number_alone():
    run = asking(Policy(input=Input("answer", answers=("red", "blue"))))
    assert run.instructions[-1] == do.Answer("1.1", 0)
    run.send(do.InputTaken())
    run.reply()
    assert run.ask() == [do.Answer("1.2", 1)]
    answered = [event.data for event in run.log if event.type == "input.answered"]
    assert answered == [{"input_id": "1.1", "by": "policy"}, {"input_id": "1.2", "by": "policy"}]


def test_answers_that_only_the_worker_knows_are_counted_all_the_same():
    run = asking(Policy(input=Input("answer", answers_given=1)))
    assert run.instructions[-1] == do.Answer("1.1", 0)
    run.send(do.InputTaken())
    assert run.ask() == [do.Stop("interrupt")]


def test_a_question_too_many_fails():
    run = asking(Policy(input=Input("answer", answers=("red",))))
    run.send(do.InputTaken())
    assert run.ask() == [do.Stop("interrupt")]
    run.reply(INTERRUPTED)
    run.exit(0)
    assert run.outcome == ("failed", "input_unavailable")


def test_code_that_swallows_its_interrupt_and_asks_again_is_killed_all_the_same():
    run = asking(Policy(input=Input("answer")))
    stops = []
    for _ in range(10):
        run.now += 1
        stops += run.send()
        stops += run.ask()
    assert stops == [do.Stop("terminate"), do.Stop("kill")]


def test_a_kernel_that_dies_while_a_question_waits_fails_the_cell():
    run = asking(WAIT)
    run.exit(signal=9)
    assert run.outcome == ("failed", "kernel_died")
    assert run.state.question is None
