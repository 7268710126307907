"""How a run goes on and ends: cell by cell, with errors allowed or not, with a kernel that dies."""

from __future__ import annotations

import pytest

from jupyter_runt.run import instructions as do
from jupyter_runt.run.endings import ending
from jupyter_runt.run.policy import Policy, Retry
from jupyter_runt.run.state import fold
from tests.run.driving import ABORTED, ERROR, WALL, Driver, code, markdown

KEEP_GOING = Policy(stop_on_error=False)


def test_a_run_executes_its_cells_one_after_the_other_and_ends_with_its_kernel():
    run = Driver(code("a"), markdown("m"), code("b"))
    assert run.instructions == [do.StartKernel(1)]
    assert run.ready() == [do.Execute("a", "r1.1.1", True, False)]
    run.now += 2
    assert run.reply() == [do.Execute("b", "r1.1.2", True, False)]
    assert run.reply() == [do.Shutdown()]
    assert not run.state.ended
    assert run.exit(0) == []
    assert run.outcome == ("succeeded", None)
    assert run.types == [
        "run.submitted", "run.claimed", "kernel.starting", "kernel.ready", "run.started", "cell.started", "cell.finished",
        "cell.started", "cell.finished", "kernel.stopping", "kernel.stopped", "run.finished",
    ]  # fmt: skip
    assert run.last("run.finished").data == {
        "status": "succeeded", "attempts": 1, "counts": {"succeeded": 2}, "duration": 2.0,
    }  # fmt: skip
    assert (run.cell("a").duration, run.cell("a").execution_count) == (2.0, 1)
    assert run.state.submitted_at == WALL


def test_the_fold_of_the_log_is_the_state_that_the_steps_made():
    run = Driver(code("a"), code("b"))
    run.ready()
    run.reply(ERROR)
    run.exit(0)
    assert fold("r1", run.log) == run.state


def test_a_failed_cell_stops_the_run_and_the_cells_behind_it_are_cancelled():
    run = Driver(code("a"), code("b"), code("c"))
    run.ready()
    run.reply()
    assert run.reply(ERROR) == [do.Shutdown()]
    run.exit(0)
    assert run.outcome == ("failed", "cell_error")
    assert run.statuses == {"a": "succeeded", "b": "failed", "c": "cancelled"}
    finished = run.last("run.finished").data
    assert finished["cell"] == "b"
    assert finished["counts"] == {"succeeded": 1, "failed": 1, "cancelled": 1}
    assert run.cell("b").error == {"ename": "ValueError", "evalue": "no"}


def test_a_run_that_keeps_going_executes_every_cell_and_fails_for_the_first_that_failed():
    run = Driver(code("a"), code("b"), code("c"), policy=KEEP_GOING)
    assert run.ready() == [do.Execute("a", "r1.1.1", False, False)]
    run.reply(ERROR)
    run.reply()
    run.reply({**ERROR, "ename": "OSError"})
    run.exit(0)
    assert run.outcome == ("failed", "cell_error")
    assert run.statuses == {"a": "failed", "b": "succeeded", "c": "failed"}
    assert run.last("run.finished").data["cell"] == "a"
    assert (run.state.done, run.state.failed) == (3, 2)


def test_an_allowed_error_is_a_success_that_says_so():
    run = Driver(code("a", allow_errors=True), code("b"))
    assert run.ready() == [do.Execute("a", "r1.1.1", False, False)]
    run.reply(ERROR)
    run.reply()
    run.exit(0)
    assert run.outcome == ("succeeded", None)
    assert (run.cell("a").status, run.cell("a").reason) == ("succeeded", "error_allowed")
    assert run.cell("a").error == {"ename": "ValueError", "evalue": "no"}


@pytest.mark.parametrize("value", ["", "0", "None"])
def test_a_cell_that_exits_with_nothing_wrong_ends_the_run_well_and_early(value):
    run = Driver(code("a"), code("b"), policy=KEEP_GOING)
    run.ready()
    assert run.reply({**ERROR, "ename": "SystemExit", "evalue": value}) == [do.Shutdown()]
    run.exit(0)
    assert run.outcome == ("succeeded", "early_exit")
    assert run.statuses == {"a": "succeeded", "b": "cancelled"}
    assert fold("r1", run.log) == run.state


def test_a_cell_that_exits_with_a_status_has_failed():
    run = Driver(code("a"), code("b"))
    run.ready()
    run.reply({**ERROR, "ename": "SystemExit", "evalue": "3"})
    run.exit(0)
    assert run.outcome == ("failed", "cell_error")


def test_a_cell_to_skip_is_never_sent():
    run = Driver(code("a", skip=True), code("b"), code("c", skip=True))
    run.ready()
    run.reply()
    run.exit(0)
    assert run.statuses == {"a": "skipped", "b": "succeeded", "c": "skipped"}
    assert [each.cell_id for each in run.instructions if isinstance(each, do.Execute)] == ["b"]
    assert run.last("run.finished").data["counts"] == {"succeeded": 1, "skipped": 2}


@pytest.mark.parametrize("cells", [(), (markdown("m"),), (code("a", skip=True), markdown("m"))])
def test_a_notebook_without_anything_to_execute_needs_no_kernel(cells):
    run = Driver(*cells)
    assert run.instructions == []
    assert run.outcome == ("succeeded", None)


def test_an_aborted_request_is_a_failed_cell():
    run = Driver(code("a"))
    run.ready()
    run.reply(ABORTED)
    assert (run.cell("a").status, run.cell("a").reason, run.cell("a").error) == ("failed", "cell_error", None)


