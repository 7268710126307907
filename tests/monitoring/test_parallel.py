"""Many slow measurements at once, in order, within a time."""

from __future__ import annotations

import threading

import pytest

from jupyter_runt.monitoring import check
from jupyter_runt.monitoring.parallel import in_parallel


def test_results_stand_in_the_order_of_the_measures_and_exceptions_are_theirs():
    futures = in_parallel([lambda: 1, lambda: 1 // 0, lambda: 3])
    assert [futures[0].result(), futures[2].result()] == [1, 3]
    assert (
        check("x", futures[1].result).message
        == "x could not be measured: ZeroDivisionError: integer division or modulo by zero"
    )


def test_they_run_at_the_same_time_but_no_more_than_asked_for():
    barrier = threading.Barrier(4)
    assert [each.result() for each in in_parallel([lambda: barrier.wait(5) >= 0] * 4, at_most=4)] == [True] * 4
    running, most = [], []

    def measure() -> None:
        running.append(1)
        most.append(len(running))
        running.pop()

    in_parallel([measure] * 50, at_most=1)
    assert max(most) == 1


def test_what_takes_too_long_is_no_data_and_what_never_began_says_so():
    never = threading.Event()
    try:
        late, behind = in_parallel([lambda: never.wait(30), lambda: True], at_most=1, seconds=0.05)
        with pytest.raises(TimeoutError, match="no answer within 50 ms"):
            late.result()
        with pytest.raises(TimeoutError, match="its turn did not come within 50 ms"):
            behind.result()
    finally:
        never.set()


def test_nothing_to_measure_takes_no_time():
    assert in_parallel([]) == []
