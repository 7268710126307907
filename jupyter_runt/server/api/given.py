"""A notebook that a client sends, as the text of a file or as an object of nbformat."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jupyter_runt.errors import NotebookError
from jupyter_runt.notebook import library
from jupyter_runt.notebook.model import Notebook


def read(notebook: str | Mapping[str, Any], name: str | None = None) -> Notebook:
    """The notebook; `name` is its file's, whose suffix tells the format of a text. Raises NotebookError with every fault.

    The faults of a text have their places; those of an object have none, for the client has seen no text of it.
    """
    if isinstance(notebook, str):
        return library.parse(notebook.encode(), name or "notebook")
    try:
        return library.parse(json.dumps(notebook).encode(), f"{(name or 'notebook').removesuffix('.ipynb')}.ipynb")
    except NotebookError as error:
        raise NotebookError(
            [replace(problem, line=0, column=0) for problem in error.problems], remedy=error.remedy
        ) from error
