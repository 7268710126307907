"""Score and status: what holds for every set of checks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jupyter_runt.monitoring import scoring
from jupyter_runt.monitoring.checks import STATUSES, Alert, Check
from jupyter_runt.run import health

weights = st.sampled_from([0, 0.1, 1, 3]) | st.floats(0, 1e6)
one = st.builds(
    Check, st.sampled_from("abcde"), st.sampled_from(STATUSES), group=st.sampled_from(["", "g", "h"]), weight=weights
)
some = st.lists(one, max_size=8)
of_groups = st.dictionaries(st.sampled_from(["g", "h"]), weights)


def of(*statuses: str) -> list[Check]:
    return [Check(f"c{number}", status) for number, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("statuses", "score", "status"),
    [
        ([], None, "NO DATA"),
        (["INFO", "INFO"], None, "NO DATA"),
        (["NO DATA"], None, "NO DATA"),
        (["OK", "INFO"], 100.0, "HEALTHY"),
        (["OK", "OK", "OK", "NO DATA"], 75.0, "PARTIAL"),
        (["OK", "WARNING"], 75.0, "WARNING"),
        (["WARNING", "NO DATA"], 25.0, "WARNING"),
        (["OK", "OK", "CRITICAL"], 66.7, "CRITICAL"),
        (["CRITICAL", "WARNING", "NO DATA"], 16.7, "CRITICAL"),
        (["CRITICAL"], 0.0, "CRITICAL"),
    ],
)
def test_the_score_is_the_share_of_what_is_known_to_be_well(statuses, score, status):
    assert scoring.score(of(*statuses), {}) == score
    assert scoring.status(of(*statuses)) == status


def test_weights_of_checks_and_groups_multiply():
    checks = [Check("a", "OK", weight=2, group="g"), Check("b", "CRITICAL", weight=1)]
    assert scoring.score(checks, {}) == 66.7
    assert scoring.score(checks, {"g": 0.5}) == 50.0
    assert scoring.score(checks, {"g": 0}) == 0.0


def test_alerts_and_missing_data_count_for_the_status():
    well = of("OK")
    assert scoring.status(well, [Alert("x", "m", "critical")]) == "CRITICAL"
    assert scoring.status(well, [Alert("x", "m", "warning")], incomplete=True) == "WARNING"
    assert scoring.status(well, [Alert("x", "m", "info")]) == "HEALTHY"
    assert scoring.status(well, incomplete=True) == "PARTIAL"
    assert scoring.status(of("INFO"), incomplete=True) == "NO DATA"


@pytest.mark.parametrize(
    ("score", "grade"), [(100, "EXCELLENT"), (90, "EXCELLENT"), (89.9, "GOOD"), (50, "FAIR"), (0, "POOR"), (None, "")]
)
def test_a_grade_is_the_score_in_a_word(score, grade):
    assert scoring.grade(score) == grade


@given(some, of_groups)
def test_a_score_is_within_its_bounds_and_full_only_when_all_is_well_and_known(checks, groups):
    found = scoring.score(checks, groups)
    counting = [each for each in checks if each.weight * groups.get(each.group, 1.0) and each.status != "INFO"]
    assert (found is None) == all(each.status == "NO DATA" for each in counting)
    if found is not None:
        assert 0 <= found <= 100
        assert (found == 100) == all(each.status == "OK" for each in counting)


@given(some, of_groups, st.randoms())
def test_the_order_of_the_checks_does_not_matter(checks, groups, chance):
    mixed = chance.sample(checks, len(checks))
    assert scoring.status(mixed) == scoring.status(checks)
    ours, theirs = scoring.score(checks, groups), scoring.score(mixed, groups)
    assert (ours is None) == (theirs is None)
    assert ours is None or theirs is None or abs(ours - theirs) <= 0.1


@given(some, of_groups, st.data())
def test_nothing_gets_better_when_a_check_gets_worse(checks, groups, data):
    assume(checks)
    number = data.draw(st.integers(0, len(checks) - 1))
    order = ["OK", "WARNING", "CRITICAL"]
    assume(checks[number].status in order[:2])
    worse = [*checks]
    worse[number] = replace(checks[number], status=order[order.index(checks[number].status) + 1])
    before, after = scoring.score(checks, groups), scoring.score(worse, groups)
    assert before is not None or after is None
    assert before is None or after is None or after <= before
    assert _rank(scoring.status(worse)) <= _rank(scoring.status(checks))


@given(some, of_groups)
def test_what_is_not_known_never_raises_a_score_nor_hides_what_is_bad(checks, groups):
    more = [*checks, Check("unknown", "NO DATA")]
    before, after = scoring.score(checks, groups), scoring.score(more, groups)
    assert before is None or (after is not None and after <= before)
    assert scoring.status(more) != "HEALTHY"
    if scoring.status(checks) in ("CRITICAL", "WARNING"):
        assert scoring.status(more) == scoring.status(checks)


@given(some)
def test_what_is_not_judged_counts_nowhere(checks):
    more = [*checks, Check("shown", "INFO", weight=1000)]
    assert scoring.score(more, {}) == scoring.score(checks, {})
    assert scoring.status(more) == scoring.status(checks)


def _rank(status: str) -> int:
    return health.STATUSES.index(status)
