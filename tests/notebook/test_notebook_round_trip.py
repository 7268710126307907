"""Both formats hold every notebook: what is written is read back equal, over either way, and is valid."""

from __future__ import annotations

import json
from dataclasses import replace

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_runt.notebook import Cell, Notebook, ipynb_format, ipynb_writer, yaml_format, yaml_writer
from jupyter_runt.notebook.keys import CELL, METADATA, TOP
from tests.notebook.random_notebooks import names, notebooks, plain, texts


@given(notebooks())
def test_yaml_gives_back_every_notebook(notebook: Notebook) -> None:
    assert yaml_format.read(yaml_writer.write(notebook)) == notebook


@given(notebooks())
def test_yaml_to_ipynb_to_yaml_is_the_same_notebook(notebook: Notebook) -> None:
    through = ipynb_format.read(ipynb_writer.write(yaml_format.read(yaml_writer.write(notebook))))
    assert through == notebook
    assert yaml_format.read(yaml_writer.write(through)) == notebook


@given(notebooks())
def test_every_written_ipynb_is_valid_and_strict_json(notebook: Notebook) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    nbformat.validate(json.loads(ipynb_writer.write(notebook), parse_constant=refuse))


@given(notebooks())
def test_a_runs_own_copy_gives_back_the_notebook(notebook: Notebook) -> None:
    assert Notebook.from_json(json.loads(json.dumps(notebook.to_json(outputs=True), allow_nan=False))) == notebook


@given(texts)
@settings(max_examples=300)
def test_every_source_survives_yaml(source: str) -> None:
    notebook = Notebook(cells=(Cell(id="a", source=source), Cell(id="b", source="pass\n")))
    assert yaml_format.read(yaml_writer.write(notebook)) == notebook


ipynb_names = st.one_of(names, st.sampled_from([*TOP, *CELL, *METADATA, "titel", "cell", "tag", "time_out"]))

foreign_names = ipynb_names.filter(lambda name: name not in ("tags", "jupyter_runt"))


@st.composite
def ipynb_files(draw: st.DrawFn) -> dict[str, object]:
    """Files as other programs write them: keys that YAML notebooks would read as their own, and no ids at times."""
    found = []
    for number in range(draw(st.integers(0, 3))):
        cell = draw(
            st.dictionaries(ipynb_names.filter(lambda name: name not in ("ipynb", "attachments")), plain, max_size=2)
        )
        source = draw(st.one_of(texts, st.lists(texts, max_size=3)))
        metadata = draw(st.dictionaries(foreign_names, plain, max_size=2))
        metadata |= {"tags": ["a"]} if draw(st.booleans()) else {}
        cell |= {"cell_type": draw(st.sampled_from(["markdown", "raw"])), "source": source, "metadata": metadata}
        cell |= {"attachments": {"a.png": {"image/png": "aGk="}}} if draw(st.booleans()) else {}
        cell.pop("id", None)
        cell |= {"id": f"id-{number}"} if draw(st.booleans()) else {}
        found.append(cell)
    metadata = draw(st.dictionaries(ipynb_names.filter(lambda name: name != "jupyter_runt"), plain, max_size=4))
    metadata |= {"kernelspec": {"name": "python3", "display_name": "Python 3"}} if draw(st.booleans()) else {}
    top = draw(st.dictionaries(ipynb_names.filter(lambda name: name != "jupyter_runt"), plain, max_size=2))
    return {**top, "cells": found, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}


@given(ipynb_files())
def test_ipynb_to_yaml_to_ipynb_keeps_everything(file: dict[str, object]) -> None:
    notebook = ipynb_format.read(json.dumps(file))
    assert notebook.parameters == {}, "a key of another program has become ours"
    through = yaml_format.read(yaml_writer.write(notebook))
    assert through == notebook
    back = ipynb_format.read(ipynb_writer.write(through))
    assert back == notebook
    root = ipynb_writer.structure(through)["metadata"]
    assert {key: value for key, value in root.items() if key != "jupyter_runt"} == file["metadata"]


def test_outputs_survive_yaml_only_when_asked_for() -> None:
    outputs = (
        {"output_type": "stream", "name": "stdout", "text": "a \n\tb\n"},
        {"output_type": "display_data", "metadata": {}, "data": {"text/plain": "x", "application/json": {"a": ["b"]}}},
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["\x1b[31mE\x1b[0m"]},
    )
    notebook = Notebook(cells=(Cell(id="a", source="x", outputs=outputs, execution_count=7),))
    bare = replace(notebook, cells=(replace(notebook.cells[0], outputs=(), execution_count=None),))
    assert yaml_format.read(yaml_writer.write(notebook, outputs=True)) == notebook
    assert yaml_format.read(yaml_writer.write(notebook)) == bare
    assert ipynb_format.read(ipynb_writer.write(notebook)) == notebook
    assert ipynb_format.read(ipynb_writer.write(notebook, outputs=False)) == bare
    nbformat.validate(ipynb_writer.structure(notebook))


def test_sources_become_block_literals_that_diff_well() -> None:
    sources = {"a": "if x:  \n    y\n\n", "b": " first\nlast", "c": "\r\n x\n"}
    cells = tuple(Cell(id=name, source=source) for name, source in sources.items())
    written = yaml_writer.write(Notebook(cells=cells, metadata={"x": 1, "title": "T"}, parameters={"n": 1}))
    assert written == (
        "metadata:\n  title: T\n  x: 1\n\nparameters:\n  n: 1\n\ncells:\n"
        "  - id: a\n    celltype: code\n    source: |+\n      if x:  \n          y\n\n"
        "  - id: b\n    celltype: code\n    source: |2-\n       first\n      last\n\n"
        '  - id: c\n    celltype: code\n    source: "\\r\\n\\\n      \\ x\\n"\n'
    )


OUR_KERNELSPEC = {"name": "runt", "display_name": "Python 3 (runt)"}


@pytest.mark.parametrize("metadata", [{"runtime": "runt"}, {"kernelspec": OUR_KERNELSPEC}])
def test_our_own_kernel_is_never_named_in_a_file(metadata: dict[str, object]) -> None:
    notebook = Notebook(metadata=metadata)
    written = ipynb_writer.structure(notebook)
    assert written["metadata"]["kernelspec"]["name"] == "python3"
    assert '"runt"' not in json.dumps(written)
    assert "(runt)" not in json.dumps(written)
    assert yaml_format.read(yaml_writer.write(notebook)).runtime == "python3"


def test_a_kernel_chosen_in_jupyterlab_replaces_the_runtime() -> None:
    written = ipynb_writer.structure(Notebook(metadata={"runtime": "python3", "title": "T"}))
    assert ipynb_format.read(json.dumps(written)).metadata == {"runtime": "python3", "title": "T"}
    written["metadata"]["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    changed = ipynb_format.read(json.dumps(written))
    assert changed.runtime == "ir"
    assert changed.language == "r"
    assert "runtime" not in changed.metadata


def test_ids_that_jupyter_does_not_allow_come_back() -> None:
    notebook = Notebook(cells=(Cell(id="über uns"), Cell(id="x" * 70), Cell(id="ok")))
    written = ipynb_writer.structure(notebook)
    nbformat.validate(written)
    assert [cell["id"] for cell in written["cells"]][2] == "ok"
    assert ipynb_format.read(json.dumps(written)) == notebook
