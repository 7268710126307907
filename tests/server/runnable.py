"""A hook of schemathesis: of what it makes up, a body that the document allows becomes one that can run.

Otherwise hardly any text that it invents is a notebook, and nothing behind a submit would ever be reached.
"""

from __future__ import annotations

import json
from typing import Any

import schemathesis

from jupyter_runt.errors import BadRequest
from jupyter_runt.server.contract import Operation, contract

NOTEBOOK = "cells:\n- id: c1\n  source: print(1)\n"
UNKNOWN_HERE = ("cwd", "env_file", "parameters")
"""What would have to name something that is there."""
WHEN = {"cron": "0 7 * * *", "tz": "Europe/Paris", "replace": True}
"""One schedule, defined again and again."""

_submit = contract().operation("post", "/runt/api/runs")
_define = contract().operation("post", "/runt/api/schedules")


@schemathesis.hook.apply_to(name="POST /runt/api/runs")  # type: ignore[attr-defined]
def map_body(context: Any, body: Any) -> Any:
    return _runnable(_submit, body)


@schemathesis.hook("map_body").apply_to(name="POST /runt/api/schedules")  # type: ignore[attr-defined]
def map_body_of_schedules(context: Any, body: Any) -> Any:
    found = _runnable(_define, body)
    if found is body:
        return body
    return {name: value for name, value in found.items() if name not in ("schedule_id", "ends_at")} | WHEN


def _runnable(operation: Operation, body: Any) -> Any:
    try:
        operation.body(json.dumps(body).encode(), "")
    except (BadRequest, TypeError, ValueError):
        return body  # made to be refused
    kept = {name: value for name, value in body.items() if name not in (*UNKNOWN_HERE, "path", "template", "name")}
    return {**kept, "notebook": NOTEBOOK, **({"runtime": "python3"} if "runtime" in kept else {})}
