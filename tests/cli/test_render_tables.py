"""Tables and numbers as people read them."""

from __future__ import annotations

import pytest

from jupyter_runt.cli.render.tables import ago, duration, size, table


def test_columns_are_aligned_and_numbers_stand_to_the_right():
    shown = table(["NAME", "N"], [["日本", "5"], ["long name", "1,234"]])
    assert shown.splitlines() == ["NAME           N", "日本           5", "long name  1,234"]


def test_a_table_is_cut_to_the_columns_there_are_and_else_whole():
    rows = [["x" * 50, "short"]]
    assert table(["A", "B"], rows, columns=30).splitlines()[1] == "x" * 22 + "…  short"
    assert "x" * 50 in table(["A", "B"], rows)


def test_a_cell_cannot_break_the_table_or_command_the_terminal():
    assert table(["A"], [["one\ntwo\x1b[2J\x07"]]).splitlines()[1] == "one two\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.009, "9 ms"),
        (1.4, "1.4 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (123, "2 min 3 s"),
        (3720, "1 h 02 min"),
        (273600, "3 d 4 h"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "just now"), (40, "40 s ago"), (200, "3 min ago"), (7300, "2 h ago"), (200000, "2 d ago")],
)
def test_times_past(seconds, text):
    assert ago(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(312, "312 B"), (12_000, "12 kB"), (3_400_000, "3.4 MB"), (5e12, "5000.0 GB")]
)
def test_sizes(count, text):
    assert size(count) == text
