"""A notebook in memory, the same whether it came from YAML or .ipynb. Immutable: a run keeps its own copy."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from jupyter_runt.notebook import values
from jupyter_runt.notebook.durations import seconds

Format = Literal["yaml", "ipynb"]

NBFORMAT_TYPES = ("code", "markdown", "raw")
LATER_TYPES = ("sql", "html", "ai")
LATER_KEYS = ("when", "needs", "retry")

SKIP_TAG = "skip-execution"
RAISES_TAG = "raises-exception"
PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"

RETRY_CAUSES = ("kernel_died", "cell_error", "cell_timeout")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `line` is where its source begins in the file, from 1; 0 when unknown.

    `metadata` is Jupyter's own, without tags and without what other fields hold. `extra` keeps the keys that mean
    nothing to us (yet); its key `ipynb` those of an .ipynb cell that YAML would read as something else.
    """

    id: str
    cell_type: str = "code"
    source: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    timeout: float | None = None
    allow_errors: bool = False
    attachments: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[Mapping[str, Any], ...] = ()
    execution_count: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    line: int = field(default=0, compare=False)

    @property
    def skip(self) -> bool:
        """Tagged `skip-execution`, as nbclient reads it."""
        return SKIP_TAG in self.tags

    @property
    def raises_exception(self) -> bool:
        """Tagged `raises-exception`: an error is allowed, the run goes on."""
        return RAISES_TAG in self.tags

    @property
    def unsupported(self) -> tuple[str, ...]:
        """The features that this cell uses and this release does not have."""
        keys = tuple(key for key in LATER_KEYS if self.extra.get(key) is not None)
        return (*keys, f"{self.cell_type} cells") if self.cell_type in LATER_TYPES else keys

    def to_json(self, *, outputs: bool = False) -> dict[str, Any]:
        """The cell as a JSON object without its empty fields; with its outputs only if asked."""
        data: dict[str, Any] = {"id": self.id, "cell_type": self.cell_type, "source": self.source}
        for name in ("metadata", "attachments", "extra"):
            if getattr(self, name):
                data[name] = values.to_json(getattr(self, name))
        for name in ("timeout", "allow_errors", "line"):
            if getattr(self, name):
                data[name] = getattr(self, name)
        if self.tags:
            data["tags"] = list(self.tags)
        if outputs and self.outputs:
            data["outputs"] = values.to_json(self.outputs)
        if outputs and self.execution_count is not None:
            data["execution_count"] = self.execution_count
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Cell:
        """The cell that `to_json` wrote."""
        known = {name: values.from_json(item) for name, item in data.items() if name in cls.__slots__}
        known |= {name: tuple(known[name]) for name in ("tags", "outputs") if name in known}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Notebook:
    """Cells, parameters (name to default) and metadata, with every unknown key of the file.

    `parameter_schema` holds a JSON Schema per parameter. `extra` keeps the file's unknown top-level keys; its key
    `ipynb` those of an .ipynb file that YAML would read as something else.
    """

    cells: tuple[Cell, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parameter_schema: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    source_path: str = field(default="", compare=False)
    format: Format = field(default="yaml", compare=False)

    @property
    def title(self) -> str:
        """What the file calls itself; '' when it says nothing."""
        return self.metadata.get("title") or ""

    @property
    def description(self) -> str:
        """The file's own description; '' when it has none."""
        return self.metadata.get("description") or ""

    @property
    def tags(self) -> tuple[str, ...]:
        """Words that the file is found by."""
        given = self.metadata.get("tags")
        return tuple(tag for tag in given if isinstance(tag, str)) if isinstance(given, list | tuple) else ()

    @property
    def runtime(self) -> str:
        """The runtime or kernelspec that the file names; '' when it names none."""
        return self.metadata.get("runtime") or self._inner("kernelspec", "name")

    @property
    def language(self) -> str:
        """The language that the file states, in lower case; '' when only the kernel can tell."""
        return (self._inner("language_info", "name") or self._inner("kernelspec", "language")).lower()

    @property
    def stop_on_error(self) -> bool:
        """Automation mode, the default: nothing runs after a failing cell."""
        return self.metadata.get("stop_on_error") is not False

    @property
    def fail_on(self) -> str | None:
        """The recorded health, `critical` or `warning`, with which a run has failed though its cells went well; or None."""
        return self.metadata.get("fail_on")

    @property
    def notify(self) -> dict[str, list[str] | None]:
        """What it wants to be told of (`on`), and to whom (`to`, references to URLs); None where it is silent."""
        given = self.metadata.get("notify")
        given = given if isinstance(given, Mapping) else {}  # older releases kept whatever stood there
        return {name: list(given[name]) if isinstance(given.get(name), list | tuple) else None for name in ("on", "to")}

    @property
    def requires(self) -> dict[str, list[str]]:
        """What it needs around it beside its parameters: `packages` where its kernel runs, and environment `variables`."""
        given = self.metadata.get("requires") or {}
        return {name: list(given.get(name) or ()) for name in ("packages", "variables")}

    @property
    def timeout(self) -> float | None:
        """Seconds for the whole run."""
        return self._seconds("timeout")

    @property
    def cell_timeout(self) -> float | None:
        """Seconds for each cell that has no timeout of its own."""
        return self._seconds("cell_timeout")

    @property
    def input(self) -> dict[str, Any]:
        """What happens at `input()`: `policy` (None: the file is silent), `deadline` (seconds or None), `answers`."""
        given = self.metadata.get("input") or {}
        deadline = given.get("deadline")
        return {
            "policy": given.get("policy"),
            "deadline": None if deadline is None else seconds(deadline),
            "answers": list(given.get("answers") or ()),
        }

    @property
    def retry(self) -> dict[str, Any] | None:
        """The run's retry policy with its defaults: `attempts`, `delay` (seconds), `backoff`, `on`; or None."""
        given = self.metadata.get("retry")
        if not given:
            return None
        return {
            "attempts": given.get("attempts", 1),
            "delay": seconds(given.get("delay") or 0),
            "backoff": float(given.get("backoff") or 1),
            "on": list(given.get("on") or RETRY_CAUSES),
        }

    def cell(self, cell_id: str) -> Cell:
        """The cell of that id; KeyError when there is none."""
        for cell in self.cells:
            if cell.id == cell_id:
                return cell
        raise KeyError(cell_id)

    def to_json(self, *, outputs: bool = False) -> dict[str, Any]:
        """The whole notebook as JSON, to store with a run; with outputs only if asked."""
        data: dict[str, Any] = {"cells": [cell.to_json(outputs=outputs) for cell in self.cells]}
        for name in ("parameters", "parameter_schema", "metadata", "extra"):
            if getattr(self, name):
                data[name] = values.to_json(getattr(self, name))
        return {**data, "source_path": self.source_path, "format": self.format}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Notebook:
        """The notebook that `to_json` wrote."""
        known = {name: values.from_json(data[name]) for name in cls.__slots__ if name in data and name != "cells"}
        return cls(cells=tuple(Cell.from_json(cell) for cell in data["cells"]), **known)

    def _inner(self, section: str, key: str) -> str:
        mapping = self.metadata.get(section)
        found = mapping.get(key) if isinstance(mapping, Mapping) else None
        return found if isinstance(found, str) else ""

    def _seconds(self, key: str) -> float | None:
        value = self.metadata.get(key)
        return None if value is None else seconds(value)


def make_id(position: int, cell_type: str, source: str, taken: Collection[str]) -> str:
    """An id for a cell that has none: the same file gives the same ids. `position` counts from 1."""
    digest = hashlib.sha256(f"{cell_type}\n{source}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return unused(f"cell-{position}-{digest}", taken)


def unused(name: str, taken: Collection[str]) -> str:
    """`name`, or the first of `name-2`, `name-3` … that is not taken."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate


def portable(notebook: Notebook) -> Notebook:
    """The notebook for other people's machines: our own kernel's name, which they lack, becomes `python3`."""
    metadata = dict(notebook.metadata)
    if metadata.get("runtime") == "runt":
        metadata["runtime"] = "python3"
    kernelspec = metadata.get("kernelspec")
    if isinstance(kernelspec, Mapping) and kernelspec.get("name") == "runt":
        metadata["kernelspec"] = {**kernelspec, "name": "python3", "display_name": "Python 3 (ipykernel)"}
    return notebook if metadata == notebook.metadata else replace(notebook, metadata=metadata)
