"""What is worth telling somebody, and how it is said."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_runt.events import Draft
from jupyter_runt.run import notifications
from jupyter_runt.run.notifications import Message, Past, has_recovered, occasions
from jupyter_runt.run.policy import Input, Notify, Policy, Retry
from jupyter_runt.settings import NOTIFY_ON
from tests.run.driving import ERROR, OK, Driver, code
from tests.run.test_health import recorded

TO = ("${HOOK}",)
ALL = tuple(word for word in NOTIFY_ON if word != "waiting")


def ended(
    *facts: Draft, on: tuple[str, ...] = ALL, reply: dict[str, Any] = OK, cancel: bool = False, **policy: Any
) -> Driver:
    """A run whose only cell records these facts and ends with that reply."""
    run = Driver(code("a"), policy=Policy(notify=Notify(on, TO), **policy))
    run.ready()
    for fact in facts:
        run.record(fact)
    if cancel:
        run.signal("cancel")
    run.reply(reply)
    run.exit(0)
    assert run.state.ended
    return run


def words(run: Driver, *, recovered: bool = False) -> set[str]:
    found = occasions(run.state, run.log[-1:], lambda: recovered)
    return {word for each in found for word in each.on}


def said(run: Driver, **more: Any) -> Message:
    (occasion,) = occasions(run.state, run.log, lambda: False)
    return notifications.message("r1", occasion.on, occasion.data, link=None, **more)


# -- when --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "fail_on", "told"),
    [
        ("CRITICAL", None, {"critical", "warning", "succeeded", "ended"}),
        ("CRITICAL", "critical", {"critical", "warning", "failed", "ended"}),
        ("WARNING", None, {"warning", "succeeded", "ended"}),
        ("NO DATA", None, {"no_data", "succeeded", "ended"}),
        ("NO DATA", "critical", {"no_data", "failed", "ended"}),
        ("PARTIAL", None, {"succeeded", "ended", "recovered"}),
        ("HEALTHY", None, {"succeeded", "ended", "recovered"}),
        (None, None, {"succeeded", "ended", "recovered"}),
        (None, "critical", {"no_data", "failed", "ended"}),
    ],
)
def test_an_end_is_told_by_the_words_that_hold(status, fail_on, told):
    run = ended(*([recorded(status)] if status else []), fail_on=fail_on)
    assert words(run, recovered=True) == told


def test_a_failed_cell_and_a_cancelled_run_are_not_the_same():
    assert words(ended(reply=ERROR)) == {"failed", "ended"}
    assert words(ended(cancel=True)) == {"ended"}


def test_the_worst_of_several_reports_counts():
    assert "critical" in words(ended(recorded("HEALTHY"), recorded("CRITICAL", "other")))


def test_nothing_is_told_where_nobody_asked_for_it():
    run = Driver(code("a"), policy=Policy(notify=Notify(("failed",), TO)))
    run.ready()
    run.reply()
    run.exit(0)
    assert occasions(run.state, run.log, lambda: True) == []
    assert occasions(ended(on=()).state, run.log, lambda: True) == []


def test_what_came_before_is_only_looked_up_where_it_matters():
    def asked() -> bool:
        raise AssertionError("nobody wants to know")

    for run in (ended(reply=ERROR), ended(recorded("WARNING")), ended(on=("succeeded",))):
        assert occasions(run.state, run.log[-1:], asked)


@pytest.mark.parametrize(("policy", "told"), [("wait", 1), ("fail", 0)])
def test_a_question_is_told_of_where_a_person_has_to_answer_it(policy, told):
    run = Driver(code("a"), policy=Policy(notify=Notify(("waiting",), TO), input=Input(policy)))
    run.ready()
    before = len(run.log)
    run.ask("your\nname? ")
    found = occasions(run.state, run.log[before:], lambda: False)
    assert [(each.name, each.on, each.data["prompt"]) for each in found] == [("1.1", ("waiting",), "your name?")] * told


def test_a_question_that_the_run_answers_itself_is_none():
    run = Driver(code("a"), policy=Policy(notify=Notify(("waiting",), TO), input=Input("answer", None, ("x",))))
    run.ready()
    run.ask()
    assert occasions(run.state, run.log, lambda: False) == []


WELL = {"health": {"monitor": "m", "subject": "here", "status": "HEALTHY", "score": 100.0, "failing": []}}


def past(status: str = "succeeded", *health: str, subject: str = "here") -> Past:
    return Past("p", status, tuple(("m", subject, each) for each in health))


@pytest.mark.parametrize(
    ("earlier", "recovered"),
    [
        ([], False),
        ([past("failed")], True),
        ([past("succeeded", "CRITICAL")], True),
        ([past("succeeded", "WARNING")], True),
        ([past("succeeded", "NO DATA")], True),
        ([past("succeeded", "HEALTHY"), past("failed")], False),
        ([past("succeeded", "PARTIAL")], False),
        ([past("cancelled"), past("failed")], True),
        ([past("succeeded", "CRITICAL", subject="there")], False),
        ([past("succeeded", "CRITICAL", subject="there"), past("failed", "CRITICAL")], True),
        ([past("succeeded", "HEALTHY", subject="there"), past("succeeded", "HEALTHY"), past("failed")], False),
    ],
)
def test_a_run_has_recovered_if_the_one_before_of_the_same_was_not_well(earlier, recovered):
    assert has_recovered(WELL, earlier, lambda past: True) is recovered


def test_one_that_was_asked_for_something_else_is_not_the_one_before():
    assert not has_recovered(WELL, [past("failed")], lambda past: False)
    assert has_recovered({}, [past("failed"), past("failed")], lambda past: True)


def test_who_is_told_of_what_survives_being_stored():
    assert Policy.from_json(Policy(notify=Notify(("failed",), TO)).to_json()).notify == Notify(("failed",), TO)
    assert Policy.from_json({}).notify == Notify()


# -- what --------------------------------------------------------------------------------------------------------------


def test_a_monitor_is_told_with_its_score_and_its_failing_checks():
    message = said(ended(recorded("CRITICAL"), fail_on="critical"))
    assert message.title == "failed: m: here is CRITICAL, score 50"
    assert message.kind == "failure"
    assert message.body.split("\n") == [
        "Report (report)",
        "status: failed (health_critical) after 0 ms",
        "m: here is CRITICAL, score 50",
        "  CRITICAL db-1: disk is 97 %, above 95 %",
        "  WARNING memory is 80 %, above 75 %",
        "run r1",
        "jupyter runt show r1",
    ]


@pytest.mark.parametrize(
    ("run", "title", "kind"),
    [
        (ended(), "succeeded: Report", "success"),
        (ended(cancel=True), "cancelled: Report", "info"),
        (ended(reply=ERROR), "failed: Report", "failure"),
        (ended(recorded("WARNING")), "m: here is WARNING, score 50", "warning"),
        (ended(recorded("HEALTHY")), "m: here is HEALTHY, score 50", "success"),
    ],
    ids=["succeeded", "cancelled", "failed", "warning", "healthy"],
)
def test_the_headline_says_what_matters(run, title, kind):
    message = said(run)
    assert (message.title, message.kind) == (title, kind)


def test_an_exception_is_told_with_its_cell_and_never_at_length():
    long = {**ERROR, "evalue": "x" * 5000}
    body = said(ended(reply=long)).body
    assert "cell a: ValueError: xxx" in body
    assert len(body) < 600


def test_the_attempt_is_told_of_a_run_that_was_repeated():
    run = Driver(code("a"), policy=Policy(notify=Notify(("failed",), TO), retry=Retry(attempts=2)))
    for _ in range(2):
        run.ready()
        run.reply(ERROR)
        run.exit(0)
        run.wait(1)
    assert "attempt 2" in said(run).body
    assert len(occasions(run.state, run.log, lambda: False)) == 1


def test_what_was_held_back_and_what_will_be_is_said():
    message = said(ended(), held_back=7, until=1_800_000_000.0)
    assert "7 messages about this had been held back before this one." in message.body
    assert "more are held back until 2027-01-15T08:00:00.000Z." in message.body


def test_messages_are_counted_by_monitor_or_notebook():
    (monitor,) = occasions(ended(recorded("WARNING")).state, ended().log[-1:], lambda: False)
    (notebook,) = occasions(ended().state, ended().log[-1:], lambda: False)
    assert (monitor.series, notebook.series) == ("m: here", "report")
