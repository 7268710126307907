"""A hook of schemathesis: of what it makes up, a body that the document allows becomes one that can run.

Otherwise hardly any text that it invents is a notebook, and nothing behind a submit would ever be reached.
"""

from __future__ import annotations

import json
from typing import Any

import schemathesis

from jupyter_runt.errors import BadRequest
from jupyter_runt.server.contract import contract

NOTEBOOK = "cells:\n- id: c1\n  source: print(1)\n"
UNKNOWN_HERE = ("cwd", "env_file", "parameters")
"""What would have to name something that is there."""

_submit = contract().operation("post", "/runt/api/runs")


@schemathesis.hook.apply_to(name="POST /runt/api/runs")  # type: ignore[attr-defined]
def map_body(context: Any, body: Any) -> Any:
    try:
        _submit.body(json.dumps(body).encode(), "")
    except (BadRequest, TypeError, ValueError):
        return body  # made to be refused
    kept = {name: value for name, value in body.items() if name not in (*UNKNOWN_HERE, "path", "template", "name")}
    return {**kept, "notebook": NOTEBOOK, **({"runtime": "python3"} if "runtime" in kept else {})}
