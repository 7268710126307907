"""Any edit of any notebook: the file says afterwards what the editor had, and what was not edited is as it was."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.notebook import ipynb_format, ipynb_writer, yaml_format, yaml_writer
from jupyter_runt.notebook.yaml_revision import revise
from tests.notebook import editing
from tests.notebook.random_notebooks import notebooks, texts

PATH = "n.nb.yml"


@st.composite
def changes(draw: st.DrawFn, count: int) -> list[editing.Change]:
    """Up to four edits of a notebook that has `count` cells at first."""
    result = []
    for number in range(draw(st.integers(0, 4))):
        at = st.integers(0, max(0, count - 1))
        kinds = ["insert"] + ["source", "source", "move", "delete", "copy", "tags", "kind"] * (count > 0)
        match draw(st.sampled_from(kinds)):
            case "insert":
                cell_type = draw(st.sampled_from(["code", "markdown"]))
                result.append(editing.insert(draw(at), draw(texts), cell_type, f"new-{number}"))
                count += 1
            case "copy":
                result.append(editing.copied(draw(at), draw(at), f"copy-{number}"))
                count += 1
            case "delete":
                result.append(editing.delete(draw(at)))
                count -= 1
            case "source":
                result.append(editing.source(draw(at), draw(texts)))
            case "move":
                result.append(editing.move(draw(at), draw(at)))
            case "tags":
                result.append(editing.metadata(draw(at), tags=draw(st.lists(st.sampled_from("abc"), unique=True))))
            case "kind":
                result.append(editing.kind(draw(at), draw(st.sampled_from(["code", "markdown", "raw"]))))
    return result


@st.composite
def files(draw: st.DrawFn) -> tuple[str, int]:
    """A YAML file, with comments in places where the writer leaves none, and the number of its cells."""
    notebook = draw(notebooks())
    text = yaml_writer.write(notebook)
    commented = re.sub(r"^(  - id: .*)$", r"  # above\n\1   # beside", text, flags=re.MULTILINE)
    found = commented if yaml_format.read(commented, PATH) == notebook else text
    return found if draw(st.booleans()) else found.rstrip("\n"), len(notebook.cells)


def meaning(notebook: dict[str, Any]) -> Any:
    """What a notebook's cells say, with all that belongs to them; newlines at their ends aside."""
    read = ipynb_format.read(json.dumps(notebook))
    cells = [
        (cell.source.rstrip("\n"), cell.cell_type, set(cell.tags), cell.timeout, repr(cell.metadata), repr(cell.extra))
        for cell in read.cells
    ]
    return cells, repr(read.parameters), repr(read.parameter_schema), repr(read.metadata), repr(read.extra)


@given(st.data())
def test_the_file_says_what_the_editor_had(data: st.DataObject) -> None:
    text, count = data.draw(files())
    before = editing.opened(text)
    after = copy.deepcopy(before)
    for change in data.draw(changes(count)):
        change(after)
    result = revise(text, before, after, PATH)
    assert not result.anew
    assert meaning(editing.opened(result.text)) == meaning(after)
    again = ipynb_writer.structure(yaml_format.read(result.text, PATH))["cells"]
    assert len({cell["id"] for cell in again}) == len(again)


@given(st.data())
def test_nothing_edited_is_nothing_changed_and_a_second_edit_finds_what_the_first_has_left(data: st.DataObject) -> None:
    text, count = data.draw(files())
    before = editing.opened(text)
    assert revise(text, before, copy.deepcopy(before), PATH).text == text
    first = copy.deepcopy(before)
    for change in data.draw(changes(count)):
        change(first)
    between = revise(text, before, first, PATH).text
    # The editor goes on with its own cells and their ids; what it saved is what it compares with next.
    second = copy.deepcopy(first)
    second["cells"].append(second["cells"].pop(0)) if second["cells"] else None
    assert revise(between, first, copy.deepcopy(first), PATH).text == between
    assert meaning(editing.opened(revise(between, first, second, PATH).text)) == meaning(second)
