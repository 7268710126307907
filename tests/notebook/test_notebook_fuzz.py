"""Whatever a file holds: it is a notebook, or a NotebookError says why not. Never another error, never a hang."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.errors import NotebookError, ParameterError
from jupyter_runt.notebook import features, injection, ipynb_writer, library, parameters, yaml_writer
from jupyter_runt.notebook.keys import CELL, METADATA, TOP

KEYS = [
    *TOP,
    *CELL,
    *METADATA,
    "attempts",
    "on",
    "policy",
    "answers",
    "jupyter_runt",
    "nbformat",
    "worksheets",
    "x",
    "<<",
]
WORDS = [
    "cells:",
    "- ",
    "  ",
    "\n",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "|\n",
    ">",
    "&a",
    "*a",
    "!!x",
    "!",
    "'",
    '"',
    "#",
    "\t",
    "? ",
]
WORDS += [
    "source",
    "id",
    "metadata",
    "x",
    "1",
    "yes",
    "~",
    "2024-01-01",
    "<<: ",
    "---\n",
    "%",
    "\\",
    "\x85",
    "\x01",
    "=",
    ",",
]

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 5), st.floats(), st.sampled_from(["", "x", "code", "10m"])
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=15,
)
roots = st.fixed_dictionaries(
    {"cells": st.lists(st.dictionaries(st.sampled_from(KEYS), trees, max_size=4) | trees, max_size=3) | trees},
    optional={key: trees for key in KEYS if key != "cells"},
)


def use(content: bytes, path: str) -> None:
    """What every command does with a file."""
    with suppress(NotebookError, ParameterError):
        notebook = library.parse(content, path)
        json.dumps(notebook.to_json(outputs=True), allow_nan=path.endswith("ipynb"))
        assert [
            notebook.timeout,
            notebook.cell_timeout,
            notebook.input,
            notebook.retry,
            notebook.language,
            notebook.runtime,
        ]
        yaml_writer.write(notebook, outputs=True)
        ipynb_writer.write(notebook)
        features.without_unsupported(notebook)
        injection.inject(notebook, parameters.merge(notebook), "python", parameters.secrets(notebook))


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
def test_any_text_is_yaml_or_told(text: str) -> None:
    use(text.encode(), "a.nb.yml")


@given(st.binary(max_size=30))
def test_any_bytes_are_a_notebook_or_told(content: bytes) -> None:
    use(content, "a.yml")
    use(content, "a.ipynb")
    use(content, "a")


@given(roots)
def test_any_structure_is_a_notebook_or_told(tree: dict[str, Any]) -> None:
    text = json.dumps(tree)
    use(text.encode(), "a.ipynb")
    use(text.replace("NaN", ".nan").replace("-Infinity", "-.inf").replace("Infinity", ".inf").encode(), "a.yml")
