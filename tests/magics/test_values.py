"""Python values of a notebook as the parameters of a run."""

from __future__ import annotations

import enum
import json
import math
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.cli import notebook_options
from jupyter_runt.errors import ParameterError, RuntError, UsageError
from jupyter_runt.magics import dispatch, values, words
from jupyter_runt.notebook.values import from_json, to_json

DAY = datetime.fromisoformat("2026-11-20T08:30:00.123456")


class Colour(enum.StrEnum):
    RED = "red"


class Old(str, enum.Enum):  # noqa: UP042 - its str() is not its text
    RED = "red"


class Size(enum.IntEnum):
    LARGE = 3


def layers(line: str, **names: Any) -> list[dict[str, Any]]:
    """What a line's options say of parameters, from its text to the layers of a run."""
    found = words.split(line, lambda expression: eval(expression, dict(names)))
    args = dispatch.parser("run").parse_args(notebook_options.shielded(found))
    values.settle(args)
    return notebook_options.layers(args)


def merged(line: str, **names: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for layer in layers(line, **names):
        found |= layer
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (-5, -5),
        (2**70, 2**70),
        (1.5, 1.5),
        ("", ""),
        ("-x: {not: yaml}", "-x: {not: yaml}"),
        ("null", "null"),
        (Colour.RED, "red"),
        (Old.RED, "red"),
        (Size.LARGE, 3),
        (Path("/srv/data.csv"), "/srv/data.csv"),
        (PurePosixPath("a/b"), "a/b"),
        (date(2026, 11, 20), date(2026, 11, 20)),
        (DAY.replace(tzinfo=UTC), DAY.replace(tzinfo=UTC)),
        ((1, (2, 3)), [1, [2, 3]]),
        (range(3), [0, 1, 2]),
        ({"a": [Path("x")], 1: None}, {"a": ["x"], 1: None}),
        (np.int8(-3), -3),
        (np.float64(0.1), 0.1),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([]), []),
        (np.datetime64("2026-11-20"), date(2026, 11, 20)),
        (np.datetime64(DAY, "ns"), DAY),
        (np.array([DAY], dtype="datetime64[ns]"), [DAY]),
        (pd.Timestamp(DAY), DAY),
        (pd.Timestamp("2026-11-20T08:30:00.123456789"), DAY),
        (pd.Series([DAY, None]), [DAY, None]),
        (pd.Series([1, None], dtype="Int64"), [1, None]),
        (pd.Index(["a", "b"]), ["a", "b"]),
        (pd.Categorical(["a", "b", "a"]), ["a", "b", "a"]),
        (pd.DataFrame({"n": [1, 2]}).n, [1, 2]),
        (pd.NaT, None),
    ],
    ids=repr,
)
def test_a_value_arrives_in_the_type_that_yaml_has_for_it(value, expected):
    (found,) = layers("-p x $value", value=value)
    assert found == {"x": expected}
    assert type(found["x"]) is type(expected)
    assert from_json(json.loads(json.dumps(to_json(found)))) == found, "so it reaches the run"


@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text()
        | st.dates()
        | st.datetimes(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=10,
    )
)
def test_plain_values_are_themselves(value):
    assert values.plain("x", value) == value
    assert layers("-p x $value", value=value) == [{"x": value}]


def test_not_a_number_stays_one():
    assert math.isnan(values.plain("x", [np.float32("nan")])[0])


HOLDS_ITSELF: list[Any] = []
HOLDS_ITSELF.append(HOLDS_ITSELF)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (b"bytes", "bytes"),
        ({1, 2}, "set"),
        (1j, "complex"),
        (object(), "object"),
        (len, "builtin_function_or_method"),
        ([{"deep": {1, 2}}], "set"),
        ({(1, 2): 3}, "tuple"),
        (np.timedelta64(5, "ns"), "timedelta64"),
        (np.array([1j]), "complex"),
        (pd.DataFrame({"n": [1]}), "DataFrame"),
        (HOLDS_ITSELF, "holds itself"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_no_parameter_can_hold_is_refused_by_its_name(value, told):
    with pytest.raises(ParameterError) as refused:
        layers("-p data $value", value=value)
    assert "'data'" in refused.value.message
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-p shift -1e3", {"shift": -1000.0}),
        ("-p shift {-n}", {"shift": -5}),
        ("-p shift -$n", {"shift": -5}),
        ("-r flags --fast", {"flags": "--fast"}),
        ("-r flags -p -p size -1", {"flags": "-p", "size": -1}),
        ("-r a -p --env-file x.env", {"a": "-p"}),
        ("-p name -$text", {"name": "-a b"}),
        ("-r number $n", {"number": "5"}),
        ("-r number 5", {"number": "5"}),
        ("-r listed {[1, 2]}", {"listed": "[1, 2]"}),
        ("-p number '5'", {"number": 5}),
        ("-p text '\"5\"'", {"text": "5"}),
        ("-p text $digits", {"text": "5"}),
        ('-p text "$n"', {"text": "5"}),
        ("-p path data_{n}.csv", {"path": "data_5.csv"}),
        ("-p $key $n", {"size": 5}),
        ("-r nul '\0x'", {"nul": "\0x"}),
        ("-y $mapping", {"size": 1, "deep": {"x": [1]}}),
        ("-y {dict(size=n)}", {"size": 5}),
        ("-y '{size: 10, name: x}'", {"size": 10, "name": "x"}),
        ("-y $yaml", {"size": 2}),
        ("-p size 3 -y $mapping", {"size": 3, "deep": {"x": [1]}}),
        ("-p size 3 -p size $n", {"size": 5}),
    ],
)
def test_options_take_values_and_texts(line, expected):
    names = {
        "n": 5, "text": "a b", "digits": "5", "key": "size", "yaml": "size: 2",
        "mapping": {"size": np.int64(1), "deep": {"x": (1,)}},
    }  # fmt: skip
    found = merged(line, **names)
    assert found == expected
    assert [type(value) for value in found.values()] == [type(value) for value in expected.values()]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("-y $n", "-y needs a mapping of parameters, not a int."),
        ("-y {[1]}", "not a list"),
        ("-y {{'data': {1, 2}}}", "'data'"),
        ("-y {{'data': b''}}", "'data'"),
    ],
)
def test_what_cannot_be_parameters_is_told(line, told):
    with pytest.raises((UsageError, ParameterError)) as refused:
        layers(line, n=5)
    assert told in refused.value.message


@given(line=st.text(st.sampled_from("-prfy xn$n{}[]'\"\\=:\0 "), max_size=30))
def test_whatever_stands_behind_the_options_is_words_or_one_error(line):
    with suppress(RuntError):
        assert isinstance(merged(line, n=5), dict)
