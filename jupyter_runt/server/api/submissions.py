"""From the body of a `POST runt/api/runs`, as openapi.yaml describes it, to what the client submits."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_runt.client import orders
from jupyter_runt.client.again import again
from jupyter_runt.client.base import Order, Queued
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.request import Request
from jupyter_runt.errors import NotebookError, NotFound, Problem
from jupyter_runt.notebook import durations, library, values
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.server.api import given
from jupyter_runt.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked body, and what the request says beside it."""

    body: Mapping[str, Any]
    idempotency_key: str | None
    requested_by: str
    via: str
    folder: str
    """Where relative paths of the body begin, and where the kernel works if nothing else is said."""
    starts_worker: bool


@dataclass(frozen=True, slots=True)
class File:
    """A notebook that the contents manager gave: its path there, its text, and its file on this machine, '' for none."""

    path: str
    text: str
    source: str


def submit(client: LocalClient, settings: Settings, asked: Asked, file: File | None) -> Queued:
    """Queues the notebook that the body means; `file` where it names a path. UsageError and its kinds, KernelError."""
    notebook, name = notebook_of(settings, asked.body, file)
    options = _options(client, asked)
    cwd = options.pop("cwd") or (os.path.dirname(file.source) if file and file.source else asked.folder)
    request = Request(
        notebook=notebook,
        run_id=asked.body.get("run_id") or client.new_id(),
        name=asked.body.get("name") or name,
        cwd=cwd,
        orphan_timeout=settings.orphan_timeout,
        **options,
    )
    run_id, created, prepared = client.submit(request)
    return Queued(run_id, created, client.store.run(run_id).status, [str(note) for note in prepared.notes])


def rerun(client: LocalClient, asked: Asked, run_id: str) -> Queued:
    """Queues an earlier run's notebook again; what the body says anew wins."""
    new_run, created = again(client, run_id, asked.body.get("run_id"), _options(client, asked))
    return Queued(new_run, created, client.store.run(new_run).status)


def notebook_of(settings: Settings, body: Mapping[str, Any], file: File | None) -> tuple[Notebook, str]:
    """The notebook that a body means, and its file's name; `file` where it names a path. NotebookError, NotFound."""
    if file is not None:
        if Path(file.path).suffix.lower() not in ("", *library.SUFFIXES):
            known = ", ".join(library.SUFFIXES)
            raise NotebookError([Problem("is no notebook by its name", file.path, remedy=f"notebooks end in {known}")])
        notebook = library.parse(file.text.encode("utf-8", "surrogatepass"), file.path)
        return replace(notebook, source_path=file.source or file.path), os.path.basename(file.path)
    if "template" in body:
        path = library.find_template(body["template"], settings.template_folders)
        if path is None:
            raise NotFound(
                f"There is no template {body['template']!r:.80}.", remedy="GET runt/api/templates lists them."
            )
        return library.load(path), path.name
    notebook = given.read(body["notebook"], body.get("name"))
    return replace(notebook, source_path=""), "notebook.yml" if notebook.format == "yaml" else "notebook.ipynb"


def order_of(asked: Asked) -> Order:
    """What a body says of a run beside its notebook. NotFound when its folder is none."""
    body, policy = asked.body, asked.body.get("policy", {})
    return Order(
        layers=[{name: values.from_json(value) for name, value in body.get("parameters", {}).items()}],
        runtime=body.get("runtime"),
        cwd=_folder(_below(asked.folder, body.get("cwd"))),
        run_timeout=_seconds("timeout", policy),
        cell_timeout=_seconds("cell_timeout", policy),
        keep_going=policy.get("keep_going"),
        input=policy.get("input"),
        answers=tuple(policy.get("answers", ())),
        skip_unsupported=policy.get("skip_unsupported", False),
        env_file=_below(asked.folder, body.get("env_file")),
        priority=int(body.get("priority", 0)),
        labels=body.get("labels", {}),
        idempotency_key=asked.idempotency_key,
        start_worker=asked.starts_worker,
    )


def _options(client: LocalClient, asked: Asked) -> dict[str, Any]:
    """The keyword arguments of a Request, or of `again`, that a body gives."""
    given = orders.options(client, order_of(asked))
    return {**given, "requested_by": asked.requested_by, "via": asked.via}


def _below(folder: str, path: str | None) -> str | None:
    return None if path is None else os.path.join(folder, os.path.expanduser(path))


def _folder(path: str | None) -> str | None:
    if path is not None and not os.path.isdir(path):
        raise NotFound(
            f"The server has no folder {path!r:.300}.", remedy="Give `cwd` below its root folder, or absolute."
        )
    return path


def _seconds(name: str, policy: Mapping[str, Any]) -> float | None:
    return None if policy.get(name) is None else durations.seconds(policy[name])
