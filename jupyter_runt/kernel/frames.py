"""DataFrames as data, and back: every row, exactly, with its types.

What is written is a table as frictionlessdata.io describes it (a Tabular Data Resource), which other programs read as well.
What that leaves open stands in it under our name and at its fields: pandas' own types, the names of the axes, what a range of
numbers an index was. Pandas has a writer of its own, but that rounds numbers and times, and loses most types.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from jupyter_runt.run.results import OURS

LARGEST_FIELDS, LARGEST_BYTES = 100_000, 8 << 20
"""Of a frame that is larger, what IPython shows of it is all that a result keeps."""

_TYPES = {"b": "boolean", "i": "integer", "u": "integer", "f": "number", "M": "datetime", "m": "duration"}


def written(frame: Any) -> dict[str, Any] | None:
    """The table of a DataFrame; None for anything else, and for one that is too large or would not come back as it is."""
    try:
        import pandas as pd

        if type(frame) is not pd.DataFrame or len(frame) * (frame.columns.size + frame.index.nlevels) > LARGEST_FIELDS:
            return None
        text = json.dumps(_table(frame), allow_nan=False, ensure_ascii=False).encode()  # lone surrogates do not travel
        table: dict[str, Any] = json.loads(text)
        # Only a look at what comes back tells which of the many types, labels and values of pandas were understood.
        return table if len(text) <= LARGEST_BYTES and _same(_frame(table), frame) else None
    except Exception:  # noqa: BLE001 - types of other packages raise what they like; the cell that records must not fail by it
        return None


def read(table: Any) -> Any:
    """The DataFrame of a table that `written` made; None where pandas is not installed, or does not understand it."""
    try:
        return _frame(table)
    except Exception:  # noqa: BLE001 - as above; another release of pandas, or another program, may have written it
        return None


# -- from a frame to a table -----------------------------------------------------------------------------------------


def _table(frame: Any) -> dict[str, Any]:
    index, columns = frame.index, frame.columns
    taken: set[str] = set()
    keys = [_free(str(name) if name is not None else "index", taken) for name in index.names]
    names = [_free(str(label), taken) for label in columns]
    levels = [_level(each) for each in _levels(index)]
    parts = [_level(frame.iloc[:, number]) for number in range(len(names))]
    rows = zip(*(items for _, items in (*levels, *parts)), strict=True)
    return {
        "schema": {
            "fields": [
                {"name": name, **field} for name, (field, _) in zip((*keys, *names), (*levels, *parts), strict=True)
            ],
            "primaryKey": keys,
            "pandas_version": "1.4.0",  # of the format, as pandas itself writes it
        },
        "data": [dict(zip((*keys, *names), row, strict=True)) for row in rows],
        OURS: {
            "index": _axis(index),
            "columns": {**_axis(columns), "levels": [[*_level(each)] for each in _levels(columns)]},
        },
    }


def _free(name: str, taken: set[str]) -> str:
    """The name as that of a field: each has its own."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _levels(index: Any) -> Iterable[Any]:
    return (index.get_level_values(number) for number in range(index.nlevels))


def _axis(index: Any) -> dict[str, Any]:
    """What an index is beside its values."""
    found: dict[str, Any] = {"names": [*index.names], "multi": type(index).__name__ == "MultiIndex"}
    if type(index).__name__ == "RangeIndex":
        found["range"] = [index.start, index.stop, index.step]
    if getattr(index, "freq", None) is not None:
        found["freq"] = index.freqstr
    return found


def _level(values: Any) -> tuple[dict[str, Any], list[Any]]:
    """A column's or an index's field, and its items as JSON."""
    dtype = values.dtype
    if str(dtype) == "category":
        categories = _level(dtype.categories)
        codes = values.cat.codes if hasattr(values, "cat") else values.codes
        items = [None if code < 0 else categories[1][code] for code in codes]
        field = {"constraints": {"enum": categories[1]}, "ordered": bool(dtype.ordered), "categories": categories[0]}
        return {"type": categories[0]["type"], "dtype": "category", **field}, items
    items = [None if gone else _item(value) for value, gone in zip(values.tolist(), values.isna(), strict=True)]
    kind = _TYPES.get(dtype.kind) or ("string" if all(isinstance(item, str | None) for item in items) else "any")
    return {"type": kind, "dtype": str(dtype)}, items


def _item(value: Any) -> Any:
    if type(value) in (str, bool, int, float):
        return value
    if type(value).__name__ in ("Timestamp", "Timedelta"):
        return value.isoformat()
    raise TypeError(type(value).__name__)


# -- and back --------------------------------------------------------------------------------------------------------


def _frame(table: Any) -> Any:
    import pandas as pd

    fields, data, ours = table["schema"]["fields"], table["data"], table[OURS]
    columns = [_series(field, [row[field["name"]] for row in data]) for field in fields]
    keys = len(table["schema"]["primaryKey"])
    index = _index(ours["index"], columns[:keys])
    # Series keep their types; of bare arrays pandas would guess them anew.
    found = pd.DataFrame(dict(enumerate(column.set_axis(index) for column in columns[keys:])), index=index)
    found.columns = _index(ours["columns"], [_series(*level) for level in ours["columns"]["levels"]])
    return found


def _series(field: Any, items: list[Any]) -> Any:
    import pandas as pd

    dtype = field["dtype"]
    if dtype == "category":
        categories = _series(field["categories"], field["constraints"]["enum"])
        found = pd.Categorical(
            _series(field["categories"], items), categories=pd.Index(categories), ordered=field["ordered"]
        )
        return pd.Series(found)
    if dtype.startswith("datetime64"):
        return pd.Series(pd.to_datetime(items, format="ISO8601", utc="," in dtype or None)).astype(dtype)
    if dtype.startswith("timedelta64"):
        return pd.Series(pd.to_timedelta(items)).astype(dtype)
    return pd.Series(items, dtype=dtype)


def _index(axis: Any, levels: list[Any]) -> Any:
    import pandas as pd

    if axis["multi"]:
        return pd.MultiIndex.from_arrays(levels, names=axis["names"])
    [name] = axis["names"]
    if "range" in axis:
        return pd.RangeIndex(*axis["range"], name=name)
    found = pd.Index(levels[0], name=name)
    if "freq" in axis:
        found.freq = axis["freq"]
    return found


def _same(one: Any, other: Any) -> bool:
    """Whether nobody could tell them apart."""
    return bool(
        one.equals(other)
        and [*one.dtypes] == [*other.dtypes]
        and all(_same_axis(mine, yours) for mine, yours in zip(one.axes, other.axes, strict=True))
    )


def _same_axis(one: Any, other: Any) -> bool:
    pairs = zip(_levels(one), _levels(other), strict=True)
    return (
        type(one) is type(other)
        and [*one.names] == [*other.names]
        and all(mine.equals(yours) and mine.dtype == yours.dtype for mine, yours in pairs)
    )
