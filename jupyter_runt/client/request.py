"""From a notebook and what somebody asks of it to a Submission: everything a run needs is resolved and recorded here."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_runt.client.base import Wishes
from jupyter_runt.errors import NotebookError, ParameterError, Problem, UsageError
from jupyter_runt.events import Draft, codec
from jupyter_runt.kernel import specs
from jupyter_runt.kernel.base import Launch
from jupyter_runt.notebook import features, injection, parameters, references, values
from jupyter_runt.notebook.model import Cell, Notebook
from jupyter_runt.run.policy import Input, Notify, Policy, Retry
from jupyter_runt.settings import NOTIFY_ON, NOTIFY_REMEDY, NOTIFY_TARGET
from jupyter_runt.store.base import Blob, Submission

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
"""An id names the kernel's folder, whose sockets' paths are short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Wishes):
    """What a run shall be, with its notebook read. `private` permits literal secrets and answers, for they will be handed to a
    worker in this very process."""

    notebook: Notebook
    run_id: str
    name: str = ""
    parent_run: str | None = None
    orphan_timeout: float = 3600.0
    survive: bool = True
    private: bool = False
    needs_worker: str | None = None
    requested_by: str = ""
    via: str = ""
    """Who asks, '' for this process's user; and by what that is known (`token`), where it is less than a name."""
    variables: Collection[str] = ()
    looked_at: Sequence[str] = ()
    """Names of the environment variables that the worker will have, and in words who was asked: a reference to any other
    variable is refused at once. Nobody asked, nothing refused."""
    notify: Notify = field(default_factory=Notify)
    """Who is told of what, where the notebook says nothing itself."""
    launch: Launch | None = None
    """Of the environment in which somebody asked for this some time ago: for the runtime of its name, which is not looked for again."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission, and beside it what no table may hold: the literal values of secret parameters, and the answers."""

    submission: Submission
    launch: Launch
    secrets: Mapping[str, Any]
    answers: tuple[str, ...]
    notes: Sequence[Problem]


def prepare(request: Request) -> Prepared:
    """Checks and resolves everything that can be known before the run. Raises UsageError and its kinds, KernelError."""
    if not RUN_ID.fullmatch(request.run_id):
        raise UsageError(
            f"{request.run_id!r} cannot be a run's id.", remedy="Use letters, digits, . _ and -, at most 32 of them."
        )
    notebook, notes = _supported(request)
    cwd = _folder(request)
    launch = _launch(request, notebook, cwd)
    merged = parameters.merge(notebook, request.layers)
    secret = parameters.secrets(notebook, merged)
    literal = {
        name: merged[name] for name in secret if name in merged and references.masked(merged[name]) != merged[name]
    }
    _refuse_what_cannot_be(request, merged, literal, launch.env)
    language = launch.language or notebook.language
    injected = injection.inject(notebook, merged, language, secret)
    cell = injection.injected(injected) if merged else None
    shown = {name: references.masked(value) if name in secret else value for name, value in merged.items()}
    data = _submitted(request, injected, launch, cell, shown, sorted(secret & merged.keys()))
    submission = replace(
        submission_of(request.run_id, data),
        idempotency_key=request.idempotency_key,
        needs_worker=request.needs_worker,
    )
    if request.answers and not request.private:
        stored = "the answers are kept in the queue; a password is better given by `reply`, or to `execute`"
        notes = [*notes, Problem(stored)]
    notes = [*notes, *_unknown_targets(request, launch.env)]
    return Prepared(submission, launch, literal, tuple(request.answers) if request.private else (), notes)


def submission_of(run_id: str, data: dict[str, Any]) -> Submission:
    """What the store takes of a run, as the data of its `run.submitted` have it."""
    blobs: dict[str, bytes] = {}
    draft = codec.externalise(Draft("run.submitted", data), blobs)
    return Submission(
        run_id=run_id,
        submitted=draft,
        name=data["name"],
        title=data["title"],
        priority=data["priority"],
        labels=data["labels"],
        requested_by=data["requested_by"],
        parent_run=data["parent_run"],
        cells_total=sum(each["type"] == "code" for each in data["cells"]),
        blobs=[Blob(name, content) for name, content in blobs.items()],
    )


def _supported(request: Request) -> tuple[Notebook, Sequence[Problem]]:
    notebook = request.notebook
    problems = features.unsupported(notebook)
    if not problems:
        return notebook, ()
    if request.skip_unsupported:
        return features.without_unsupported(notebook)
    raise NotebookError(problems, remedy="--skip-unsupported runs the notebook without them")


def _folder(request: Request) -> str:
    """Where the kernel works: as asked, else the notebook's folder, else here."""
    source = request.notebook.source_path
    if request.cwd is not None:
        folder = Path(request.cwd).expanduser()
    elif source and os.path.isfile(source) and not _packaged(Path(source)):
        folder = Path(source).parent
    else:
        folder = Path.cwd()
    if not folder.is_dir():
        raise UsageError(f"The working directory {folder} does not exist.", remedy="Choose another one with --cwd DIR.")
    return str(folder.resolve())


def _launch(request: Request, notebook: Notebook, cwd: str) -> Launch:
    name = request.runtime or notebook.runtime or specs.DEFAULT_RUNTIME
    if request.launch is not None and request.launch.runtime == name:
        return specs.renewed(request.launch, cwd)
    return specs.resolve(name, cwd)


