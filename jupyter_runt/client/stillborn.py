"""A run without a notebook, for a due time at which there was none that could be run.

Whoever waits for a schedule's runs looks at runs, and is told of runs: so there is one, which fails with what was wrong as soon as
a worker takes it.
"""

from __future__ import annotations

from jupyter_runt.client.request import submission_of
from jupyter_runt.errors import RuntError
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.run.notifications import SCHEDULE
from jupyter_runt.run.policy import Notify, Policy
from jupyter_runt.schedules.definition import Definition
from jupyter_runt.store.base import Submission

LONGEST = 4000
"""Characters of what was wrong: a notebook may have a fault in each line."""


def submission(definition: Definition, run_id: str, error: RuntError) -> Submission:
    """As `client.request.prepare` makes one of a notebook; `definition` knows its environment."""
    told = {name: tuple(words) for name, words in (definition.notify or {}).items()}
    policy = Policy(notify=Notify(**told)).to_json()
    policy["input"]["answers_given"] = 0
    data = {
        "name": definition.content_name or definition.schedule_id,
        "title": "",
        "path": definition.notebook,
        "notebook": Notebook().to_json(),
        "cells": [],
        "parameters": {},
        "secrets": [],
        "parameters_cell": None,
        "runtime": definition.environment,
        "env_file": None,
        "requested_by": definition.requested_by,
        **({"via": definition.via} if definition.via else {}),
        "labels": {**definition.order.get("labels", {}), SCHEDULE: definition.schedule_id},
        "priority": definition.order.get("priority", 0),
        "policy": policy,
        "parent_run": None,
        "fault": _shown(error),
    }
    return submission_of(run_id, data)


def _shown(error: RuntError) -> str:
    text = "\n".join(filter(None, (error.message, error.remedy)))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
