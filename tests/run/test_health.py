"""How a run goes by the health that its notebook recorded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_runt.events import Draft
from jupyter_runt.notebook import keys
from jupyter_runt.run import health
from jupyter_runt.run.outputs import OutputStage
from jupyter_runt.run.policy import Policy, Retry
from jupyter_runt.run.state import fold
from tests.run.driving import ERROR, WALL, Driver, code

CHECKS = [
    {"name": "memory", "group": "", "status": "WARNING", "message": "memory is 80 %, above 75 %"},
    {"name": "disk", "group": "db-1", "status": "CRITICAL", "message": "disk is 97 %, above 95 %"},
    {"name": "CPU", "group": "", "status": "OK", "message": ""},
]


def report(status: str, **more: Any) -> dict[str, Any]:
    return {"version": 1, "monitor": "m", "subject": "here", "status": status, "score": 50.04, "checks": CHECKS, **more}


def recorded(status: str, name: str = "health", **more: Any) -> Draft:
    """As the stage makes the fact of a display."""
    stage = OutputStage()
    stage.apply(Draft("cell.started", {"msg_id": "r"}, "a"))
    metadata = {"jupyter_runt": {"result": name}}
    facts = stage.message(
        "display_data", "r", {"data": {health.MIME: report(status, **more)}, "metadata": metadata}, [], 0
    )
    fact = facts[-1]
    return Draft(fact.type, fact.data, fact.cell_id, at=WALL)


def through(fail_on: str | None, *facts: Draft, **policy: Any) -> Driver:
    """A run whose only cell goes well, and records."""
    run = Driver(code("a"), policy=Policy(fail_on=fail_on, **policy))
    run.ready()
    for fact in facts:
        run.record(fact)
    run.reply()
    run.exit(0)
    return run


@pytest.mark.parametrize(
    ("fail_on", "status", "outcome"),
    [
        (None, "CRITICAL", ("succeeded", None)),
        ("critical", "CRITICAL", ("failed", "health_critical")),
        ("critical", "WARNING", ("succeeded", None)),
        ("critical", "PARTIAL", ("succeeded", None)),
        ("critical", "NO DATA", ("failed", "health_no_data")),
        ("warning", "CRITICAL", ("failed", "health_critical")),
        ("warning", "WARNING", ("failed", "health_warning")),
        ("warning", "PARTIAL", ("succeeded", None)),
        ("warning", "HEALTHY", ("succeeded", None)),
    ],
)
def test_a_run_fails_by_the_health_that_it_does_not_bear(fail_on, status, outcome):
    run = through(fail_on, recorded(status))
    assert run.outcome == outcome
    assert run.statuses == {"a": "succeeded"}
    assert fold("r1", run.log) == run.state


def test_the_end_says_what_is_ill():
    run = through("critical", recorded("CRITICAL"))
    said = "m: here is CRITICAL, score 50; db-1: disk is 97 %, above 95 %"
    assert (run.last("run.finished").data["message"], run.state.message) == (said, said)


def test_a_run_that_was_to_record_health_and_did_not_has_failed():
    run = through("warning")
    assert run.outcome == ("failed", "health_no_data")
    assert run.state.message == "no health was recorded"


def test_the_worst_of_several_reports_counts_and_the_last_one_of_a_name():
    several = [recorded("HEALTHY"), recorded("CRITICAL", "disks"), recorded("WARNING", "web")]
    assert through("warning", *several).outcome == ("failed", "health_critical")
    assert through("warning", recorded("CRITICAL"), recorded("HEALTHY")).outcome == ("succeeded", None)


def test_a_name_that_tells_of_something_else_by_now_is_no_health_any_more():
    other = Draft("result.recorded", {"name": "health", "data": {"text/plain": "3"}}, "a", at=WALL)
    assert through("critical", recorded("HEALTHY"), other).outcome == ("failed", "health_no_data")


def test_a_cell_that_failed_is_the_reason_whatever_the_health():
    run = Driver(code("a"), policy=Policy(fail_on="critical"))
    run.ready()
    run.record(recorded("CRITICAL"))
    run.reply(ERROR)
    run.exit(0)
    assert run.outcome == ("failed", "cell_error")


def test_a_new_attempt_knows_no_health_of_the_one_before():
    run = Driver(code("a"), policy=Policy(fail_on="critical", retry=Retry(attempts=2, on=("kernel_died",))))
    run.ready()
    run.record(recorded("HEALTHY"))
    run.exit(signal=9)
    run.wait(1)
    run.ready()
    run.reply()
    run.exit(0)
    assert run.outcome == ("failed", "health_no_data")


def test_a_policy_keeps_what_the_run_does_not_bear():
    assert Policy.from_json(Policy(fail_on="warning").to_json()).fail_on == "warning"
    assert tuple(health.FAIL_ON) == keys.FAIL_ON


# -- the brief -------------------------------------------------------------------------------------------------------


def test_a_brief_is_short_whatever_the_report_is():
    checks = [{**CHECKS[number % 3], "name": "x" * 5000, "message": "y" * 5000} for number in range(500)]
    found = recorded("CRITICAL", monitor="z" * 5000, score=1e9, checks=checks).data["health"]
    assert len(found["failing"]) == health.MOST_FAILING
    assert {each["status"] for each in found["failing"]} == {"CRITICAL"}
    assert (
        max(len(text) for each in (found, *found["failing"]) for text in each.values() if isinstance(text, str)) == 200
    )
    assert found["score"] == 100.0


def test_what_no_check_says_is_in_the_brief_and_is_why_a_run_fails():
    alerts = [
        {"type": "memory", "severity": "warning", "message": "memory is 80 %, above 75 %"},
        {"type": "disk", "severity": "critical", "message": "db-1: disk is 97 %, above 95 %", "group": "db-1"},
        {"type": "token", "severity": "critical", "message": "db-1: the token ends today", "group": "db-1"},
        {"type": "incomplete", "severity": "info", "message": "db-2: not read", "group": "db-2"},
        {"type": "idle", "severity": "info", "message": "nothing is asked of it"},
    ]
    run = through("critical", recorded("CRITICAL", alerts=alerts, incomplete=["db-2: not read"]))
    assert [
        (each["status"], each["name"], each["group"], each["message"]) for each in run.state.health["health"]["failing"]
    ] == [
        ("CRITICAL", "token", "db-1", "the token ends today"),
        ("CRITICAL", "disk", "db-1", "disk is 97 %, above 95 %"),
        ("WARNING", "memory", "", "memory is 80 %, above 75 %"),
        ("NO DATA", "incomplete", "db-2", "not read"),
    ]
    assert run.state.message == "m: here is CRITICAL, score 50; db-1: the token ends today"


def test_a_newer_report_is_understood_as_far_as_its_status_goes():
    assert recorded("WARNING", version=2).data["health"]["status"] == "WARNING"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(health.STATUSES),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "status", "checks", "message", "severity", "x"]), inner)
    ),
    max_leaves=8,
)


# The first one imports what judges events.
@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*report("OK"), "alerts", "incomplete"]), anything), st.booleans())
def test_whatever_user_code_puts_there_is_a_sound_brief_or_none(junk, known):
    found = health.brief({health.MIME: {**(report("CRITICAL") if known else {}), **junk}})
    if found is None:
        return
    run = Driver(code("a"))
    run.ready()
    run.record(
        Draft("result.recorded", {"name": "n", "data": {}, "health": found}, "a", at=WALL)
    )  # judged by the schema
    assert health.message([found]).startswith(found["monitor"] or found["subject"] or "health")


@pytest.mark.parametrize(
    "data", [None, {}, {"text/plain": "x"}, {health.MIME: "x"}, {health.MIME: {"version": True}}, []]
)
def test_what_holds_no_report_has_no_brief(data):
    assert health.brief(data) is None
