"""A run's notebook with its outputs, written piece by piece: 200 MB of printed text pass through a few MB of memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_runt.client.base import Client
from jupyter_runt.errors import NotebookError
from jupyter_runt.events import Event
from jupyter_runt.notebook import ipynb_writer, library
from jupyter_runt.notebook.ipynb_format import OURS
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.run.document import Blob, Document, Output
from jupyter_runt.run.state import RunState, apply

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
"""The colours in IPython's tracebacks."""


RESULT = "result"
"""Where a file says which run made it: a key of its own in YAML, below our metadata key in .ipynb."""


def made_from(path: Path) -> str | None:
    """The name of the notebook whose run wrote this file; None when no run of ours did."""
    try:
        if path.suffix.lower() in library.YAML_SUFFIXES:
            return str(library.load(path).extra[RESULT]["notebook"])
        return str(json.loads(path.read_bytes())["metadata"][OURS][RESULT]["notebook"])
    except (OSError, ValueError, KeyError, TypeError, NotebookError):
        return None


def exported(client: Client, run_id: str) -> Export:
    """The run as this client sees it. Raises RunNotFound."""
    return Export(run_id, client.events(run_id), client.blob)


class Export:
    """What a run has shown so far, or in the end, as a notebook."""

    def __init__(self, run_id: str, events: Iterable[Event], blob: Blob) -> None:
        """`events` are the run's so far, as `store.history` reads them; `blob` reads what they refer to, once it is needed."""
        self._blob = blob
        self.state, self.document = RunState(run_id), Document()
        submitted: dict[str, Any] = {}
        for event in events:
            apply(self.state, event)
            self.document.apply(event)
            if event.type == "run.submitted":
                submitted = event.data
        self.notebook, self._name = Notebook.from_json(submitted["notebook"]), submitted["name"]

    def write(self, path: Path) -> None:
        """Writes .ipynb or YAML (cells and outputs), by the path's suffix, in one step: readers see the old file or the new.

        Raises OutputPathError.
        """
        library.check_output(path)
        if path.suffix.lower() in library.YAML_SUFFIXES:
            library.save(self.with_outputs(), path, outputs=True)
        else:
            library.write_pieces(path.resolve(), (piece.encode() for piece in self.ipynb()))

    def with_outputs(self) -> Notebook:
        """The notebook with all outputs in memory."""
        cells = []
        for cell in self.notebook.cells:
            outputs = tuple(self.document.outputs(cell.id, self._blob))
            count = self.document.execution_counts.get(cell.id)
            cells.append(replace(cell, outputs=outputs, execution_count=count))
        extra = dict(self.notebook.extra) | {RESULT: self._result()}
        return replace(self.notebook, cells=tuple(cells), metadata=self._metadata(), extra=extra)

    def text(self, cell_id: str) -> str:
        """What a cell printed, both streams together."""
        return "".join(
            piece
            for output in self.document.cells.get(cell_id, [])
            if output.name
            for piece in output.pieces(self._blob)
        )

    def traceback(self, cell_id: str) -> str:
        """The traceback that a cell shows, without escape codes; '' when there is none."""
        for output in self.document.cells.get(cell_id, []):
            if output.name is None and output.value["output_type"] == "error":
                return ESCAPE.sub("", "\n".join(output.resolved(self._blob)["traceback"]))
        return ""

    def ipynb(self) -> Iterator[str]:
        """The text of the .ipynb file, in pieces."""
        extra = {key: value for key, value in self.notebook.extra.items() if key != RESULT}
        structure = ipynb_writer.structure(
            replace(self.notebook, metadata=self._metadata(), extra=extra), outputs=False
        )
        cells = structure.pop("cells")
        structure["metadata"].setdefault(OURS, {})[RESULT] = self._result()
        yield '{\n "cells": ['
        for index, (cell, data) in enumerate(zip(self.notebook.cells, cells, strict=True)):
            yield ",\n  " if index else "\n  "
            if data["cell_type"] == "code":
                data["execution_count"] = self.document.execution_counts.get(cell.id)
                yield from self._code_cell(data, self.document.cells.get(cell.id, []))
            else:
                yield _json(data, 2)
        yield "\n ]" if cells else "]"
        for key, value in structure.items():
            yield f',\n "{key}": {_json(value, 1)}'
        yield "\n}\n"

    def _code_cell(self, data: dict[str, Any], outputs: list[Output]) -> Iterator[str]:
        """A cell in the layout of `json.dumps(indent=1)`, its outputs one by one."""
        yield "{"
        for number, (key, value) in enumerate(data.items()):
            yield f'{"," if number else ""}\n   "{key}": '
            if key != "outputs":
                yield _json(value, 3)
                continue
            yield "["
            for index, output in enumerate(outputs):
                yield ",\n    " if index else "\n    "
                yield from self._output(output)
            yield "\n   ]" if outputs else "]"
        yield "\n  }"

    def _output(self, output: Output) -> Iterator[str]:
        if output.name is None:
            yield _json(ipynb_writer.output(output.resolved(self._blob)), 4)
            return
        yield f'{{\n     "name": {json.dumps(output.name)},\n     "output_type": "stream",\n     "text": ['
        yield from _lines(output.pieces(self._blob), 6)
        yield "\n     ]\n    }"

    def _metadata(self) -> dict[str, Any]:
        """The notebook's own metadata, with what the kernel said of its language and the widgets that were shown."""
        metadata = dict(self.notebook.metadata)
        runtime, info = self.state.runtime, self.state.kernel_info.get("language_info")
        if "kernelspec" not in metadata and runtime and self.notebook.format == "ipynb":
            metadata["kernelspec"] = {
                "display_name": runtime["display_name"],
                "language": runtime["language"],
                "name": runtime["runtime"],
            }
        if info and "language_info" not in metadata:
            metadata["language_info"] = info
        widgets = self.document.widget_state(self._blob)
        if widgets:
            metadata["widgets"] = widgets
        return metadata

    def _result(self) -> dict[str, Any]:
        """Which run made this file, and from which notebook."""
        state = self.state
        found = {"run_id": state.run_id, "notebook": self._name, "status": state.status, "reason": state.reason}
        return {**found, "duration": state.duration}