def _packaged(source: Path) -> bool:
    """A template's folder is nobody's place to work in."""
    return "templates" in source.parts and "jupyter_runt" in source.parts


def _refuse_what_cannot_be(
    request: Request, merged: Mapping[str, Any], literal: Mapping[str, Any], kernel_env: Mapping[str, str]
) -> None:
    if literal and not request.private:
        name = next(iter(literal))
        raise ParameterError(
            f"The value of the secret parameter {', '.join(sorted(literal))} would be stored in the queue.",
            remedy=f"Give a reference to a variable of the worker (-r {name} '${{VARIABLE}}') or to a file that it can read "
            f"(-r {name} '${{file:PATH}}'), or use `execute`, which keeps the value to itself.",
            names=sorted(literal),
        )
    if not request.looked_at:
        return
    known = {*request.variables, *kernel_env}
    missing = {name: references.missing(value, known) for name, value in merged.items()}
    wanted = [f"${{{variable}}} for the parameter {name!r}" for name, found in missing.items() for variable in found]
    if wanted:
        raise ParameterError(
            f"No worker has {', '.join(wanted)} (looked at: {'; '.join(request.looked_at)}).",
            remedy="Set it where the worker is started, give --env-file FILE, or write a default: ${NAME:-value}.",
            names=[name for name, found in missing.items() if found],
        )


def _notify(request: Request) -> Notify:
    """As the notebook says, else as configured. Literal targets are refused: they would be stored, shown and exported."""
    declared, default = request.notebook.notify, request.notify
    on = tuple(declared["on"] if declared["on"] is not None else default.on)
    to = tuple(declared["to"] if declared["to"] is not None else default.to)
    if not all(isinstance(each, str) and NOTIFY_TARGET.fullmatch(each) for each in to):
        raise NotebookError(
            [Problem("a target of `notify` is no reference, and would be stored with the run")],
            remedy=f"{NOTIFY_REMEDY}.",
        )
    if not all(each in NOTIFY_ON for each in on):
        raise NotebookError(
            [Problem("`notify` is on what this release does not know")], remedy=f"Its words are {', '.join(NOTIFY_ON)}."
        )
    return Notify(on, tuple(dict.fromkeys(to))) if on and to else Notify()


def _unknown_targets(request: Request, kernel_env: Mapping[str, str]) -> list[Problem]:
    """No reason not to run: who is to be told is told later, or never."""
    if not request.looked_at:
        return []
    missing = references.missing(_notify(request).to, {*request.variables, *kernel_env})
    return [Problem(f"no worker has the variable {name}: nobody can be notified by ${{{name}}}") for name in missing]


def _policy(request: Request) -> Policy:
    notebook = request.notebook
    given, declared = notebook.input, request.input
    answers = tuple(given["answers"])
    policy = {"ask": "wait"}.get(declared or "", declared) or given["policy"] or ("answer" if answers else "fail")
    if request.answers:
        policy, answers = "answer", () if request.private else tuple(request.answers)
    return Policy(
        stop_on_error=notebook.stop_on_error if request.keep_going is None else not request.keep_going,
        timeout=request.run_timeout if request.run_timeout is not None else notebook.timeout,
        cell_timeout=request.cell_timeout if request.cell_timeout is not None else notebook.cell_timeout,
        retry=Retry(**{**notebook.retry, "on": tuple(notebook.retry["on"])}) if notebook.retry else Retry(),
        input=Input(policy=policy, deadline=given["deadline"], answers=answers),
        orphan_timeout=request.orphan_timeout,
        survive=request.survive,
        fail_on=notebook.fail_on,
        notify=_notify(request),
    )


def _submitted(
    request: Request,
    notebook: Notebook,
    launch: Launch,
    cell: Cell | None,
    shown: Mapping[str, Any],
    secret: Sequence[str],
) -> dict[str, Any]:
    source = notebook.source_path
    policy = _policy(request).to_json()
    policy["input"]["answers_given"] = len(request.answers)
    return {
        "name": request.name or os.path.basename(source) or "notebook",
        "title": notebook.title,
        "path": os.path.abspath(source) if source and os.path.exists(source) else source,
        "notebook": _stored(notebook).to_json(),
        "cells": [_plan(each) for each in notebook.cells],
        "parameters": values.to_json(shown),
        "secrets": list(secret),
        "parameters_cell": cell.id if cell is not None else None,
        "runtime": specs.to_json(launch),
        "env_file": os.path.abspath(request.env_file) if request.env_file else None,
        "requested_by": request.requested_by or os_user(),
        **({"via": request.via} if request.via else {}),
        "labels": dict(request.labels),
        "priority": request.priority,
        "policy": policy,
        "parent_run": request.parent_run,
    }


def _stored(notebook: Notebook) -> Notebook:
    """The run's own copy: sources, not the outputs of some earlier run."""
    cells = tuple(replace(cell, outputs=(), execution_count=None) if cell.outputs else cell for cell in notebook.cells)
    return replace(notebook, cells=cells)


def _plan(cell: Cell) -> dict[str, Any]:
    plan: dict[str, Any] = {"id": cell.id, "type": cell.cell_type, "line": cell.line}
    if cell.timeout is not None:
        plan["timeout"] = cell.timeout
    if cell.allow_errors or cell.raises_exception:
        plan["allow_errors"] = True
    if cell.skip:
        plan["skip"] = True
    return plan


def os_user() -> str:
    """Whose process this is, by name where there is one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.geteuid())
