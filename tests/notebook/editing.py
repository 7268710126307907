"""An .ipynb editor, as far as a YAML file can tell: what it reads, what it changes, and what it makes of numbers."""

from __future__ import annotations

import copy
import difflib
import json
from collections.abc import Callable
from typing import Any

from jupyter_runt.notebook import ipynb_writer, yaml_format
from jupyter_runt.notebook.yaml_revision import Revision, revise

Change = Callable[[dict[str, Any]], Any]


def opened(text: str) -> dict[str, Any]:
    """What the editor has of a YAML file. A final newline would be an empty line to it, so there is none."""
    found = ipynb_writer.structure(yaml_format.read(text.removeprefix("\ufeff"), "n.nb.yml"))
    notebook: dict[str, Any] = json.loads(json.dumps(found, default=str), parse_float=_double, parse_int=_double)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).removesuffix("\n")
    return notebook


def _double(written: str) -> int | float:
    number = float(written)
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


def edited(text: str, *changes: Change) -> Revision:
    """The YAML file after these changes to the editor's notebook."""
    before = opened(text)
    after = copy.deepcopy(before)
    for change in changes:
        change(after)
    return revise(text, before, after, "n.nb.yml")


def diff(text: str, *changes: Change) -> list[str]:
    """The lines that go (`-`) and come (`+`), the file being kept."""
    result = edited(text, *changes)
    assert not result.anew, result.text
    lines = difflib.unified_diff(text.splitlines(), result.text.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("+++", "---", "@@"))]


def source(index: int, new: str) -> Change:
    return lambda notebook: notebook["cells"][index].update(source=new)


def metadata(index: int, **values: Any) -> Change:
    return lambda notebook: notebook["cells"][index]["metadata"].update(values)


def kind(index: int, cell_type: str) -> Change:
    """Another type, as JupyterLab does it: outputs go, the id stays."""

    def change(notebook: dict[str, Any]) -> None:
        cell = notebook["cells"][index]
        kept = {key: value for key, value in cell.items() if key not in ("outputs", "execution_count", "attachments")}
        more: dict[str, Any] = {"outputs": [], "execution_count": None} if cell_type == "code" else {}
        notebook["cells"][index] = {**kept, "cell_type": cell_type, **more}

    return change


def move(start: int, end: int) -> Change:
    return lambda notebook: notebook["cells"].insert(end, notebook["cells"].pop(start))


def delete(index: int) -> Change:
    return lambda notebook: notebook["cells"].pop(index)


def insert(index: int, text: str, cell_type: str = "code", cell_id: str = "new", **metadata: Any) -> Change:
    cell = {"id": cell_id, "cell_type": cell_type, "source": text, "metadata": metadata}
    more: dict[str, Any] = {"outputs": [], "execution_count": None} if cell_type == "code" else {}
    return lambda notebook: notebook["cells"].insert(index, {**cell, **more})


def copied(index: int, to: int, cell_id: str = "copy") -> Change:
    """A copy, or the first half of a split: all of the original's metadata, an id of its own."""

    def change(notebook: dict[str, Any]) -> None:
        notebook["cells"].insert(to, {**copy.deepcopy(notebook["cells"][index]), "id": cell_id})

    return change
