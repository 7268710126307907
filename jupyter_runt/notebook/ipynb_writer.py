"""Writes .ipynb of nbformat 4.5, laid out as Jupyter does, so that both make the same diffs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_runt.notebook import values
from jupyter_runt.notebook.ipynb_format import OURS, SHARED, map_texts
from jupyter_runt.notebook.keys import METADATA
from jupyter_runt.notebook.model import LATER_TYPES, Cell, Notebook, portable

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")

# What nbformat's schema says of the metadata that it knows. What does not fit is kept under our own key instead.
_Rule = Callable[[Any], bool]
_NOTEBOOK_RULES: dict[str, _Rule] = {
    "title": lambda value: isinstance(value, str),
    "authors": lambda value: isinstance(value, list),
    "orig_nbformat": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
    "kernelspec": lambda value: isinstance(value, Mapping) and isinstance(value.get("name"), str),
    "language_info": lambda value: isinstance(value, Mapping) and _language_fits(value),
}
_CELL_RULES: dict[str, _Rule] = {
    "collapsed": lambda value: isinstance(value, bool),
    "scrolled": lambda value: isinstance(value, bool) or value == "auto",
    "jupyter": lambda value: isinstance(value, Mapping),
    "execution": lambda value: isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()),
    "format": lambda value: isinstance(value, str),
    "name": lambda value: isinstance(value, str) and value.strip("\n") != "",
}


def write(notebook: Notebook, *, outputs: bool = True) -> str:
    """The notebook as .ipynb; `ipynb_format.read` gives an equal one. Unless asked not to, with its outputs."""
    # `default`: a date in what YAML calls outputs or attachments has no other form in JSON.
    return json.dumps(structure(notebook, outputs=outputs), indent=1, ensure_ascii=False, default=str) + "\n"


def structure(notebook: Notebook, *, outputs: bool = True) -> dict[str, Any]:
    """The notebook as the JSON object of an .ipynb file, valid by nbformat's schema."""
    notebook = portable(notebook)
    kept = notebook.extra.get("ipynb") or {}
    taken = {cell.id for cell in notebook.cells if _ID.fullmatch(cell.id)}
    cells = []
    for cell in notebook.cells:
        file_id = _file_id(cell.id, taken)
        taken.add(file_id)
        cells.append(_cell(cell, file_id, outputs))
    return {
        "cells": cells,
        "metadata": _metadata(notebook, kept),
        "nbformat": 4,
        "nbformat_minor": max(5, kept.get("nbformat_minor") or 5),
    }


def _metadata(notebook: Notebook, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook's metadata: what Jupyter reads at the root, what only we read under our own key."""
    own: dict[str, Any] = {}
    root: dict[str, Any] = dict(kept.get("metadata") or {})
    for key, value in notebook.metadata.items():
        (root if _at_root(key, value) else own)[key] = value
    if "kernelspec" in root and "kernelspec" in notebook.metadata:
        root["kernelspec"] = {"display_name": root["kernelspec"]["name"], **root["kernelspec"]}
    section: dict[str, Any] = {}
    runtime = notebook.metadata.get("runtime")
    if runtime and "kernelspec" not in notebook.metadata and "kernelspec" not in root:
        root["kernelspec"] = {"display_name": runtime, "name": runtime}
        section["runtime_kernelspec"] = runtime
    extra = {key: value for key, value in notebook.extra.items() if key != "ipynb"}
    rest = {key: value for key, value in kept.items() if key not in ("metadata", "nbformat_minor")}
    if rest:
        extra["ipynb"] = rest
    for name, part in (
        ("parameters", notebook.parameters),
        ("parameter_schema", notebook.parameter_schema),
        ("metadata", own),
        ("extra", extra),
    ):
        if part:
            section[name] = values.to_json(part)
    return {**root, OURS: section} if section else root


def _at_root(key: str, value: Any) -> bool:
    if key in METADATA and key not in SHARED:
        return False
    return values.is_plain(value) and _NOTEBOOK_RULES.get(key, _always)(value)


def _always(_: Any) -> bool:
    return True


def _language_fits(info: Mapping[str, Any]) -> bool:
    texts = ("file_extension", "mimetype", "pygments_lexer")
    mode = info.get("codemirror_mode", "")
    return (
        isinstance(info.get("name"), str)
        and isinstance(mode, str | Mapping)
        and all(isinstance(info.get(key, ""), str) for key in texts)
    )


def output(value: Mapping[str, Any]) -> Any:
    """One output as the file has it: its texts as lists of lines."""
    return map_texts(value, _split)


def _cell(cell: Cell, file_id: str, outputs: bool) -> dict[str, Any]:
    cell_type = "raw" if cell.cell_type in LATER_TYPES else cell.cell_type
    data: dict[str, Any] = {}
    if cell.attachments:
        data["attachments"] = dict(cell.attachments)
    data["cell_type"] = cell_type
    if cell_type == "code":
        data["execution_count"] = cell.execution_count if outputs else None
    data["id"] = file_id
    data["metadata"] = _cell_metadata(cell, file_id)
    if cell_type == "code":
        data["outputs"] = [output(each) for each in cell.outputs] if outputs else []
    data["source"] = _lines(cell.source)
    return data


def _cell_metadata(cell: Cell, file_id: str) -> dict[str, Any]:
    root: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in cell.metadata.items():
        fits = values.is_plain(value) and _CELL_RULES.get(key, _always)(value)
        (root if fits else own)[key] = value
    if cell.tags:
        root["tags"] = list(cell.tags)
    section: dict[str, Any] = {}
    if file_id != cell.id:
        section["id"] = cell.id
    if cell.cell_type in LATER_TYPES:
        section["cell_type"] = cell.cell_type
    if cell.timeout is not None:
        section["timeout"] = cell.timeout
    if cell.allow_errors:
        section["allow_errors"] = True
    if own:
        section["metadata"] = values.to_json(own)
    if cell.extra:
        section["extra"] = values.to_json(cell.extra)
    return {**root, OURS: section} if section else root


def _file_id(cell_id: str, taken: set[str]) -> str:
    """The id itself where nbformat allows it; else one made from it, that is stable and not taken."""
    if _ID.fullmatch(cell_id):
        return cell_id
    slug = re.sub(r"[^a-zA-Z0-9_-]+", "-", cell_id).strip("-")[:40] or "cell"
    digest = hashlib.sha256(cell_id.encode()).hexdigest()
    length = 8
    while f"{slug}-{digest[:length]}" in taken:
        length += 1
    return f"{slug}-{digest[:length]}"


def _split(text: Any) -> Any:
    return _lines(text) if isinstance(text, str) else text


def _lines(text: str) -> list[str]:
    """Lines with their newlines; only `\\n` ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
