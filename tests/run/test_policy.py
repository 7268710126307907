from __future__ import annotations

import json

from hypothesis import given

from jupyter_runt.run.policy import Policy, Retry
from jupyter_runt.run.state import summary
from tests.run.driving import WALL, Driver, code
from tests.run.test_any_order import policies


@given(policy=policies)
def test_a_policy_survives_its_json(policy):
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy


def test_what_is_missing_takes_its_default_and_what_is_unknown_is_ignored():
    assert Policy.from_json({}) == Policy()
    newer = {"timeout": 5, "moon": 1, "retry": {"attempts": 2, "jitter": 1}, "input": None, "grace": {"nap": 1}}
    assert Policy.from_json(newer) == Policy(timeout=5, retry=Retry(attempts=2))


def test_the_pause_before_an_attempt_grows_by_the_backoff():
    assert [Retry(5, delay=3, backoff=2).pause(attempt) for attempt in (1, 2, 3)] == [3, 6, 12]


def test_the_summary_of_a_run_is_what_lists_show():
    run = Driver(code("a"), code("b"))
    run.ready()
    run.reply()
    assert summary(run.state) == {
        "status": "running", "reason": None, "cells_done": 1, "cells_failed": 0, "current_cell": "b",
        "started_at": WALL + 1000, "finished_at": None,
    }  # fmt: skip
