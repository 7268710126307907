"""The events' JSON Schema, `schemas/v1.yaml`, as data and as a judge of events."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jupyter_runt.events.types import VERSION


def validate(event: dict[str, Any]) -> list[str]:
    """What is wrong with an event in JSON, each fault with its place; nothing when it is as the schema says."""
    judge = _judges().get(event.get("type", ""))
    if judge is None:
        return [f"type: {event.get('type')!r} is no event of version {VERSION}"]
    faults = (*_envelope().iter_errors(event), *judge.iter_errors(event))
    return [f"{'.'.join(map(str, fault.absolute_path)) or 'event'}: {fault.message}" for fault in faults]


@cache
def schema() -> dict[str, Any]:
    """The schema of this release's events."""
    import yaml

    text = files("jupyter_runt.events").joinpath(f"schemas/v{VERSION}.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def types() -> list[str]:
    """The types of events, in the order in which a run may meet them."""
    return [branch["$ref"].removeprefix("#/$defs/") for branch in schema()["oneOf"]]


@cache
def _judges() -> dict[str, Any]:
    """One validator per type: it names the fault, where the schema's `oneOf` says only that none of thirty fits."""
    from jsonschema import Draft202012Validator

    defs = schema()["$defs"]
    return {name: Draft202012Validator({**defs[name], "$defs": defs}) for name in types()}


@cache
def _envelope() -> Any:
    from jsonschema import Draft202012Validator

    envelope = {key: value for key, value in schema().items() if key not in ("oneOf", "$id", "unevaluatedProperties")}
    return Draft202012Validator({**envelope, "additionalProperties": False})
