"""What a run needs before its kernel starts: its parameters' values, its environment, the sources of its cells.

References (`${VAR}`) are resolved here and nowhere else; the values stay in this process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_runt.errors import ParameterError
from jupyter_runt.kernel import specs
from jupyter_runt.kernel.base import Launch
from jupyter_runt.kernel.env_file import read_env_file
from jupyter_runt.notebook import injection, parameters, references, values
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.run.redaction import needles


@dataclass(slots=True)
class Private:
    """What only the process that was given it knows, and no table: the literal values of secrets, and answers."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    answers: tuple[str, ...] = ()


@dataclass(slots=True)
class Prepared:
    """A run ready for its kernel: `sources` are what is executed, `secrets` every text that must not be seen."""

    launch: Launch
    env: dict[str, str]
    sources: dict[str, str]
    secrets: list[str]


def launch_of(submitted: Mapping[str, Any]) -> Launch:
    """How the run's kernel is started, as its `run.submitted` records it."""
    return specs.from_json(submitted["runtime"])


def prepare(
    run_id: str,
    submitted: Mapping[str, Any],
    private: Private,
    environ: Mapping[str, str],
    *,
    with_parameters: bool = True,
) -> Prepared:
    """Resolves everything that `run.submitted` only names. ParameterError names what is missing."""
    launch = launch_of(submitted)
    env = {**environ, **launch.env}
    if submitted.get("env_file"):
        env |= read_env_file(Path(submitted["env_file"]))
    notebook = Notebook.from_json(submitted["notebook"])
    sources = {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}
    secrets: list[str] = []
    cell_id = submitted.get("parameters_cell")
    if cell_id and with_parameters:
        found = _resolved(run_id, submitted, private, env, notebook, launch.cwd)
        sources[cell_id] = injection.python_source(found)
        secrets = needles(found.get(name) for name in submitted.get("secrets", []))
    return Prepared(launch, env, sources, secrets)


def _resolved(
    run_id: str, submitted: Mapping[str, Any], private: Private, env: Mapping[str, str], notebook: Notebook, cwd: str
) -> dict[str, Any]:
    """Every parameter's value, references put in."""
    built_in = {"RUN_ID": run_id, "DATE": datetime.now(UTC).astimezone().date().isoformat()}
    shown = {**values.from_json(submitted["parameters"]), **private.parameters}
    found = parameters.resolve_values(
        notebook, shown, env, lambda path: (Path(cwd) / Path(path).expanduser()).read_text(), built_in
    )
    lost = [name for name in submitted.get("secrets", []) if references.MASK in str(found.get(name))]
    if lost:
        raise ParameterError(
            f"The value of the secret parameter {', '.join(lost)} was known only to a process that is gone.",
            remedy=f"Give a reference instead: -r {lost[0]} '${{VARIABLE}}'.",
        )
    return found
