"""Which parameters a notebook has, what their values are for a run, and which of them are secrets."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jupyter_runt.errors import NotebookError, ParameterError, Problem
from jupyter_runt.notebook import schema_checks
from jupyter_runt.notebook.model import PARAMETERS_TAG, Notebook
from jupyter_runt.notebook.references import has_references, masked, references, resolve, single
from jupyter_runt.notebook.report import did_you_mean
from jupyter_runt.notebook.values import describe, to_json

SECRET_ENDINGS = (
    ("token",),
    ("password",),
    ("passwd",),
    ("secret",),
    ("api", "key"),
    ("private", "key"),
    ("webhook", "url"),
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")


def is_secret(name: str, schema: Mapping[str, Any] | None = None) -> bool:
    """Whether the parameter's value must never be stored: its schema's `x-secret` decides, else the end of its name."""
    stated = (schema or {}).get("x-secret")
    if stated is not None:
        return bool(stated)
    words = tuple(word.lower() for word in _WORD.findall(name))
    return any(words[-len(ending) :] == ending for ending in SECRET_ENDINGS)


def secrets(notebook: Notebook, names: Iterable[str] = ()) -> frozenset[str]:
    """The names of the notebook's secret parameters, and of those among `names`."""
    every = {*notebook.parameters, *notebook.parameter_schema, *cell_defaults(notebook)[0], *names}
    return frozenset(name for name in every if is_secret(name, notebook.parameter_schema.get(name)))


def cell_defaults(notebook: Notebook) -> tuple[dict[str, Any], bool]:
    """What the cell tagged `parameters` assigns, and whether that is all of it.

    False when there is code in it that only its kernel could tell about: then any name has to be accepted. A value that
    is no literal counts as None, which has no type.
    """
    cell = next((cell for cell in notebook.cells if PARAMETERS_TAG in cell.tags and cell.cell_type == "code"), None)
    if cell is None:
        return {}, True
    if notebook.language not in ("", "python"):
        return {}, False
    try:
        tree = ast.parse(cell.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}, False
    found: dict[str, Any] = {}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names = [name]
            case _:
                continue
        found.update(dict.fromkeys(names, _literal(value)))
    return found, True


def defaults(notebook: Notebook) -> dict[str, Any]:
    """Every name that the notebook can be given, and its value when nothing is given; None for no value."""
    assigned, _ = cell_defaults(notebook)
    names = dict.fromkeys([*notebook.parameters, *notebook.parameter_schema, *assigned])
    return {**names, **assigned, **notebook.parameters}


def needs(notebook: Notebook) -> list[str]:
    """The names without whose values it cannot be queued: required ones, and secrets that the file itself tells."""
    secret = secrets(notebook)
    return [
        name
        for name, default in defaults(notebook).items()
        if (notebook.parameters.get(name) is None and notebook.parameter_schema.get(name, {}).get("x-required"))
        or (name in secret and name in notebook.parameters and masked(default) != default)
    ]


def described(notebook: Notebook) -> list[dict[str, Any]]:
    """What the notebook can be given, as JSON: name, type, default (a secret's masked), required, secret, description."""
    secret = secrets(notebook)
    found = []
    for name, default in defaults(notebook).items():
        schema = notebook.parameter_schema.get(name, {})
        found.append(
            {
                "name": name,
                "type": schema.get("type") or (type_name(default) if default is not None else "any"),
                "default": to_json(masked(default) if name in secret else default),
                "required": bool(schema.get("x-required")),
                "secret": name in secret,
                "description": schema.get("description", ""),
            }
        )
    return found


