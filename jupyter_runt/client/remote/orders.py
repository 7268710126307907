"""From what a person asks for to the body of a request: the notebook's own text, and values as JSON."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from typing import Any

from jupyter_runt.client.base import Order, Queued
from jupyter_runt.client.remote.exchange import Exchange
from jupyter_runt.client.remote.faults import strange
from jupyter_runt.errors import NotebookError, NotFound, Problem, UsageError
from jupyter_runt.notebook import library, values


def queue(exchange: Exchange, order: Order) -> Queued:
    """Sends a notebook that is a file here, or standard input, as it is; any other name is that of a template there."""
    body = _common(order)
    path = order.notebook
    content_path = f"<{order.content_name}>"
    if path == library.STDIN:
        body |= {"notebook": library.text(content_path, order.content), "name": order.content_name}
    elif os.path.isfile(path) or os.sep in path or not path:
        body |= {"notebook": library.text(path), "name": os.path.basename(path)}
    else:
        body["template"] = path
    try:
        return _sent(exchange, ("runs",), body, order.idempotency_key)
    except NotebookError as error:
        # The server knows the file by its name; here it has a path.
        shown = content_path if path == library.STDIN else path
        mine = ("", body.get("name"))
        problems = [replace(each, path=shown) if each.path in mine else each for each in error.problems]
        raise NotebookError(problems, remedy=error.remedy) from error
    except NotFound as error:
        if "template" not in body:
            raise
        problem = Problem(f"no such file here, and no template of that name at {exchange.address.url}", path)
        remedy = "`jupyter runt templates` with the same --server lists its templates"
        raise NotebookError([problem], remedy=remedy) from error


def rerun(exchange: Exchange, run_id: str, order: Order) -> Queued:
    """What is left out stays as it was in the run."""
    body = {name: value for name, value in _common(order).items() if value not in ({}, 0)}
    return _sent(exchange, ("runs", run_id, "rerun"), body, order.idempotency_key)


def _common(order: Order) -> dict[str, Any]:
    """Everything but the notebook; what was not asked for is left out."""
    policy = {
        "timeout": order.run_timeout,
        "cell_timeout": order.cell_timeout,
        "keep_going": order.keep_going,
        "input": "wait" if order.input == "ask" else order.input,
        "answers": list(order.answers) or None,
        "skip_unsupported": order.skip_unsupported or None,
    }
    body = {
        "parameters": {name: values.to_json(value) for layer in order.layers for name, value in layer.items()},
        "runtime": order.runtime,
        "cwd": order.cwd,
        "priority": order.priority,
        "labels": dict(order.labels),
        "run_id": order.run_id,
        "env_file": order.env_file,
        "start_worker": order.start_worker,
        "policy": {name: value for name, value in policy.items() if value is not None},
    }
    return {name: value for name, value in body.items() if value is not None}


def _sent(exchange: Exchange, parts: tuple[str, ...], body: dict[str, Any], key: str | None) -> Queued:
    """One run, however often it has to be sent: a key of its own makes it safe where the person gave none."""
    if key is not None and not (key.isascii() and key.isprintable()):
        raise UsageError(f"The idempotency key {key!r} cannot be sent to a server.", remedy="Use printable ASCII.")
    headers = {"Idempotency-Key": key or f"client-{secrets.token_hex(16)}"}
    found = exchange.json("POST", *parts, body=body, headers=headers)
    try:
        created = True if key is None else bool(found["created"])
        return Queued(found["run_id"], created, found["status"], tuple(found["warnings"]))
    except (KeyError, TypeError) as error:
        raise strange(exchange.address.url, f"a submission without {error}") from error