def test_a_reply_to_another_request_decides_nothing():
    run = Driver(code("a"))
    run.ready()
    before = list(run.log)
    run.send(do.Replied("somebody-else", ERROR), do.OutcomeUnknown("r1.9.9"), do.InputAsked("r1.9.9", "", False))
    assert run.log == before


def test_an_outcome_that_nobody_knows_is_called_that_and_no_further_cell_starts():
    run = Driver(code("a"), code("b"), policy=KEEP_GOING)
    run.ready()
    assert run.send(do.OutcomeUnknown(run.msg_id)) == [do.Shutdown()]
    run.exit(0)
    assert run.outcome == ("failed", "unknown_outcome")
    assert run.statuses == {"a": "failed", "b": "cancelled"}


def test_a_kernel_that_exits_while_it_starts_has_failed_to_start():
    run = Driver(code("a"))
    assert run.exit(status=3) == []
    assert run.outcome == ("failed", "kernel_start_failed")
    assert run.state.message == "the kernel ended before it was ready: exit status 3"
    assert run.statuses == {"a": "cancelled"}


def test_a_kernel_that_cannot_be_started_ends_the_run_with_its_message():
    run = Driver(code("a"))
    run.send(do.KernelFailed("no such file: python9"))
    assert run.outcome == ("failed", "kernel_start_failed")
    assert run.last("run.finished").data["message"] == "no such file: python9"


def test_a_kernel_that_is_not_ready_in_time_is_killed_and_the_run_fails():
    run = Driver(code("a"))
    assert run.wake_at == run.now + 60
    assert run.wait(60) == [do.Stop("kill")]
    assert not run.wake_at
    run.exit(signal=9)
    assert run.outcome == ("failed", "kernel_start_failed")


def test_a_kernel_that_dies_takes_the_running_cell_with_it_even_when_the_run_keeps_going():
    run = Driver(code("a"), code("b"), policy=KEEP_GOING)
    run.ready()
    assert run.exit(signal=9) == []
    assert run.outcome == ("failed", "kernel_died")
    assert run.statuses == {"a": "failed", "b": "cancelled"}
    assert (run.cell("a").reason, run.last("cell.finished").data["fatal"]) == ("kernel_died", True)
    assert run.last("run.finished").data["message"] == "the kernel died: killed by signal 9 (SIGKILL)"


@pytest.mark.parametrize(
    ("oom", "words"),
    [(True, "killed by the out-of-memory killer"), ("probably", "probably killed by the out-of-memory killer")],
)
def test_a_kernel_that_ran_out_of_memory_is_said_to_have_done_so(oom, words):
    run = Driver(code("a"))
    run.ready()
    run.send(do.KernelExited(signal=9, oom=oom))
    assert run.outcome == ("failed", "kernel_died")
    assert run.last("kernel.died").data["oom"] == oom
    assert run.state.message == f"the kernel died: {words}"


def test_a_kernel_that_its_worker_must_give_up_is_killed_and_the_run_says_why():
    run = Driver(code("a"), code("b"), policy=Policy(retry=Retry(attempts=2)))
    run.ready()
    assert run.send(do.Surrendered("parameter_error", "the token is lost")) == [do.Stop("kill")]
    assert run.reply() == []
    run.exit(signal=9)
    assert run.outcome == ("failed", "parameter_error")
    assert run.state.message == "the token is lost"
    assert run.statuses == {"a": "succeeded", "b": "cancelled"}
    assert fold("r1", run.log) == run.state


def test_a_cancelled_run_whose_kernel_is_given_up_is_cancelled():
    run = Driver(code("a"))
    run.ready()
    run.signal("cancel")
    run.send(do.Surrendered("parameter_error", "the token is lost"))
    run.exit(signal=9)
    assert run.outcome == ("cancelled", "cancelled_by_user")


def test_a_kernel_that_dies_between_two_cells_fails_the_run():
    run = Driver(code("a"), code("b"))
    run.ready()
    run.signal("pause")
    run.reply()
    run.exit(status=1)
    assert run.outcome == ("failed", "kernel_died")
    assert run.statuses == {"a": "succeeded", "b": "cancelled"}


def test_a_kernel_that_will_not_end_when_asked_is_killed_and_the_outcome_stays():
    run = Driver(code("a"))
    run.ready()
    run.reply()
    assert run.wait(10) == [do.Stop("kill")]
    run.exit(signal=9)
    assert run.outcome == ("succeeded", None)


def test_what_a_kernel_says_of_its_end_a_second_time_changes_nothing():
    run = Driver(code("a"))
    run.ready()
    run.send(do.KernelFailed("a late message"), do.KernelReady({}))
    assert run.statuses == {"a": "running"}
    run.exit(signal=9)
    before = list(run.log)
    run.exit(signal=9)
    run.ready()
    run.signal("cancel")
    assert run.log == before


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"signal": 9, "status": None}, "killed by signal 9 (SIGKILL)"),
        ({"signal": 11, "status": None}, "killed by signal 11 (SIGSEGV)"),
        ({"signal": 34, "status": None}, "killed by signal 34"),
        ({"signal": 9, "oom": True}, "killed by the out-of-memory killer"),
        ({"signal": None, "status": 0}, "exit status 0"),
        ({"signal": None, "status": 139}, "exit status 139"),
        ({}, "exit status unknown"),
    ],
)
def test_an_ending_is_told_in_words(data, words):
    assert ending(data) == words
