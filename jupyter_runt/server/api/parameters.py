"""`POST runt/api/parameters`: what a notebook, or an earlier run of one, can be given, for those who show a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jupyter_runt.client.again import kept
from jupyter_runt.client.local import LocalClient
from jupyter_runt.notebook import features, form, parameters, values
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.notebook.references import MASK
from jupyter_runt.server.access import may
from jupyter_runt.server.api import contents, submissions
from jupyter_runt.server.api.submissions import File
from jupyter_runt.server.base import RuntHandler
from jupyter_runt.settings import Settings


class ParametersHandler(RuntHandler):
    """Read from the notebook and never from what was told of it before: it may have been saved since."""

    @may("read")
    async def post(self) -> None:
        body = await self.body()
        file = await contents.read(self, body["path"]) if "path" in body else None
        told = await self.call(_told, self.client, self.context.settings, body, file)
        self.reply({**told, "starts_worker": self.context.starter.enabled})


def _told(client: LocalClient, settings: Settings, body: Mapping[str, Any], file: File | None) -> dict[str, Any]:
    if "run_id" in body:
        notebook, first = kept(client.store, body["run_id"])
        given = values.from_json(first["parameters"])
        return {
            **_of_notebook(notebook, first["name"], given),
            "needs": [name for name in first["secrets"] if MASK in str(given.get(name))],
            "runtime": first["runtime"]["runtime"],
            "policy": _policy(first["policy"]),
            "labels": first["labels"],
        }
    notebook, name = submissions.notebook_of(settings, body, file)
    return _of_notebook(notebook, body.get("name") or name, {})


def _of_notebook(notebook: Notebook, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    asked = notebook.input
    return {
        "name": name,
        "title": notebook.title,
        "description": notebook.description,
        "parameters": form.shown(notebook, given),
        "schema": form.schema(notebook),
        "secrets": sorted(parameters.secrets(notebook, given)),
        "needs": parameters.needs(notebook),
        "runtime": notebook.runtime,
        "policy": {
            "timeout": notebook.timeout,
            "cell_timeout": notebook.cell_timeout,
            "keep_going": not notebook.stop_on_error,
            "input": asked["policy"] or ("answer" if asked["answers"] else "fail"),
        },
        "labels": {},
        "problems": [asdict(each) for each in (*parameters.schema_problems(notebook), *features.unsupported(notebook))],
    }


def _policy(submitted: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "timeout": submitted["timeout"],
        "cell_timeout": submitted["cell_timeout"],
        "keep_going": not submitted["stop_on_error"],
        "input": submitted["input"]["policy"],
    }
