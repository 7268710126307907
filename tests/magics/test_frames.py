"""DataFrames as named results: what comes back is the frame, or is not said to be one."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_runt.client import contents
from jupyter_runt.kernel import frames
from jupyter_runt.magics import results
from jupyter_runt.run.results import TABLE
from tests.worker.conftest import built
from tests.worker.house import ROOT

STAMPS = ["2026-11-20T08:30:00.123456789", None]
NUMBERED = pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["key", None])


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def back(value: Any) -> Any:
    """What somebody else gets, by way of JSON; None where nothing is claimed."""
    table = frames.written(value)
    return None if table is None else frames.read(json.loads(json.dumps(table)))


KEPT = {
    "plain": frame(a=[1, 2], b=[0.1 + 0.2, 1e-300], c=["x", None]),
    "empty": frame(),
    "no columns": pd.DataFrame(index=["r", "s"]),
    "no rows": frame(a=pd.Series([], dtype="int8"), b=pd.Series([], dtype="str"), c=pd.Series([], dtype="datetime64[ns]")),
    "no rows of two levels": pd.DataFrame({"a": []}, index=pd.MultiIndex.from_arrays([[], []], names=["x", "y"])),
    "numbered columns": pd.DataFrame(np.arange(6).reshape(2, 3)),
    "columns that are floats": pd.DataFrame([[1]], columns=[1.5]),
    "columns of one name": pd.DataFrame([[1, "x"]], columns=["a", "a"]),
    "columns of several types": pd.DataFrame([[1, 2]], columns=["1", 1]),
    "columns of two levels": pd.DataFrame([[1, 2]], columns=NUMBERED),
    "columns that are days": pd.DataFrame([[1, 2]], columns=pd.date_range("2026", periods=2)),
    "columns with a name": frame(a=[1]).rename_axis(columns="each"),
    "a pivot table": frame(a=["x", "y"], b=["u", "v"], n=[1, 2]).pivot_table(index="a", columns="b", values="n"),
    "a column called index": frame(index=[1], index_=[2], level_0=[3]),
    "a named index": frame(a=[1]).set_index(pd.Index(["r"], name="a")),
    "two levels": pd.DataFrame({"n": [1, 2]}, index=NUMBERED),
    "a range": pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(5, 1, -2, name="down")),
    "days": pd.DataFrame({"a": [1, 2, 3]}, index=pd.date_range("2026", periods=3, freq="D", name="day")),
    "an index of categories": pd.DataFrame({"a": [1, 2]}, index=pd.CategoricalIndex(["b", "a"], ["b", "a"], ordered=True)),
    "one index value twice": pd.DataFrame({"a": [1, 2]}, index=["r", "r"]),
    "numbers": frame(
        a=np.array([-128, 127], "int8"), b=np.array([0, 2**64 - 1], "uint64"), c=np.array([0.1, np.nan], "float32"),
        d=np.array([1.5, -0.0], "float16"), e=[True, False], f=[2**53 + 1, -(2**63)],
    ),
    "missing values": frame(
        a=pd.array([2**62, None], "Int64"), b=pd.array([True, None], "boolean"), c=pd.array([0.1, None], "Float64"),
        d=pd.array(["x", None], "string"),
    ),
    "categories": frame(
        a=pd.Categorical(["a", None], ["b", "a", "z"], ordered=True), b=pd.Categorical([3, 1]),
        c=pd.Categorical(pd.to_datetime(STAMPS)), d=pd.Categorical([None, None]),
    ),
    "times": frame(
        a=pd.to_datetime(STAMPS), b=pd.to_datetime(["2026-01-01", "2026-07-01"]).tz_localize("Europe/Berlin"),
        c=pd.to_timedelta([5, None], "ns"), d=pd.to_datetime(["1066-10-14", None]).astype("datetime64[s]"),
        e=pd.to_datetime(["2026-01-01T00:00:00+05:30", None]), f=pd.to_timedelta([-1, 400], "D"),
    ),
    "the hour that there is twice": frame(a=pd.date_range("2026-10-25", periods=5, freq="h", tz="Europe/Berlin")),
    "objects": frame(a=pd.Series([1, "x", None, True, 2.5], dtype=object), b=pd.Series(list("abcde"), dtype=object)),
    "odd texts": frame(a=["\0", "", "<script>", "NaN", "null", "\N{OLD ITALIC LETTER A}"]),
}  # fmt: skip

NOT_KEPT = {
    "spans": frame(a=pd.period_range("2026", periods=2, freq="M")),
    "intervals": frame(a=pd.interval_range(0, 2)),
    "an index of intervals": pd.DataFrame({"a": [1, 2]}, index=pd.interval_range(0, 2)),
    "dates as objects": frame(a=[dt.date(2026, 11, 20)]),
    "lists": frame(a=[[1, 2]]),
    "mappings": frame(a=[{"x": 1}]),
    "half a character": frame(a=["\ud800"]),
    "bytes": frame(a=[b"x"]),
    "decimals": frame(a=[decimal.Decimal("1.1")]),
    "complex numbers": frame(a=[1j]),
    "infinities": frame(a=[np.inf]),
    "sparse": frame(a=pd.arrays.SparseArray([0, 0, 1])),
    "frames": frame(a=pd.Series([frame()], dtype=object)),
    "tuples as labels": pd.DataFrame([[1]], columns=pd.Index([(1, 2)], tupleize_cols=False)),
    "a tuple as a name": pd.DataFrame({"a": [1]}, index=pd.Index([1], name=("x", "y"))),
    "too many rows": frame(a=np.zeros(frames.LARGEST_FIELDS)),
    "very many rows of nothing": pd.DataFrame(index=range(10**12)),
    "too many columns": pd.DataFrame(np.zeros((1, frames.LARGEST_FIELDS))),
    "too much text": frame(a=["x" * 10_000] * (1 + frames.LARGEST_BYTES // 10_000)),
    "a column": pd.Series([1, 2]),
    "a subclass": type("Special", (pd.DataFrame,), {})({"a": [1]}),
    "nothing of pandas": {"a": [1]},
}


@pytest.mark.parametrize("name", KEPT)
def test_a_frame_comes_back_as_it_was(name):
    pd.testing.assert_frame_equal(back(KEPT[name]), KEPT[name], check_exact=True, check_flags=True)


@pytest.mark.parametrize("name", NOT_KEPT)
def test_what_would_not_come_back_is_not_called_a_frame(name):
    assert frames.written(NOT_KEPT[name]) is None


def test_a_frame_that_claims_to_be_something_else_hurts_nobody(monkeypatch):
    def broken(*_: object, **__: object) -> Any:
        raise AssertionError("by another package")

    monkeypatch.setattr(pd.Series, "isna", broken)
    assert frames.written(frame(a=[1])) is None


cells = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3),
    st.lists(st.floats() | st.none(), min_size=3, max_size=3),
    st.lists(st.text(max_size=5) | st.none(), min_size=3, max_size=3),
    st.lists(st.booleans() | st.none(), min_size=3, max_size=3),
    st.lists(st.datetimes() | st.none(), min_size=3, max_size=3),
    st.lists(
        st.none() | st.integers() | st.text(max_size=2) | st.binary(max_size=2) | st.floats(), min_size=3, max_size=3
    ),
)
labels = st.text(max_size=4) | st.integers(-3, 3) | st.none() | st.booleans() | st.floats(-1, 1) | st.dates()


@settings(deadline=None, max_examples=150)
@given(columns=st.lists(cells, max_size=4), data=st.data())
def test_any_frame_comes_back_or_is_not_claimed(columns, data):
    made = pd.DataFrame(
        dict(enumerate(columns)), index=data.draw(st.lists(labels, min_size=3, max_size=3)) if columns else None
    )
    made.columns = pd.Index(
        data.draw(st.lists(labels, min_size=len(columns), max_size=len(columns))), tupleize_cols=False
    )
    made.index.name = data.draw(labels)
    found = back(made)
    if found is not None:
        pd.testing.assert_frame_equal(found, made, check_exact=True)


def test_the_table_is_one_that_other_programs_read():
    table = frames.written(KEPT["plain"])
    assert table is not None
    assert [(field["name"], field["type"]) for field in table["schema"]["fields"]] == [
        ("index", "integer"), ("a", "integer"), ("b", "number"), ("c", "string"),
    ]  # fmt: skip
    assert table["schema"]["primaryKey"] == ["index"]
    assert table["data"][1] == {"index": 1, "a": 2, "b": 1e-300, "c": None}
    theirs = pd.read_json(io.StringIO(json.dumps(table)), orient="table", precise_float=True)
    pd.testing.assert_frame_equal(theirs, KEPT["plain"], check_names=False, check_index_type=False)


@pytest.mark.parametrize(
    "data",
    [
        {}, [], "x", None, 3, {"schema": {}, "data": []},
        {"schema": {"fields": [], "primaryKey": []}, "data": [{"a": 1}], "jupyter_runt": {}},
        {"schema": {"fields": [{"name": "a"}]}, "data": [{"a": 1}]},
    ],
)  # fmt: skip
def test_a_table_of_another_program_is_shown_as_what_it_is(data):
    found = results.value({"data": {TABLE: data, "text/plain": "theirs"}, "metadata": {}})
    assert dict(found) == {TABLE: data, "text/plain": "theirs"}


def test_frames_travel_from_a_run_to_whoever_asks(monkeypatch):
    """Through a real kernel, its journal and the store; a large one lies in a blob."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    source = """
import jupyter_runt
jupyter_runt.result('before pandas', 1)
from tests.magics.test_frames import KEPT, NOT_KEPT
for name, frame in {**KEPT, **NOT_KEPT}.items():
    if name != 'nothing of pandas':
        jupyter_runt.result(name, frame)"""
    with built() as house:
        ran = house.run(source)
        assert ran.ending == ("succeeded", None), ran.text("c1", "stderr") + str(ran.outputs()[-1])
        found = {
            name: results.value(contents.result(house.store, ran.run_id, name)) for name in (*KEPT, *NOT_KEPT)[:-1]
        }
    for name, value in found.items():
        assert isinstance(value, pd.DataFrame) == (name in KEPT), name
        if name in KEPT:
            pd.testing.assert_frame_equal(value, KEPT[name], check_exact=True)
    assert "0" in repr(found["infinities"])
    assert found["lists"]["text/html"].startswith("<div>")
