"""Checks values by JSON Schema (2020-12). jsonschema takes a second to import, so plain schemas do without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from jupyter_runt.notebook.values import describe, shorten


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _number(value) and (isinstance(value, int) or value.is_integer()),
    "number": _number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}

# Keyword to its test and its words.
_LIMITS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (lambda value, limit: value >= limit, "at least"),
    "maximum": (lambda value, limit: value <= limit, "at most"),
    "exclusiveMinimum": (lambda value, limit: value > limit, "above"),
    "exclusiveMaximum": (lambda value, limit: value < limit, "below"),
}
_LENGTHS: dict[str, tuple[Callable[[int, int], bool], str]] = {
    "minLength": (lambda length, limit: length >= limit, "at least"),
    "maxLength": (lambda length, limit: length <= limit, "at most"),
}


def faults(value: Any, schema: Mapping[str, Any], *, show: bool = True) -> list[str]:
    """What is wrong with the value, in words; [] when nothing is. Without `show` no word repeats it: it is a secret."""
    schema = {key: item for key, item in schema.items() if not key.startswith("x-")}
    value = _as_json(value)
    if is_plain(schema):
        return [fault if show else _hidden(fault) for fault in _plain_faults(value, schema)]
    return _full_faults(value, schema, show)


def schema_faults(schema: Mapping[str, Any]) -> list[str]:
    """What is wrong with the schema itself; [] when nothing is."""
    schema = {key: item for key, item in schema.items() if not key.startswith("x-")}
    if is_plain(schema):
        return []
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        return [f"{error.json_path}: {shorten(error.message, 200)}"]
    return []


def is_plain(schema: Mapping[str, Any]) -> bool:
    """Whether the schema uses only what is checked here, and uses it right."""
    for key, item in schema.items():
        if key == "type":
            names = item if isinstance(item, list) else [item]
            fits = bool(names) and all(isinstance(name, str) and name in _TYPES for name in names)
        elif key in _LIMITS:
            fits = _number(item)
        elif key in _LENGTHS:
            fits = isinstance(item, int) and not isinstance(item, bool) and item >= 0
        elif key == "items":
            fits = isinstance(item, dict) and is_plain(item)
        elif key == "enum":
            fits = isinstance(item, list) and all(isinstance(choice, str) for choice in item)
        elif key in ("title", "description", "$comment"):
            fits = isinstance(item, str)
        elif key == "default":
            fits = True
        else:
            fits = False
        if not fits:
            return False
    return True


def types(schema: Mapping[str, Any]) -> list[str]:
    """The types that the schema names; [] when it names none."""
    found = schema.get("type")
    return [found] if isinstance(found, str) else [name for name in found or () if isinstance(name, str)]


def _plain_faults(value: Any, schema: Mapping[str, Any]) -> list[str]:
    found = []
    names = types(schema)
    if names and not any(_TYPES[name](value) for name in names):
        found.append(f"expected {' or '.join(names)}, found {describe(value)}")
    for key, (test, words) in _LIMITS.items():
        if key in schema and _number(value) and not test(value, schema[key]):
            found.append(f"expected {words} {schema[key]}, found {describe(value)}")
    for key, (length_test, words) in _LENGTHS.items():
        if key in schema and isinstance(value, str) and not length_test(len(value), schema[key]):
            found.append(f"expected {words} {schema[key]} characters, found {len(value)}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"expected one of {', '.join(schema['enum'])}, found {describe(value)}")
    for index, item in enumerate(value if "items" in schema and isinstance(value, list) else ()):
        faults = _plain_faults(item, schema["items"])
        found += [f"[{index}]{'' if fault.startswith('[') else ' '}{fault}" for fault in faults]
    return found


def _full_faults(value: Any, schema: Mapping[str, Any], show: bool) -> list[str]:
    import jsonschema
    import referencing
    import referencing.exceptions

    # A registry of its own: without one jsonschema would fetch remote schemas over the network.
    validator = jsonschema.Draft202012Validator(schema, registry=referencing.Registry())
    broken = schema_faults(schema)
    if broken:
        return [f"its schema is wrong: {fault}" for fault in broken]
    try:
        errors = sorted(validator.iter_errors(value), key=lambda error: error.json_path)
    except referencing.exceptions.Unresolvable as error:
        return [f"its schema refers to {shorten(str(error.ref))}, which is not in it"]
    if not show:
        return [f"does not fit the keyword {error.validator!r} of its schema" for error in errors]
    places = [error.json_path.removeprefix("$").removeprefix(".") for error in errors]
    return [shorten(f"{place} {error.message}".strip(), 200) for place, error in zip(places, errors, strict=True)]


def _hidden(fault: str) -> str:
    return fault.partition(", found ")[0]


def _as_json(value: Any) -> Any:
    """Dates are text to JSON Schema."""
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
