"""From what a person asks for to the body of a request: the notebook's own text, and values as JSON."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_runt.client.base import Order, Queued
from jupyter_runt.client.remote.exchange import Exchange
from jupyter_runt.client.remote.faults import strange
from jupyter_runt.errors import NotebookError, NotFound, Problem, UsageError
from jupyter_runt.events import codec
from jupyter_runt.notebook import library, values

if TYPE_CHECKING:
    from jupyter_runt.client.schedules import Wanted


def queue(exchange: Exchange, order: Order) -> Queued:
    """Sends a notebook that is a file here, or standard input, as it is; any other name is that of a template there."""
    body = _common(order) | _notebook(order)
    with _told_here(exchange, order, body):
        return _sent(exchange, ("runs",), body, order.idempotency_key)


def add_schedule(exchange: Exchange, wanted: Wanted) -> dict[str, Any]:
    """The same for a schedule. What is sent is kept there; where nobody asked for that, it is told."""
    order = wanted.order
    body = _common(order) | _notebook(order)
    for name in ("run_id", "start_worker"):
        body.pop(name, None)
    body |= {
        name: getattr(wanted, name) for name in ("cron", "tz", "pinned", "misfire", "window", "overlap", "replace")
    }
    if wanted.schedule_id:
        body["schedule_id"] = wanted.schedule_id
    if wanted.ends_at is not None:
        body["ends_at"] = codec.iso(wanted.ends_at)
    with _told_here(exchange, order, body):
        found = exchange.json("POST", "schedules", body=body)
    if not isinstance(found, dict) or not isinstance(found.get("warnings"), list):
        raise strange(exchange.address.url, "a schedule without warnings")
    if "notebook" in body and order.notebook != library.STDIN and not wanted.pinned:
        found["warnings"].append(
            f"the server keeps {order.notebook} as it is now, for it cannot read the files of this machine; once it has changed, "
            "`schedule add` with --replace sends it again"
        )
    return found


def run_schedule(exchange: Exchange, schedule_id: str) -> Queued:
    """Has the server queue the run."""
    return _queued(exchange, exchange.json("POST", "schedules", schedule_id, "run"))


def rerun(exchange: Exchange, run_id: str, order: Order) -> Queued:
    """What is left out stays as it was in the run."""
    body = {name: value for name, value in _common(order).items() if value not in ({}, 0)}
    return _sent(exchange, ("runs", run_id, "rerun"), body, order.idempotency_key)


def _notebook(order: Order) -> dict[str, Any]:
    """The keys of a body that say which one. NotebookError when it is a file here that cannot be read."""
    path = order.notebook
    if path == library.STDIN:
        return {"notebook": library.text(f"<{order.content_name}>", order.content), "name": order.content_name}
    if os.path.isfile(path) or os.sep in path or not path:
        return {"notebook": library.text(path), "name": os.path.basename(path)}
    return {"template": path}


@contextmanager
def _told_here(exchange: Exchange, order: Order, body: Mapping[str, Any]) -> Iterator[None]:
    """A notebook's faults by the name that it has here."""
    path = order.notebook
    try:
        yield
    except NotebookError as error:
        # The server knows the file by its name; here it has a path.
        shown = f"<{order.content_name}>" if path == library.STDIN else path
        mine = ("", body.get("name"))
        problems = [replace(each, path=shown) if each.path in mine else each for each in error.problems]
        raise NotebookError(problems, remedy=error.remedy) from error
    except NotFound as error:
        if "template" not in body:
            raise
        raise nothing_of_that_name(exchange.address.url, path) from error


def nothing_of_that_name(url: str, name: str) -> NotebookError:
    """Neither here nor there."""
    problem = Problem(f"no such file here, and no template of that name at {url}", name)
    return NotebookError([problem], remedy="`jupyter runt templates` with the same --server lists its templates")


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
    return _queued(exchange, found, ours=key is None)


def _queued(exchange: Exchange, found: Any, *, ours: bool = True) -> Queued:
    """What is told of a submission; one without a key of somebody's own is new."""
    try:
        created = True if ours else bool(found["created"])
        return Queued(found["run_id"], created, found["status"], tuple(found["warnings"]))
    except (KeyError, TypeError) as error:
        raise strange(exchange.address.url, f"a submission without {error}") from error
