"""Python values as parameters: what a notebook's variables hold, in the types that YAML has."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from pathlib import PurePath
from typing import Any

from jupyter_runt.cli.notebook_options import Value
from jupyter_runt.errors import ParameterError, UsageError

_FINE = ("datetime64[ns]", "datetime64[ps]", "datetime64[fs]", "datetime64[as]")


def settle(args: argparse.Namespace) -> None:
    """Makes plain what the options of parameters hold as Python values. ParameterError names the parameter."""
    settled = []
    for kind, given in args.layers or []:
        if kind == "yaml" and isinstance(given, Value):
            given = _mapping(given)
        elif kind in ("value", "raw") and isinstance(given[1], Value):
            given = [str(given[0]), Value(str(given[1]), plain(str(given[0]), given[1].value))]
        settled.append((kind, given))
    args.layers = settled or None


def plain(name: str, value: Any) -> Any:
    """The value as YAML could hold it: a path as its text, numbers, dates and arrays of numpy and pandas as Python's own."""
    try:
        return _plain(name, value)
    except RecursionError:
        raise ParameterError(f"The parameter {name!r} is nested too deeply, or holds itself.") from None


def _plain(name: str, value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case str():
            return str.__str__(value)  # the text itself, also of an enumeration
        case int() | float():
            return int(value) if isinstance(value, int) else float(value)  # numpy has kinds of its own
        case date():  # a datetime is one, too
            return _moment(value)
        case PurePath():
            return str(value)
        case Mapping():
            return {_key(name, key): _plain(name, item) for key, item in value.items()}
        case list() | tuple() | range():
            return [_plain(name, item) for item in value]
    if hasattr(value, "tolist") and hasattr(value, "dtype") and value.dtype.kind != "m":
        if value.dtype.name in _FINE and hasattr(value, "astype"):
            value = value.astype("datetime64[us]")  # what is finer than Python's own would become a number
        return _plain(name, value.tolist())
    if type(value).__name__ == "NAType":  # what pandas has for a value that is missing
        return None
    raise _strange(name, value)


def _moment(value: Any) -> Any:
    """Pandas has a kind of its own, and one for a time that is missing."""
    if not hasattr(value, "to_pydatetime"):
        return value
    return None if value != value else value.to_pydatetime(warn=False)


def _key(name: str, value: Any) -> Any:
    found = _plain(name, value)
    if isinstance(found, list | dict):
        raise _strange(name, value)
    return found


def _strange(name: str, value: Any) -> ParameterError:
    return ParameterError(
        f"The parameter {name!r} cannot be, or hold, a value of the type {type(value).__name__}.",
        remedy="A parameter is a text, a number, a date, a list or a mapping. Write other things to a file and give its path.",
    )


def _mapping(given: Value) -> str:
    if isinstance(given.value, str):
        return given.value
    if not isinstance(given.value, Mapping):
        raise UsageError(f"-y needs a mapping of parameters, not a {type(given.value).__name__}.")
    return Value(str(given), {str(name): plain(str(name), value) for name, value in given.value.items()})
