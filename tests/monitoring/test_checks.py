"""One measurement, judged: thresholds and their direction, ranges, expected values, and what is no data."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.errors import UsageError
from jupyter_runt.monitoring import check
from jupyter_runt.monitoring.limits import HIGHER, LOWER, limits

numbers = st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9)


@pytest.mark.parametrize(
    ("value", "wanted", "status"),
    [
        (80, {"warn": 80, "critical": 95}, "OK"),
        (80.1, {"warn": 80, "critical": 95}, "WARNING"),
        (95.1, {"warn": 80, "critical": 95}, "CRITICAL"),
        (0.95, {"warn": 0.95, "critical": 0.9}, "OK"),
        (0.94, {"warn": 0.95, "critical": 0.9}, "WARNING"),
        (0.89, {"warn": 0.95, "critical": 0.9}, "CRITICAL"),
        (5, {"critical": 10, "worse": "lower"}, "CRITICAL"),
        (11, {"critical": 10}, "CRITICAL"),
        (1, {"warn": 0}, "WARNING"),
        (11, {"warn": 10, "critical": 10}, "CRITICAL"),
        (20, {"warn": (10, 20), "critical": (5, 30)}, "OK"),
        (21, {"warn": (10, 20), "critical": (5, 30)}, "WARNING"),
        (9, {"warn": (10, None)}, "WARNING"),
        (4, {"warn": (10, 20), "critical": (5, 30)}, "CRITICAL"),
        (True, {}, "OK"),
        (False, {}, "CRITICAL"),
        (False, {"severity": "warning"}, "WARNING"),
        (True, {"expected": False}, "CRITICAL"),
        (200, {"expected": [200, 204]}, "OK"),
        (500, {"expected": 200}, "CRITICAL"),
        (1, {"expected": True}, "CRITICAL"),
        ("up", {"expected": "up"}, "OK"),
        ("down", {"expected": {"up"}, "severity": "info"}, "INFO"),
        (12.5, {}, "INFO"),
        ("3.11", {}, "INFO"),
    ],
)
def test_a_value_is_judged(value, wanted, status):
    assert check("x", value, **wanted).status == status


def raising() -> float:
    raise ConnectionError("the database is away")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, ""),
        (math.nan, "nan is no value"),
        (b"12", "a bytes is no value"),
        (math.inf, "inf is no value"),
        (Decimal("NaN"), "nan is no value"),
        (np.float64("nan"), "nan is no value"),
        (pd.NA, ""),
        (pd.NaT, ""),
        (raising, "ConnectionError: the database is away"),
        (lambda: dict[int, int]()[1], "KeyError: 1"),
        ([1], "a list is no value"),
        (10**400, "a int is no value"),
        ("12", "'12' is no number"),
        (True, "True is no number"),
    ],
)
def test_what_was_not_measured_is_no_data_and_says_why(value, why):
    found = check("x", value, warn=80, detail="of no use here", advice="nor is this")
    assert (found.status, found.value) == ("NO DATA", None)
    assert found.message == f"x could not be measured{why and f': {why}'}"
    assert found.alert is not None
    assert (found.alert.severity, found.advice) == ("info", "")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int64(3), 3), (np.float32(0.5), 0.5), (np.bool_(True), True), (np.array(7), 7), (Decimal("1.5"), 1.5),
        (timedelta(minutes=2), 120.0), (lambda: 4, 4),
    ],
)  # fmt: skip
def test_numbers_of_others_become_plain_ones(value, plain):
    found = check("x", value)
    assert (found.value, type(found.value)) == (plain, type(plain))


def test_an_interrupt_is_no_measurement():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("x", interrupted)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"warn": 80, "critical": 95, "worse": "lower"}, "higher is worse, worse='lower' the opposite"),
        ({"warn": "80"}, "warn must be a number or a pair"),
        ({"warn": True}, "warn must be a number or a pair"),
        ({"critical": math.nan}, "critical must be a number or a pair"),
        ({"critical": 10**400}, "critical must be a number or a pair"),
        ({"warn": (1, 2), "critical": 3}, "critical must be a pair (least, most)"),
        ({"warn": (1, 2, 3)}, "warn must be a pair (least, most)"),
        ({"warn": (2, 1)}, "is no range"),
        ({"warn": (None, None)}, "is no range"),
        ({"warn": (1, 9), "critical": (2, 10)}, "must hold warn=(1, 9)"),
        ({"warn": (1, 9), "worse": "lower"}, "needs no `worse`"),
        ({"worse": "below"}, "worse must be 'higher' or 'lower'"),
        ({"warn": 1, "expected": 2}, "exclude each other"),
        ({"expected": []}, "expected must be a value"),
        ({"expected": [object()]}, "expected must be a value"),
        ({"severity": "bad"}, "severity must be one of critical, warning, info"),
        ({"weight": -1}, "weight must be a number from 0"),
        ({"weight": math.inf}, "weight must be a number from 0"),
        ({"unit": 3}, "unit must be text"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(options, said):
    with pytest.raises(UsageError) as caught:
        check("x", 1, **options)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_a_check_has_a_name(name):
    with pytest.raises(UsageError):
        check(name, 1)


@pytest.mark.parametrize(
    ("found", "message", "borne"),
    [
        (check("disk", 97.04, warn=85, critical=95, unit="%"), "disk is 97 %, above 95 %", "> 85 %, > 95 %"),
        (check("hits", 0.9, warn=0.95, critical=0.8), "hits is 0.9, below 0.95", "< 0.95, < 0.8"),
        (check("room", 4, warn=(10, 20), unit="°C"), "room is 4 °C, below 10 °C", "outside 10 … 20 °C"),
        (check("left", 1.5e9, warn=2e9, worse="lower", unit="bytes"), "left is 1.5 GB, below 2 GB", "< 2 GB"),
        (check("wait", 7500, warn=600, unit="s"), "wait is 2.1 h, above 10 min", "> 10 min"),
        (check("status", 500, expected=[200, 204], detail="oops"), "status is 500, not 200 or 204: oops", "not 200 or 204"),
        (check("up", False, detail="refused"), "up: refused", ""),
        (check("up", False), "up: no", ""),
        (check("disk", 80, warn=85), "", "> 85"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(found, message, borne):
    assert (found.message, found.borne) == (message, borne)


def test_an_alert_names_the_group_and_its_type():
    found = check("latency", 9, critical=5, unit="s", group="orders-db", type="slow").alert
    assert found is not None
    assert found.to_json() == {
        "type": "slow", "message": "orders-db: latency is 9 s, above 5 s", "severity": "critical", "group": "orders-db",
    }  # fmt: skip


def test_advice_is_looked_for_only_where_it_is_needed_and_never_fatal():
    asked: list[str] = []

    def advice() -> str:
        asked.append("x")
        return "remove what is old"

    def failing() -> str:
        raise ConnectionError("the database is away")

    assert check("disk", 80, warn=85, advice=advice).advice == ""
    assert asked == []
    assert check("disk", 90, warn=85, advice=advice).advice == "remove what is old"
    assert (
        check("disk", 90, warn=85, advice=failing).advice
        == "no advice could be had: ConnectionError: the database is away"
    )


def test_what_was_measured_cannot_break_a_table_or_a_terminal():
    found = check("version", "1\n\x1b[31mred" + "x" * 9999, expected="2")
    assert found.shown.startswith("1 �[31mredxxx")
    assert max(len(found.shown), len(found.message)) <= 200


@given(numbers, numbers, numbers, st.sampled_from([None, HIGHER, LOWER]))
def test_no_value_is_critical_that_is_better_than_one_that_is_well(value, warn, critical, worse):
    """Whatever the direction: from the best value to the worst, the status only grows worse."""
    try:
        borne = limits(warn, critical, worse)
    except UsageError:
        return
    order = ["OK", "WARNING", "CRITICAL"]
    lower = borne.warn is not None and borne.warn.most is None
    seen = [order.index(borne.judge(each)[0]) for each in sorted([value, warn, critical, value + 1], reverse=lower)]
    assert seen == sorted(seen)
    assert borne.judge(warn)[0] == "OK", "what stands on the milder threshold is well"