def merge(notebook: Notebook, layers: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The values of a run: the file's defaults, overridden by each layer in turn, references still in them.

    Defaults of a `parameters`-tagged cell are not among them: that cell itself assigns them. Raises ParameterError with
    every unknown, missing and ill-typed name. Values with references are checked once they are resolved.
    """
    assigned, complete = cell_defaults(notebook)
    known = [*dict.fromkeys([*notebook.parameters, *notebook.parameter_schema, *assigned])]
    values = dict(notebook.parameters)
    faults: dict[str, str] = {}
    for layer in layers:
        for name, value in layer.items():
            if name in known or not complete:
                values[name] = value
            else:
                hint = did_you_mean(name, known)
                faults[f"unknown parameter {name!r}" + (f" ({hint})" if hint else "")] = name
    for name, value in values.items():
        faults.update(dict.fromkeys(_faults(notebook, assigned, name, value), name))
    for name, schema in notebook.parameter_schema.items():
        if schema.get("x-required") and values.get(name) is None:
            faults[f"the parameter {name!r} is required"] = name
    if faults:
        listed = ", ".join(known)
        remedy = f"parameters of this notebook: {listed}" if known else "this notebook has no parameters"
        raise ParameterError("\n".join(faults), remedy=remedy, names=[*faults.values()])
    return values


def resolve_values(
    notebook: Notebook,
    values: Mapping[str, Any],
    environment: Mapping[str, str],
    read_file: Callable[[str], str],
    builtins: Mapping[str, str],
) -> dict[str, Any]:
    """`merge`'s values with every reference resolved, given its parameter's type, and checked.

    Raises ParameterError with all faults; no message repeats a resolved value of a secret.
    """
    assigned, _ = cell_defaults(notebook)
    resolved: dict[str, Any] = {}
    faults: list[str] = []
    for name, value in values.items():
        if not has_references(value):
            resolved[name] = value
            continue
        try:
            resolved[name] = resolve(value, environment, read_file, builtins)
        except ParameterError as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            faults.append(f"parameter {name!r}: {error.message}{remedy}")
            continue
        schema = notebook.parameter_schema.get(name, {})
        if single(value) and not _wants_text(schema, _default(notebook, assigned, name)):
            resolved[name] = _as_yaml(resolved[name])
        if schema.get("x-required") and resolved[name] in (None, ""):
            faults.append(f"the parameter {name!r} is required, and its reference is empty")
        faults.extend(_type_faults(notebook, assigned, name, resolved[name]))
    if faults:
        raise ParameterError("\n".join(faults))
    return resolved


def schema_problems(notebook: Notebook) -> list[Problem]:
    """What is wrong with the notebook's parameter schemas; loads jsonschema unless all of them are plain."""
    return [
        Problem(f"parameter_schema.{name}: {fault}", notebook.source_path)
        for name, schema in notebook.parameter_schema.items()
        for fault in schema_checks.schema_faults(schema)
    ]


def parse_value(text: str) -> Any:
    """What `-p NAME TEXT` means: TEXT read as YAML, with a notebook's care. Raises ParameterError."""
    from jupyter_runt.notebook.yaml_format import read_value

    try:
        return read_value(text)
    except NotebookError as error:
        fault = error.problems[0].message
        message = f"{text!r} is no YAML value: {fault}"
        raise ParameterError(message, remedy="quote it, or give it by -r as text") from error


def parse_layer(text: str, path: str = "") -> dict[str, Any]:
    """A file of values (`-f`) or a text of them (`-y`), YAML or JSON, as a layer for `merge`; or ParameterError."""
    from jupyter_runt.notebook.yaml_format import read_value

    try:
        found = read_value(text, path)
    except NotebookError as error:
        raise ParameterError(error.message) from error
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        place = f"{path}: " if path else ""
        raise ParameterError(f"{place}expected a mapping from parameter names to values, found {describe(found)}")
    return found


def _faults(notebook: Notebook, assigned: Mapping[str, Any], name: str, value: Any) -> list[str]:
    if not has_references(value):
        return _type_faults(notebook, assigned, name, value)
    try:
        list(references(value))
    except ParameterError as error:
        return [f"parameter {name!r}: {error.message} ({error.remedy})"]
    return []


def _type_faults(notebook: Notebook, assigned: Mapping[str, Any], name: str, value: Any) -> list[str]:
    schema = notebook.parameter_schema.get(name)
    if schema:
        show = not is_secret(name, schema)
        if value is None and name in notebook.parameters and notebook.parameters[name] is None:
            return []  # the file's own "not given"; whether that will do is what x-required says
        return [f"parameter {name!r}: {fault}" for fault in schema_checks.faults(value, schema, show=show)]
    default = _default(notebook, assigned, name)
    if default is None or _alike(default, value):
        return []
    found = type_name(value) if is_secret(name) else describe(value)
    return [f"parameter {name!r}: expected {type_name(default)}, as its default is, found {found}"]


def _default(notebook: Notebook, assigned: Mapping[str, Any], name: str) -> Any:
    return notebook.parameters[name] if name in notebook.parameters else assigned.get(name)


def type_name(value: Any) -> str:
    """The type of a parameter in words: what `params` shows when there is no schema."""
    match value:
        case None:
            return "anything"
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "a date"


def _alike(default: Any, value: Any) -> bool:
    if type_name(default) == "a number":
        return type_name(value) in ("a number", "a whole number")
    return type_name(default) == type_name(value)


def _wants_text(schema: Mapping[str, Any], default: Any) -> bool:
    names = schema_checks.types(schema)
    if names:
        return "string" in names
    return not isinstance(default, bool | int | float)


def _as_yaml(text: str) -> Any:
    """A resolved text as a YAML scalar; text that is no valid YAML stays text, and fails its type check."""
    from jupyter_runt.notebook.yaml_format import read_value

    try:
        return read_value(text)
    except NotebookError:
        return text


def _literal(value: ast.expr) -> Any:
    try:
        found = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return found if _is_value(found) else None


def _is_value(found: Any) -> bool:
    """Whether a parameter can be so: Python has literals, such as sets and bytes, that no notebook file has."""
    if isinstance(found, dict):
        return all(isinstance(key, str | int) for key in found) and all(map(_is_value, found.values()))
    if isinstance(found, list | tuple):
        return all(map(_is_value, found))
    return found is None or isinstance(found, str | bool | int | float)