def _lines(pieces: Iterable[str], depth: int) -> Iterator[str]:
    """The items of a JSON list of lines, whatever the pieces' borders; a line of 200 MB is never held as a whole."""
    margin, is_open, first = "\n" + " " * depth, False, True
    for piece in pieces:
        for part in _split(piece):
            if not is_open:
                yield f'{"" if first else ","}{margin}"'
            yield _escaped(part)
            is_open, first = not part.endswith("\n"), False
            if not is_open:
                yield '"'
    if is_open:
        yield '"'


def _split(piece: str) -> list[str]:
    """Only a newline ends a line in nbformat: not the form feeds and separators that `splitlines` knows as well."""
    *lines, rest = piece.split("\n")
    return [line + "\n" for line in lines] + ([rest] if rest else [])


def _escaped(text: str) -> str:
    return _dumps(text)[1:-1]


def _json(value: Any, depth: int) -> str:
    """JSON as `json.dumps(indent=1)` lays it out `depth` levels deep."""
    return _dumps(value).replace("\n", "\n" + " " * depth)


def _dumps(value: Any) -> str:
    """Readable JSON; a lone surrogate, which UTF-8 cannot hold, makes it ASCII."""
    text = json.dumps(value, indent=1, ensure_ascii=False, default=str)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, indent=1, default=str)
    return text


def html(export: Export) -> str:
    """An export as one HTML page, by nbconvert (extra `html`). Raises UsageError when it is not installed."""
    from jupyter_runt.errors import UsageError

    try:
        import nbformat
        from nbconvert import HTMLExporter
    except ImportError as error:
        raise UsageError(
            f"HTML is made by nbconvert, which is not installed ({error}).", remedy="pip install 'jupyter-runt[html]'"
        ) from error
    text = "".join(export.ipynb())
    exporter: Any = HTMLExporter
    page, _ = exporter().from_notebook_node(nbformat.reads(text, as_version=4))
    return str(page)
