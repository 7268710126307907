"""A run once more: its own copy of the notebook, its parameters, its runtime; what is given anew wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_runt.client.request import Request
from jupyter_runt.errors import ParameterError, Refused
from jupyter_runt.events import codec
from jupyter_runt.notebook import values
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.notebook.references import MASK
from jupyter_runt.run.notifications import SCHEDULE

if TYPE_CHECKING:
    from jupyter_runt.client.local import LocalClient
    from jupyter_runt.store.base import Store


def kept(store: Store, run_id: str) -> tuple[Notebook, Mapping[str, Any]]:
    """A run's own copy of its notebook, without the cell that was injected, and what else was submitted. RunNotFound."""
    data = codec.inline(store.read(run_id, 0, 1)[0], store.blob).data
    notebook = Notebook.from_json(data["notebook"])
    cells = tuple(cell for cell in notebook.cells if cell.id != data.get("parameters_cell"))
    return replace(notebook, cells=cells), data


def again(client: LocalClient, run_id: str, new_id: str | None, options: Mapping[str, Any]) -> tuple[str, bool]:
    """Submits it; returns the new run's id, and whether it is new. ParameterError when a secret's literal value, which nobody kept, is missing."""
    notebook, first = kept(client.store, run_id)
    if "fault" in first:
        raise Refused(
            f"Run {run_id} had no notebook: {first['fault'].splitlines()[0]}",
            remedy=f"Correct it, and run it by its schedule: jupyter runt schedule run-now {first['labels'].get(SCHEDULE, 'ID')}",
        )
    before = values.from_json(first["parameters"])
    given = {name for layer in options.get("layers", ()) for name in layer}
    same = {name: value for name, value in before.items() if name not in given}
    lost = [name for name in first["secrets"] if name in same and MASK in str(same[name])]
    if lost:
        raise ParameterError(
            f"The value of the secret parameter {', '.join(lost)} was not kept.",
            remedy=f"Give it again, as a reference: -r {lost[0]} '${{VARIABLE}}'.",
            names=lost,
        )
    policy = first["policy"]
    request: dict[str, Any] = {
        "runtime": first["runtime"]["runtime"],
        "cwd": first["runtime"]["cwd"],
        "run_timeout": policy["timeout"],
        "cell_timeout": policy["cell_timeout"],
        "keep_going": not policy["stop_on_error"],
        "env_file": first["env_file"],
        "labels": first["labels"],
        "input": policy["input"]["policy"],
    }
    request |= {name: value for name, value in options.items() if value is not None and value not in ((), {})}
    if request["env_file"] and not options.get("env_file"):
        request.pop("looked_at", None)  # what is in the first run's file is seen where the kernel starts
    request["layers"] = [same, *options.get("layers", ())]
    new_run = Request(
        notebook=notebook, run_id=new_id or client.new_id(), name=first["name"], parent_run=run_id, **request
    )
    return client.submit(new_run)[:2]
