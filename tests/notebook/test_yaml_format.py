"""YAML notebooks of this family run unchanged; every trap of YAML is told with its place, all of a file's at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_runt.errors import NotebookError
from jupyter_runt.notebook import Notebook, yaml_format
from jupyter_runt.notebook.yaml_nodes import Document


def read(text: str) -> Notebook:
    return yaml_format.read(text, "a.yml")


def faults(text: str) -> list[str]:
    with pytest.raises(NotebookError) as caught:
        read(text)
    return [f"{problem.line}:{problem.column} {problem.message}" for problem in caught.value.problems]


FAMILY = """\
metadata:
  title: "Example Analysis"
  description: "What it does"
  runtime: "python3"
  tags: ["automation"]
  schedule: "daily"
parameters:
  data_size: 100
  api_token: "${CLOUDFLARE_API_TOKEN}"
cells:
  - id: "setup"
    celltype: "code"
    source: |
      import numpy as np
  - source: ["a = 1\\n", "b = 2"]
  - type: markdown
    source: [one, two]
  - cell_type: raw
    source: "x"
"""


def test_a_notebook_of_the_family_is_read_as_it_is() -> None:
    notebook = read(FAMILY)
    assert (notebook.title, notebook.runtime, notebook.stop_on_error) == ("Example Analysis", "python3", True)
    assert notebook.metadata["schedule"] == "daily"
    assert notebook.parameters == {"data_size": 100, "api_token": "${CLOUDFLARE_API_TOKEN}"}
    assert [cell.cell_type for cell in notebook.cells] == ["code", "code", "markdown", "raw"]
    assert [cell.source for cell in notebook.cells] == ["import numpy as np\n", "a = 1\nb = 2", "one\ntwo", "x"]
    assert [cell.line for cell in notebook.cells] == [14, 15, 17, 19]


def test_made_ids_are_the_same_at_every_reading_and_differ_from_given_ones() -> None:
    first = read(FAMILY)
    made = first.cells[1].id
    assert made.startswith("cell-2-")
    assert [cell.id for cell in read(FAMILY).cells] == [cell.id for cell in first.cells]
    clash = read(FAMILY + f"  - id: {made}\n    source: x\n")
    assert len({cell.id for cell in clash.cells}) == 5


def test_our_own_keys_are_read() -> None:
    notebook = read(
        "version: 1\n"
        "metadata: {stop_on_error: false, timeout: 10m, cell_timeout: 60, kernelspec: {name: ir},\n"
        "  retry: {attempts: 3, delay: 2s, on: [kernel_died]}, input: {policy: answer, deadline: 1h, answers: [a]}}\n"
        "cells:\n"
        "  - {id: a, timeout: 1h, allow_errors: true, tags: [skip-execution, raises-exception], source: x}\n"
    )
    assert (notebook.stop_on_error, notebook.timeout, notebook.cell_timeout) == (False, 600.0, 60.0)
    assert notebook.retry == {"attempts": 3, "delay": 2.0, "backoff": 1.0, "on": ["kernel_died"]}
    assert notebook.input == {"policy": "answer", "deadline": 3600.0, "answers": ["a"]}
    assert notebook.runtime == "ir"
    [cell] = notebook.cells
    assert (cell.timeout, cell.allow_errors, cell.skip, cell.raises_exception) == (3600.0, True, True, True)


def test_without_metadata_the_defaults_hold() -> None:
    notebook = read("cells: []")
    assert (notebook.title, notebook.runtime, notebook.language, notebook.timeout) == ("", "", "", None)
    assert notebook.retry is None
    assert notebook.input == {"policy": None, "deadline": None, "answers": []}


ONE = "cells:\n  - source: x\n"

BAD = {
    "duplicate": (f"parameters: {{a: 1, a: 2}}\n{ONE}", ["1:20 duplicate key 'a'"]),
    "duplicate cells": (f"{ONE}{ONE}", ["3:1 duplicate key 'cells'"]),
    "yes for an id": (
        "cells:\n  - id: on\n    source: x\n",
        ["2:9 cells[0].id: expected text, found the boolean true"],
    ),
    "no for a title": (
        f"metadata: {{title: no}}\n{ONE}",
        ["1:19 metadata.title: expected text, found the boolean false"],
    ),
    "number for an id": ("cells:\n  - {id: 1, source: x}", ["2:10 cells[0].id: expected text, found the number 1"]),
    "date for a title": (
        f"metadata: {{title: 2024-01-01}}\n{ONE}",
        ["1:19 metadata.title: expected text, found the date 2024-01-01"],
    ),
    "tab": ("cells:\n\t- source: x", ["2:1 a tab where YAML wants spaces"]),
    "object tag": (
        f"parameters: {{a: !!python/object/apply:os.system [ls]}}\n{ONE}",
        ["1:17 the tag !!python/object/apply:os.system is not accepted here"],
    ),
    "own tag": (f"parameters: {{a: !x 1}}\n{ONE}", ["1:17 the tag !x is not accepted here"]),
    "binary": (f"parameters: {{a: !!binary aGk=}}\n{ONE}", ["1:17 the tag !!binary is not accepted here"]),
    "recursion": ("cells: &a [*a]", ["1:8 an alias refers to what it is part of"]),
    "unknown alias": ("cells: *a", ["1:8 found undefined alias"]),
    "depth": (f"cells: {'[' * 150}{']' * 150}", ["1:107 nested more than 100 levels deep"]),
    "abyss": (f"cells: {'[' * 300_000}", ["1:107 nested more than 100 levels deep"]),
    "block abyss": (f"cells:\n{'- ' * 300_000}x", ["2:199 nested more than 100 levels deep"]),
    "control character": ("cells:\n- source: 'a\x01'", ["2:13 the character U+0001 is not allowed in YAML"]),
    "two documents": (f"{ONE}---\n{ONE}", ["3:1 a second document begins here"]),
    "empty": ("", ["1:1 the file is empty"]),
    "comments only": ("# nothing\n", ["1:1 the file is empty"]),
    "list": ("- a", ["1:1 the file: expected a mapping with `cells`, found a list"]),
    "no cells": ("services: {}", ["1:1 no `cells`: this YAML file is no notebook"]),
    "cells no list": ("cells: {a: b}", ["1:8 cells: expected a list of cells, found a mapping"]),
    "cell no mapping": (
        "cells:\n  - print(1)",
        ["2:5 cells[0]: expected a mapping with `source`, found the text 'print(1)'"],
    ),
    "no source": ("cells:\n  - id: a", ["2:5 cells[0]: a cell needs `source`"]),
    "source no text": ("cells:\n  - source: 5", ["2:13 cells[0].source: expected text, found the number 5"]),
    "line no text": (
        "cells:\n  - source: [a, 5]",
        ["2:17 cells[0].source[1]: expected a line of text, found the number 5"],
    ),
    "typo at the top": (f"{ONE}parameter: {{}}", ["3:1 unknown key 'parameter'"]),
    "typo in metadata": (f"metadata:\n  Run-Time: x\n{ONE}", ["2:3 unknown key 'Run-Time' in metadata"]),
    "typo in a cell": ("cells:\n  - soruce: x\n    source: y", ["2:5 unknown key 'soruce' in cells[0]"]),
    "cell type": (
        "cells:\n  - {celltype: cod, source: x}",
        ["2:16 cells[0].celltype: expected one of code, markdown, raw, sql, html, ai, found the text 'cod'"],
    ),
    "two cell types": (
        "cells:\n  - {celltype: code, type: raw, source: x}",
        ["2:22 cells[0]: celltype and type say different things"],
    ),
    "the same id": (
        "cells:\n  - {id: a, source: x}\n  - {id: a, source: y}",
        ["3:10 cells[1].id: the id 'a' is used twice"],
    ),
    "duration": (
        f"metadata: {{timeout: soon}}\n{ONE}",
        ["1:21 metadata.timeout: expected a duration such as 90, 90s, 10m or 1h, above 0, found the text 'soon'"],
    ),
    "no time": (
        "cells:\n  - {timeout: 0, source: x}",
        ["2:15 cells[0].timeout: expected a duration such as 90, 90s, 10m or 1h, above 0, found the number 0"],
    ),
    "retry": (
        f"metadata:\n  retry: {{attempts: 0, on: [chance], tries: 1}}\n{ONE}",
        [
            "2:21 metadata.retry.attempts: expected a whole number from 1, found the number 0",
            "2:29 metadata.retry.on[0]: expected one of kernel_died, cell_error, cell_timeout, found the text 'chance'",
            "2:38 unknown key 'tries'",
        ],
    ),
    "input": (
        f"metadata: {{input: {{policy: hope}}}}\n{ONE}",
        ["1:28 metadata.input.policy: expected one of fail, wait, answer, found the text 'hope'"],
    ),
    "tags": (
        "cells:\n  - {tags: skip-execution, source: x}",
        ["2:12 cells[0].tags: expected a list, found the text 'skip-execution'"],
    ),
    "impossible date": (f"parameters: {{a: 2024-13-45}}\n{ONE}", ["1:17 '2024-13-45' is no valid timestamp"]),
    "version": (f"version: 2\n{ONE}", ["1:10 version: expected 1, found the number 2"]),
    "reserved": (
        f"metadata: {{jupyter_runt: {{}}}}\n{ONE}",
        ["1:12 the key 'jupyter_runt' is reserved for .ipynb files"],
    ),
    "outputs of markdown": (
        "cells:\n  - {type: markdown, outputs: [], source: x}",
        ["2:22 cells[0]: only code cells have outputs"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD.keys())
def test_bad_yaml_is_told_with_its_place(text: str, expected: list[str]) -> None:
    found = faults(text)
    assert len(found) == len(expected)
    assert all(fault.startswith(start) for fault, start in zip(found, expected, strict=True)), found


def test_all_faults_are_told_at_once_in_the_files_order() -> None:
    found = faults(
        "metadata: {title: yes, titel: x}\nparameters: {a: 1, a: !x 2}\ncells:\n  - 5\n  - {id: no, source: 1}\n"
    )
    places = [fault.split()[0] for fault in found]
    assert places == ["1:19", "1:24", "2:20", "2:23", "4:5", "5:10", "5:22"]


def test_an_alias_bomb_is_refused_and_plain_aliases_are_not() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for previous, letter in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{letter}: &{letter} [{', '.join([f'*{previous}'] * 10)}]\n"
    assert [fault for fault in faults(bomb + "cells: []") if "aliases make more than 100,000 nodes" in fault]
    long = f"x-a: &a {'y' * 1_000_000}\nx-b: [{', '.join(['*a'] * 200)}]\n"
    assert [fault for fault in faults(long + "cells: []") if "aliases make more than" in fault]
    notebook = read("x-base: &base {timeout: 30, tags: [a]}\ncells:\n  - {<<: *base, source: x, timeout: 5}\n")
    assert (notebook.cells[0].timeout, notebook.cells[0].tags) == (5.0, ("a",))


def test_many_faults_are_told_up_to_a_number_that_people_read() -> None:
    found = faults("cells:\n" + "  - 1\n" * 500)
    assert len(found) == 51
    assert found[-1].endswith("and 450 more problems")


def test_the_remedy_says_what_was_meant() -> None:
    with pytest.raises(NotebookError, match=r"a\.yml:2:3: unknown key 'titel' in metadata \(did you mean 'title'\?\)"):
        read(f"metadata:\n  titel: x\n{ONE}")


def test_unknown_keys_are_kept_everywhere() -> None:
    notebook = read("owner: me\nmetadata: {team: x, x-titel: 1}\ncells:\n  - {source: x, colour: red}\n")
    assert notebook.extra == {"owner": "me"}
    assert notebook.metadata == {"team": "x", "x-titel": 1}
    assert notebook.cells[0].extra == {"colour": "red"}


def test_a_named_notebook_needs_no_cells() -> None:
    assert yaml_format.read("metadata: {title: x}", "a.nb.yml").cells == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("cells:\n- source: |\n    x", 3),
        ("cells:\n- source: >-\n\n    x", 3),
        ("cells:\n- source: x", 2),
        ("cells:\n- id: a\n  source:\n  - x\n  - y", 4),
        ("cells:\n- id: a\n  source:", 3),
    ],
)
def test_a_cells_line_is_where_its_source_begins(text: str, line: int) -> None:
    assert read(text).cells[0].line == line


def test_the_slow_parser_of_yaml_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    fast = read(FAMILY)
    monkeypatch.setattr("jupyter_runt.notebook.yaml_nodes._Loader", yaml.SafeLoader)
    assert read(FAMILY) == fast
    assert faults(f"{ONE}  - id: on\n    source: x") == ["3:9 cells[1].id: expected text, found the boolean true"]
    assert faults(f"cells: {'[' * 4000}")[0].endswith("nested more than 100 levels deep")


def test_every_value_of_yaml_that_is_no_plain_one_is_refused_or_a_date() -> None:
    document = Document("{a: =, b: ~, c: .inf, d: 2024-01-01, e: 0x1f, yes: no}", "")
    assert [type(value).__name__ for value in document.value.values()] == [
        "str",
        "NoneType",
        "float",
        "date",
        "int",
        "bool",
    ]
    assert list(document.value)[-1] == "yes"


def test_the_places_are_those_of_the_file_on_disk(tmp_path: Path) -> None:
    from jupyter_runt.notebook import library

    file = tmp_path / "a.yml"
    file.write_text("cells:\n  - sauce: x\n    id: yes\n")
    with pytest.raises(NotebookError) as caught:
        library.load(file)
    assert str(caught.value.problems[0]).startswith(f"{file}:2:5: ")
