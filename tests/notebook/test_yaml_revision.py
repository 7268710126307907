"""An edit that was made in a notebook editor is carried over to the YAML file, and the rest of the file stays as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_runt.errors import NotebookError, UsageError
from jupyter_runt.notebook import yaml_format
from jupyter_runt.notebook.yaml_revision import Revision, revise
from tests.notebook.editing import copied, delete, diff, edited, insert, kind, metadata, move, opened, source

NOTEBOOKS = sorted(Path(__file__).parents[2].joinpath("notebooks").glob("*.yml"))
FILE = """\
# What this is about.
version: 1
metadata:   # the file's own
  title: "A 'title'"   # in double quotes
  runtime: 'python3'
  tags: [a,
         b]
  team: {name: x, size: 3}

parameters: {rate: 1.0, big: 12345678901234567890, day: 2026-11-20}

cells:
  # About the first.
  - id: first
    celltype: markdown
    source: |
      # Title

      Text.

  # About the second,
  # in two lines.
  - id: second   # beside its id
    timeout: 2m
    source: |  # beside its source
        x = 1
        if x:
            y = 2
    # after its source

  - source: print(1)
    id: third
    tags:
      - one
      - two
x-other: true   # behind the cells
"""


def cells(text: str) -> list[Any]:
    return list(yaml_format.read(text, "n.nb.yml").cells)


@pytest.mark.parametrize(
    "text",
    [*(path.read_text() for path in NOTEBOOKS), FILE, FILE.replace("\n", "\r\n"), "\ufeff" + FILE, FILE.rstrip("\n")],
)
def test_a_file_whose_notebook_was_not_changed_is_not_changed(text):
    assert edited(text) == Revision(text)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_one_line_of_one_cell_is_one_line_of_the_file(path):
    text = path.read_text()
    old = opened(text)["cells"][1]["source"]
    assert diff(text, source(1, f"{old}\nprint('new')")) == ["+      print('new')"]


def test_lines_stay_as_deep_as_they_were_and_comments_stay():
    assert diff(FILE, source(1, "x = 1\nif x:\n    y = 3")) == ["-            y = 2", "+            y = 3"]
    assert diff(FILE, source(1, "x = 1\nif x:\n    y = 2\n\n\nz")) == ["+", "+", "+        z"]


def test_a_first_line_that_is_indented_is_told_to_be_so():
    (cell,) = [each for each in cells(edited(FILE, source(1, "  x\ny")).text) if each.id == "second"]
    assert cell.source == "  x\ny\n"
    assert "-    source: |  # beside its source" in diff(FILE, source(1, "  x\ny"))


def test_a_source_in_one_line_becomes_a_block_when_it_needs_more():
    assert diff(FILE, source(2, "print(2)")) == ["-  - source: print(1)", "+  - source: print(2)"]
    assert diff(FILE, source(2, "a\nb")) == ["-  - source: print(1)", "+  - source: |", "+      a", "+      b"]


def test_what_yaml_could_not_hold_in_a_block_is_quoted():
    result = edited(FILE, source(1, "a\rb\nc"), source(0, ""))
    assert [each.source for each in cells(result.text)][:2] == ["", "a\rb\nc\n"]


def test_a_cell_takes_its_comments_with_it():
    result = edited(FILE, move(1, 0)).text
    assert [each.id for each in cells(result)] == ["second", "first", "third"]
    assert "cells:\n  # About the first.\n  # About the second,\n  # in two lines.\n  - id: second   # beside" in result
    assert "            y = 2\n    # after its source\n\n  - id: first\n" in result


def test_a_deleted_cell_is_gone_and_nothing_else():
    assert diff(FILE, delete(2)) == ["-", *[f"-{line}" for line in FILE.splitlines()[-6:-1]]]
    assert edited(FILE, delete(0), delete(0), delete(0)).text.endswith(
        "cells: []\nx-other: true   # behind the cells\n"
    )


def test_a_new_cell_is_written_as_the_others_are():
    assert diff(FILE, insert(1, "a = 1")) == ["+  - id: new", "+    source: |", "+      a = 1", "+"]
    text = "cells:\n- cell_type: code\n  source: |\n    x\n- source: y\n  type: code\n"
    assert diff(text, insert(2, "z", "markdown")) == ["+- celltype: markdown", "+  source: |", "+    z"]
    assert diff(text, insert(0, "z")) == ["+- celltype: code", "+  source: |", "+    z"]


@pytest.mark.parametrize("text", ["version: 1\ncells: []\n", "version: 1\ncells:\n", "version: 1\n", "version: 1"])
def test_the_first_cells_of_a_file_are_written_beneath_its_key(text):
    written = (
        "cells:\n  - id: new\n    source: |\n      a\n\n  - id: b\n    celltype: markdown\n    source: |\n      c\n"
    )
    assert edited(text, insert(0, "a"), insert(1, "c", "markdown", "b")).text == f"version: 1\n{written}"


def test_cells_without_ids_get_none():
    text = "cells:\n  - source: a\n  - source: b\n"
    assert diff(text, insert(0, "new"), source(2, "c")) == [
        "+  - source: |", "+      new", "-  - source: b", "+  - source: c"
    ]  # fmt: skip


def test_copies_and_halves_of_a_cell_get_ids_of_their_own():
    text = FILE.replace("id: second ", "id: the second ")
    result = edited(text, copied(1, 1), copied(2, 3, "again"), source(1, "half"))
    assert not result.anew
    assert [each.id for each in cells(result.text)] == ["first", "copy", "the second", "again", "third"]
    assert [each.timeout for each in cells(result.text)] == [None, 120, 120, 120, None]


def test_metadata_keep_their_order_and_their_quotes():
    def change(notebook):
        notebook["metadata"]["title"] = "It's"
        notebook["metadata"]["jupyter_runt"]["metadata"]["runtime"] = "o'r"
        notebook["metadata"]["team"]["size"] = 4
        notebook["metadata"]["more"] = {"a": [1, 2]}

    assert diff(FILE, change) == [
        "-  title: \"A 'title'\"   # in double quotes",
        "-  runtime: 'python3'",
        '+  title: "It\'s"   # in double quotes',
        "+  runtime: 'o''r'",
        "-  team: {name: x, size: 3}",
        "+  team: {name: x, size: 4}",
        "+  more:",
        "+    a: [1, 2]",
    ]


def test_tags_types_and_a_cells_metadata_are_written_where_they_belong():
    assert diff(FILE, metadata(1, tags=["x"], collapsed=True)) == [
        "+    tags: [x]", "+    metadata:", "+      collapsed: true"
    ]  # fmt: skip
    assert diff(FILE, metadata(2, tags=["one"])) == ["-      - two"]
    assert diff(FILE, metadata(2, tags=[])) == ["-    tags:", "-      - one", "-      - two"]
    assert diff(FILE, kind(1, "markdown")) == ["+    celltype: markdown"]
    assert diff(FILE.replace("celltype", "type"), kind(0, "raw")) == ["-    type: markdown", "+    type: raw"]


def test_numbers_that_javascript_writes_differently_are_no_change():
    assert opened(FILE)["metadata"]["jupyter_runt"]["parameters"]["big"] != 12345678901234567890
    result = edited(FILE, lambda notebook: notebook["metadata"]["jupyter_runt"]["parameters"].update(rate=2))
    assert yaml_format.read(result.text).parameters["big"] == 12345678901234567890
    assert "parameters: {rate: 2, big: 12345678901234567890, day: 2026-11-20}\n" in result.text


def test_outputs_are_kept_by_a_file_that_has_some_and_by_no_other():
    def run(notebook):
        output = {"output_type": "stream", "name": "stdout", "text": "1\n"}
        notebook["cells"][2].update(outputs=[output], execution_count=5)

    assert edited(FILE, run) == Revision(FILE)
    assert diff(FILE, run, source(2, "x")) == ["-  - source: print(1)", "+  - source: x"]
    kept = FILE.replace("    id: third\n", "    id: third\n    execution_count: 4\n")
    assert diff(kept, run) == [
        "-    execution_count: 4", "+    execution_count: 5", "+    outputs:", "+      - output_type: stream",
        "+        name: stdout", "+        text: |", "+          1",
    ]  # fmt: skip
    assert "-    execution_count: 4" in diff(kept, kind(2, "markdown"))


def test_of_an_output_that_is_shown_again_only_what_differs_changes():
    shown = """\
    outputs:   # of last week
      - &error
        output_type: stream
        name: stderr
        text: old
      - *error
      - output_type: stream
        name: stdout
        text: |
          1
          2
