"""Input as openapi.yaml describes it, checked against that very document: it cannot say anything else than what happens.

A body's JSON keeps to what every other program reads alike: UTF-8, no key twice, finite numbers, whole characters.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from tornado import web

from jupyter_runt.errors import BadRequest, Problem
from jupyter_runt.events import codec
from jupyter_runt.notebook.report import did_you_mean
from jupyter_runt.server import faults

DOCUMENT = Path(__file__).with_name("openapi.yaml")
METHODS = ("get", "put", "post", "delete", "patch")
DEEPEST = 100
"""Levels of a body's nesting; a notebook has ten. What goes through it may call itself a few times a level."""

ANYWHERE = ("token", "no_track_activity", "_xsrf", "_")
"""Query parameters that jupyter_server, or a browser's cache, has a use for on any path."""
MOST_DIGITS = 1000

_DIGITS = re.compile(r"-?[0-9]{1,30}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter or header."""

    name: str
    schema: Mapping[str, Any]
    required: bool

    def value(self, texts: Sequence[str]) -> Any:
        """What these texts mean; ValueError says why they cannot be meant."""
        if self.schema.get("type") == "array":
            return [self._one(self.schema["items"], text) for text in texts]
        if len(texts) > 1:
            raise ValueError("is given more than once")
        return self._one(self.schema, texts[0])

    @staticmethod
    def _one(schema: Mapping[str, Any], text: str) -> Any:
        kind = schema.get("type")
        if kind == "integer":
            if not _DIGITS.fullmatch(text):
                raise ValueError(f"must be a whole number, not {faults.short(text)}")
            return int(text)
        if kind == "boolean":
            if text.lower() not in _FLAGS:
                raise ValueError(f"must be true or false, not {faults.short(text)}")
            return _FLAGS[text.lower()]
        if schema.get("format") == "date-time":
            return _seconds(text)
        return text


class Operation:
    """One method of one path."""

    def __init__(self, document: Mapping[str, Any], described: Mapping[str, Any], shared: Sequence[Any]) -> None:
        """`shared` are the parameters that all methods of the path have."""
        self._document = document
        self._described = described
        self._parameters = [_resolved(document, each) for each in (*shared, *described.get("parameters", ()))]

    def of(self, place: str) -> list[Parameter]:
        """The parameters in a `query` or `header`."""
        return [
            Parameter(each["name"], _resolved(self._document, each["schema"]), each.get("required", False))
            for each in self._parameters
            if each["in"] == place
        ]

    def given(self, place: str, texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The parameters' values, defaults included, times in seconds; BadRequest with all faults, unknown names among them.

        Of the headers only those that are asked for are looked at.
        """
        parameters = self.of(place)
        problems = _unknown(texts, [each.name for each in parameters]) if place == "query" else []
        found: dict[str, Any] = {}
        for each in parameters:
            where = f"?{each.name}" if place == "query" else each.name
            if each.name not in texts:
                found[each.name] = each.schema.get("default", [] if each.schema.get("type") == "array" else None)
                if each.required:
                    problems.append(Problem("is missing", where))
                continue
            try:
                value = each.value(texts[each.name])
            except ValueError as error:
                problems.append(Problem(str(error), where))
                continue
            found[each.name] = value
            checked = texts[each.name][0] if each.schema.get("format") == "date-time" else value
            problems += [Problem(told.message, where, remedy=told.remedy) for told in self._check(each.schema, checked)]
        if problems:
            raise BadRequest(problems)
        return found

    @cached_property
    def takes_body(self) -> bool:
        return "requestBody" in self._described

    def body(self, content: bytes, kind: str) -> Any:
        """The body's value; BadRequest with all faults. `kind` is its Content-Type, '' when nothing was said."""
        described = _resolved(self._document, self._described["requestBody"])
        if not content.strip() and not described.get("required", False):
            return {}
        _refuse_other_types(kind)
        value = parsed(content)
        problems = self._check(described["content"]["application/json"]["schema"], value)
        if problems:
            raise BadRequest(problems)
        return value

    def _check(self, schema: Mapping[str, Any], value: Any) -> list[Problem]:
        # References in the schema are looked up beside it.
        whole = {"allOf": [schema], "components": self._document["components"]}
        return faults.problems(_validator()(whole).iter_errors(value))


class Contract:
    """The document, and which operation a request is."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._paths = [(_pattern(path), path) for path in sorted(document["paths"], key=_literal, reverse=True)]
        self._operations: dict[tuple[str, str], Operation] = {}

    def operation(self, method: str, path: str) -> Operation:
        """For a path below the base URL. KeyError when the document has none: a test sees to it that it has."""
        template = next((template for pattern, template in self._paths if pattern.fullmatch(path)), "")
        key = (method.lower(), template)
        if key not in self._operations:
            item = self.document["paths"][template]
            self._operations[key] = Operation(self.document, item[method.lower()], item.get("parameters", ()))
        return self._operations[key]


@lru_cache(maxsize=1)
def contract() -> Contract:
    """Read once, when first asked for."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Contract(yaml.load(DOCUMENT.read_bytes(), Loader=loader))  # noqa: S506 (both loaders are safe ones)


@lru_cache(maxsize=1)
def _validator() -> Any:
    """jsonschema's (which jupyter_server has loaded already), with patterns as JSON Schema means them: `$` is the very end."""
    from jsonschema import Draft202012Validator, validators

    matches: Any = Draft202012Validator.VALIDATORS["pattern"]
    extend: Any = validators.extend

    def pattern(validator: Any, expression: str, instance: Any, schema: Any) -> Any:
        strict = f"{expression[:-1]}\\Z" if expression.endswith("$") else expression
        return matches(validator, strict, instance, schema)

    return extend(Draft202012Validator, {"pattern": pattern})


def parsed(content: bytes) -> Any:
    """The JSON in these bytes; BadRequest says why there is none."""
    try:
        text = content.decode("utf-8-sig")
        value = json.loads(
            text,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_whole,
            object_pairs_hook=_without_repeats,
        )  # fmt: skip
    except UnicodeDecodeError as error:
        raise _refused(f"is no UTF-8: byte {error.start} is 0x{content[error.start]:02x}") from error
    except json.JSONDecodeError as error:
        raise _refused(f"is no valid JSON: {error.msg.lower()}", error.lineno, error.colno) from error
    except RecursionError as error:
        raise _refused("is nested too deeply") from error
    except ValueError as error:
        raise _refused(str(error)) from error
    _refuse_depth(value, halves=_HALF.search(content) is not None)
    return value


def _refuse_depth(value: Any, *, halves: bool) -> None:
    """Refuses what later readers would fail at: deep nesting and, where there may be any, halves of characters."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise _refused(f"is nested more than {DEEPEST} levels deep")
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
                each = "".join(each)
            elif isinstance(each, list):
                below += each
            if halves and isinstance(each, str) and any("\ud800" <= character <= "\udfff" for character in each):
                raise _refused("holds half of a surrogate pair (\\ud800 to \\udfff), which is no character")
        level = below


def _refused(message: str, line: int = 0, column: int = 0) -> BadRequest:
    return BadRequest([Problem(message, "body", line, column)])


def _unknown(names: Iterable[str], known: Sequence[str]) -> list[Problem]:
    """A filter that is misspelt would filter nothing, without a word."""
    return [
        Problem("is no parameter here", f"?{name:.60}", remedy=did_you_mean(name, known))
        for name in names
        if name not in known and name not in ANYWHERE
    ]


def _refuse_other_types(kind: str) -> None:
    """Nothing said is taken for JSON, as other Jupyter servers do; anything else that is said is meant."""
    name, _, options = kind.lower().partition(";")
    name = name.strip()
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", options)
    if name not in ("", "application/json", "text/json") and not name.endswith("+json"):
        raise web.HTTPError(
            415, f"A body of type {faults.short(name)}: send JSON, with Content-Type: application/json."
        )
    if charset and charset[1] not in ("utf-8", "utf8", "us-ascii"):
        raise web.HTTPError(415, f"JSON is UTF-8, not {faults.short(charset[1])}.")


def _no_number(name: str) -> Any:
    raise ValueError(f"holds {name}, which is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"holds the number {faults.short(text)}, which is too large")
    return number


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:  # Python itself reads and prints only so many
        raise ValueError(f"holds a number of more than {MOST_DIGITS} digits")
    return int(text)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"holds the key {faults.short(twice)} twice in one object")
    return found


def _seconds(text: str) -> float:
    if _TIME.fullmatch(text):
        try:
            return codec.seconds(text.upper())
        except (ValueError, OverflowError):
            pass
    raise ValueError(f"must be a time such as 2026-11-20T09:30:00Z, not {faults.short(text)}")


def _resolved(document: Mapping[str, Any], described: Any) -> Any:
    while "$ref" in described:
        found: Any = document
        for part in described["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        described = found
    return described


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(
        "".join("[^/]+" if part[0] == "{" else re.escape(part) for part in re.findall(r"{\w+}|[^{]+", template))
    )


def _literal(template: str) -> int:
    """How much of it is meant literally: `/runs/last` is no `/runs/{run_id}`."""
    return len(re.sub(r"{\w+}", "", template))
