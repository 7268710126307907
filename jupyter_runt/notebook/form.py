"""What a notebook can be given as one JSON Schema, as faces make forms of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from jupyter_runt.notebook import values
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.notebook.parameters import cell_defaults, defaults, secrets
from jupyter_runt.notebook.references import masked

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(notebook: Notebook) -> dict[str, Any]:
    """The schema of the parameters' values by name (2020-12), each as it is checked: as the notebook has it, else by its
    default. References in a value of a schema are that of its own parameter."""
    _, complete = cell_defaults(notebook)
    own = notebook.parameter_schema
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": {
            name: _as_json(_stripped(own[name])) if own.get(name) else _of_default(default)
            for name, default in defaults(notebook).items()
        },
        "required": [name for name, each in own.items() if each.get("x-required")],
        "additionalProperties": not complete,
    }


def shown(notebook: Notebook, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values when nothing else is said, as JSON: `given` over the defaults. Of secrets only references are shown."""
    found = {**defaults(notebook), **given}
    secret = secrets(notebook, found)
    return {name: values.to_json(masked(value) if name in secret else value) for name, value in found.items()}


def _stripped(own: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in own.items() if not key.startswith("x-")}


def _as_json(value: Any) -> Any:
    """A schema as its JSON file would be: its keys that begin with $ are no values of ours, and dates are text in it."""
    if isinstance(value, Mapping):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else values.to_json(value)


def _of_default(default: Any) -> dict[str, Any]:
    match default:
        case None:
            return {}
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case list() | tuple():
            return {"type": "array"}
        case datetime():
            return {"type": "string", "format": "date-time"}
        case date():
            return {"type": "string", "format": "date"}
        case _:
            return {"type": "object"}