"""

    def show(number, text):
        return lambda notebook: notebook["cells"][2]["outputs"][number].update(text=text)

    kept = FILE.replace("    id: third\n", f"    id: third\n{shown}")
    assert diff(kept, show(2, "1\n3\n")) == ["-          2", "+          3"]
    for number, texts in ((1, ["old", "new", "1\n2\n"]), (0, ["new", "old", "1\n2\n"])):
        result = edited(kept, show(number, "new"))
        assert [each["text"] for each in cells(result.text)[2].outputs] == texts
    assert (
        "    outputs:   # of last week\n" in edited(kept, lambda notebook: notebook["cells"][2]["outputs"].pop()).text
    )


def test_our_own_kernel_stays_named_where_it_was():
    text = FILE.replace("'python3'", "runt")
    assert diff(text, delete(0))[0] == "-  - id: first"
    assert "runtime: runt\n" in edited(text, source(2, "x")).text


ALIASED = "# one\nparameters:\n  a: &x [1, 2]   # two\n  b: *x\ncells:\n  - id: a\n    source: '# none'\n"


def test_a_layout_that_cannot_be_kept_is_written_anew_and_its_comments_are_counted():
    def change(notebook):
        notebook["metadata"]["jupyter_runt"]["parameters"]["a"] = [3]

    result = edited(ALIASED, change)
    assert (result.anew, result.comments_lost) == (True, 2)
    assert yaml_format.read(result.text).parameters == {"a": [3], "b": [1, 2]}
    assert diff(ALIASED, source(0, "x")) == ["-    source: '# none'", "+    source: 'x'"]


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": [{"id": "a", "source": "x"}, {"id": "b", "source": "y"}]}',
        "cells: [{id: a, source: x}, {id: b, source: y}]\n",
        "base: &c\n  source: x\ncells:\n  - {<<: *c, id: a}\n  - <<: *c\n    id: b\n",
        "? cells\n: - id: a\n    source: x\n  - id: b\n    source: y\n",
        "--- # begins\ncells:\n  -\n    id: a\n    source: >-\n      x\n  - id: b\n    source: [y]\n...\n",
    ],
)
def test_every_layout_says_what_it_should_after_an_edit(text):
    for change in (source(0, "new\n\ntext"), move(0, 1), delete(1), insert(1, "z"), metadata(1, tags=["t"])):
        result = edited(text, change)
        after = opened(text)
        change(after)
        assert [each["source"] for each in opened(result.text)["cells"]] == [each["source"] for each in after["cells"]]
        tags = [each["metadata"].get("tags") for each in after["cells"]]
        assert [each["metadata"].get("tags") for each in opened(result.text)["cells"]] == tags


def test_a_notebook_that_is_not_the_files_is_refused():
    with pytest.raises(UsageError, match="other cells"):
        revise(FILE, opened("cells: []\n"), opened(FILE))


def test_faults_of_an_editors_notebook_have_no_places():
    broken = opened(FILE)
    broken["metadata"]["jupyter_runt"]["parameters"] = 7
    with pytest.raises(NotebookError, match="parameters") as caught:
        revise(FILE, opened(FILE), broken)
    assert {(each.line, each.column) for each in caught.value.problems} == {(0, 0)}
