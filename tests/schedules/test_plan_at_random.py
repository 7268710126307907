"""Whatever the policies, and however workers come and go: each due time fires or is passed over, and that once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_runt.schedules.definition import MISFIRES, OVERLAPS, Definition
from jupyter_runt.schedules.plan import MOST, ON_TIME_SECONDS, Firing, plan, still_holds
from tests.schedules.clocks import DAY, utc

HOUR = 3600
CHANGE = utc("2024-10-27 01:00")

definitions = st.builds(
    Definition,
    schedule_id=st.just("s"),
    notebook=st.just("n.yml"),
    cron=st.sampled_from(["* * * * *", "*/15 * * * *", "0 * * * *", "30 2 * * *", "0,30 1-3 * * *", "0 7 * * MON"]),
    tz=st.sampled_from(["Europe/Paris", "UTC"]),
    misfire=st.sampled_from(MISFIRES),
    overlap=st.sampled_from(OVERLAPS),
    window=st.sampled_from([0.0, 30.0, 600.0, 7200.0, 86400.0, 1e9]),
    ends_at=st.none() | st.integers(-2 * DAY, 3 * DAY).map(lambda shift: float(CHANGE + shift)),
)
# How long until somebody asks again: at once, in time, after a night, after a week; or the clock is put back.
waits = st.floats(0, 5) | st.floats(0, 2 * HOUR) | st.floats(0, DAY) | st.floats(0, 7 * DAY) | st.floats(-HOUR, 0)
lives = st.lists(st.tuples(waits, st.booleans()), min_size=1, max_size=12)


@given(definitions, st.floats(-2 * DAY, 2 * DAY), lives)
@settings(deadline=None, max_examples=200)
def test_each_due_time_fires_or_is_passed_over_and_that_once(definition, shift, life):
    calendar = definition.calendar()
    begin = now = latest = CHANGE + shift
    next_at = calendar.after(begin)
    seen: list[Firing] = []
    for wait, running in life:
        now += wait
        latest = max(latest, now)
        if next_at is None:
            break
        made = plan(definition, next_at, now, running)
        seen += made.firings
        assert made.next_at is None or made.next_at > now
        assert made.cancel_running <= (running and definition.overlap == "cancel_running" and bool(made.fired))
        assert len(made.fired) <= (1 if definition.misfire != "all" or definition.overlap == "cancel_running" else MOST)
        assert not (running and definition.overlap == "skip" and made.fired)
        for each in made.fired:
            assert each.due_at == each.last_at <= now
            assert each.count == 1
            assert now - each.due_at <= max(definition.window, ON_TIME_SECONDS)
        starting = [each for each in made.fired if not each.waits]
        assert len(starting) <= 1, "no two runs at once"
        assert not (running and starting and definition.overlap != "cancel_running")
        next_at = made.next_at
    end = latest if definition.ends_at is None else min(latest, definition.ends_at)
    assert all(each.due_at <= each.last_at <= end for each in seen)
    for before, each in pairwise(seen):
        assert before.last_at < each.due_at, "in order, and none twice"
    # Every one of them is a due time, and together they are all, whether the schedule has ended or not.
    assert sum(each.count for each in seen) == calendar.count(begin, end)
    for each in seen:
        assert calendar.count(each.due_at - 1, each.last_at) == each.count
        assert calendar.between(each.due_at - 1, each.due_at, 1) == [each.due_at]
        assert calendar.between(each.last_at - 1, each.last_at, 1) == [each.last_at]


@given(definitions, st.floats(-2 * DAY, 2 * DAY), st.floats(0, 9 * DAY), st.booleans())
@settings(deadline=None)
def test_asked_again_at_once_nothing_is_left(definition, shift, late, running):
    next_at = definition.calendar().after(CHANGE + shift)
    assert next_at is not None
    first = plan(definition, next_at, next_at + late, running)
    if first.next_at is not None:
        again = plan(definition, first.next_at, next_at + late, running)
        assert (again.firings, again.next_at) == ((), first.next_at)


@given(definitions, st.floats(-2 * DAY, 2 * DAY), st.floats(-5, 90), st.floats(0, 0.999))
@settings(deadline=None)
def test_what_was_planned_ahead_is_what_is_planned_then_for_as_long_as_it_is_said_to_hold(
    definition, shift, late, early
):
    """Also of times that are due no more, as after a change of a zone's rules, and of ends that have come."""
    due_at = definition.calendar().after(CHANGE + shift)
    assert due_at is not None
    for asked in (due_at, due_at - early, due_at + 1):
        ahead = plan(definition, asked, asked, running=False)
        if still_holds(ahead, asked, asked + late):
            assert plan(definition, asked, asked + late, running=False) == ahead
    assert still_holds(plan(definition, due_at, due_at, running=False), due_at, due_at + 1.0)
