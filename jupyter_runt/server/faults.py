"""What jsonschema finds, as sentences for people: what is wrong, where, and what was probably meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jupyter_runt.errors import Problem
from jupyter_runt.notebook.report import did_you_mean, spell
from jupyter_runt.notebook.values import describe, shorten

MANY = 50
"""Faults that one answer tells."""
LONGEST = 60
"""Characters of a wrong value that are worth repeating."""

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


def problems(errors: Iterable[Any]) -> list[Problem]:
    """One for each fault, at its JSON path."""
    found: list[Problem] = []
    for error in errors:
        found += _told(error)
        if len(found) > MANY:
            return [*found[:MANY], Problem("and more faults", "$")]
    # Of a value of the wrong type nothing else needs to be said.
    mistyped = {problem.path for problem in found if problem.message.startswith("must be an object")}
    told = [each for each in found if each.path not in mistyped or each.message.startswith("must be an object")]
    return sorted(told, key=lambda problem: problem.path)


def short(value: Any) -> str:
    """A value for a message: as Python writes it, cut where it is long."""
    return shorten(repr(value if not isinstance(value, str) else value[: LONGEST + 1]), LONGEST)


def _told(error: Any) -> Iterator[Problem]:
    """An error's own text where the schema's `x-messages` has one for its keyword, else ours."""
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part[:LONGEST]}" for part in error.absolute_path)
    own = error.schema.get("x-messages", {}).get(error.validator) if isinstance(error.schema, dict) else None
    if "propertyNames" in error.absolute_schema_path:
        yield Problem(
            f"the key {short(error.instance)} {_sentence(error).removeprefix(short(error.instance)).strip()}", path
        )
    elif own:
        yield Problem(f"{short(error.instance)} {own}" if error.validator == "pattern" else own, path)
    elif error.validator == "additionalProperties":
        known = list(error.schema.get("properties", ()))
        for key in error.instance:
            if key not in known:
                remedy = did_you_mean(key, known) or f"known are {', '.join(known)}"
                yield Problem(f"unknown key {short(key)}", f"{path}.{key[:LONGEST]}", remedy=remedy)
    elif error.validator in ("anyOf", "oneOf") and error.context:
        yield from _of_the_nearest(error)
    else:
        yield Problem(_sentence(error), path)


def _of_the_nearest(error: Any) -> Iterator[Problem]:
    """Of several ways to be right, the faults of the one that came farthest."""
    depth = max(len(each.absolute_path) for each in error.context)
    kinds = [each for each in error.context if each.validator == "type"]
    if len(kinds) == len(error.context):
        path = f"${'.' if error.absolute_path else ''}{spell(tuple(error.absolute_path))}"
        words = " or ".join(dict.fromkeys(_kinds(each.validator_value) for each in kinds))
        yield Problem(f"must be {words}, not {describe(error.instance)}", path)
        return
    for each in error.context:
        if len(each.absolute_path) == depth and (each.validator != "type" or len(error.context) == 1):
            yield from _told(each)


_SENTENCES: dict[str, Callable[[Any], str]] = {
    "type": lambda error: f"must be {_kinds(error.validator_value)}, not {describe(error.instance)}",
    "enum": lambda error: f"must be one of {_listed(error.validator_value)}, not {short(error.instance)}",
    "minimum": lambda error: f"must be {error.validator_value} or more, not {short(error.instance)}",
    "maximum": lambda error: f"must be {error.validator_value} or less, not {short(error.instance)}",
    "minLength": lambda error: f"must have {error.validator_value} characters or more",
    "maxLength": lambda error: f"must have at most {error.validator_value} characters",
    "maxItems": lambda error: f"must have at most {error.validator_value} items",
    "maxProperties": lambda error: f"must have at most {error.validator_value} keys",
    "required": lambda error: error.message.replace("is a required property", "is missing"),
    "pattern": lambda error: f"{short(error.instance)} does not have the form {error.validator_value}",
}


def _sentence(error: Any) -> str:
    told = _SENTENCES.get(error.validator)
    return told(error) if told else f"{error.message[: 3 * LONGEST]}"


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values))


def _kinds(named: Any) -> str:
    return " or ".join(_TYPES.get(name, name) for name in ([named] if isinstance(named, str) else named))
