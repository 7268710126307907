"""How long is waited before a request is made again, and when not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.monitoring.cloudflare.patience import Patience, retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 30 ", 30),
        ("0", 0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 12:01:00 -0000", 60),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header, seconds):
    assert retry_after(header, NOW) == seconds


def test_each_delay_is_longer_and_tries_are_few():
    patience = Patience(60, tries=4, delay=0.5, backoff=2)
    assert [patience.after_failure(tried, 0) for tried in (1, 2, 3, 4)] == [0.5, 1, 2, None]


def test_a_refusal_waits_as_long_as_it_asks_and_no_shorter_than_a_failure():
    patience = Patience(60)
    assert patience.after_refusal(1, 0, 7) == 7
    assert patience.after_refusal(1, 0, 0) == 0.5
    assert patience.after_refusal(1, 0, None) == 0.5
    assert patience.after_refusal(1, 55, 7) is None
    assert patience.after_refusal(1, 0, 300) is None


@given(
    seconds=st.floats(0, 1000),
    spent=st.floats(0, 2000),
    tried=st.integers(1, 9),
    asked=st.none() | st.floats(0, 1e9),
)
def test_nothing_is_waited_for_longer_than_patience_lasts(seconds, spent, tried, asked):
    patience = Patience(seconds)
    for wait in (patience.after_failure(tried, spent), patience.after_refusal(tried, spent, asked)):
        assert wait is None or (wait >= 0 and spent + wait < seconds and tried < patience.tries)
