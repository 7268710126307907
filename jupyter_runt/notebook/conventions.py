"""A notebook as people write it in a format, where exact conversion would carry over what only the other one has."""

from __future__ import annotations

from dataclasses import replace

from jupyter_runt.notebook.model import Format, Notebook


def usual(notebook: Notebook, form: Format) -> Notebook:
    """For YAML every source ends in a newline, so that each is a block; for .ipynb in none, which editors show as a line.

    What a kernel tells anew whenever it starts is left out of YAML, but for the language, which nothing else may name.
    """
    ended = _with_newline if form == "yaml" else _without_newline
    cells = tuple(replace(cell, source=ended(cell.source)) for cell in notebook.cells)
    metadata = dict(notebook.metadata)
    if form == "yaml" and "language_info" in metadata:
        info, kernelspec = metadata.pop("language_info"), metadata.get("kernelspec") or {}
        if not kernelspec.get("language"):
            metadata["language_info"] = {"name": info["name"]}
    return replace(notebook, cells=cells, metadata=metadata)


def _with_newline(source: str) -> str:
    return source if not source or source.endswith("\n") else f"{source}\n"


def _without_newline(source: str) -> str:
    return source.removesuffix("\n")
