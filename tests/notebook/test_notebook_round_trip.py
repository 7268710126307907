"""Both formats hold every notebook: what is written is read back equal, over either way, and is valid."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_runt.notebook import Cell, Notebook, ipynb_format, ipynb_writer, yaml_format, yaml_writer
from jupyter_runt.notebook.keys import CELL, METADATA, TOP
from jupyter_runt.notebook.report import lookalike

# Pieces that have broken YAML and notebook tools before, glued together at random, beside any text at all.
ODD = [" ", "  ", "\t", "\n", "\n\n", "\r\n", "\r", "\x85", "\u2028", "\u2029", "\ufeff", "\x0b", "\x0c", "\x1b[31m"]
ODD += [
    "\x7f",
    "é",
    "😀",
    "\ufffe",
    "\uffff",
    "#",
    "# x",
    ": ",
    "- a",
    "---",
    "...",
    "'",
    '"',
    "\\",
    "%",
    "{",
    "[",
    "|",
]
ODD += [">", "&a", "x = 1", "!!python/object", "yes", "1e3", "${VAR}", "\n  indented", "trailing  \n", "~", "<<", "="]
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.one_of(st.lists(st.sampled_from(ODD), max_size=8).map("".join), st.text(characters, max_size=20))
names = st.one_of(
    st.text(characters, min_size=1, max_size=8),
    st.sampled_from(["yes", "on", "null", "1", "1.5", "2024-01-01", "a: b", "long" * 400, "$date", "=", "<<", " x"]),
)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names.filter(lambda n: n[0] != "$"), inner, max_size=3),
    max_leaves=8,
)
era = (datetime.fromisoformat("1000-01-01"), datetime.fromisoformat("2999-01-01"))
moments = st.datetimes(*era, timezones=st.just(UTC)) | st.datetimes(*era)
scalars = st.one_of(
    plain, st.dates(date(1000, 1, 1), date(2999, 1, 1)), moments, st.sampled_from([float("inf"), -float("inf")])
)
odd_keys = st.one_of(names, st.integers(), st.booleans())
anything = st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(odd_keys, scalars, max_size=3))


def unknown(known: Mapping[str, object]) -> st.SearchStrategy[str]:
    return names.filter(lambda name: name not in known and not lookalike(name, known))


tag_names = st.text(characters, min_size=1, max_size=6).filter(lambda tag: "," not in tag and "\n" not in tag)
tags = st.lists(tag_names, unique=True)
metadata_names = names.filter(lambda name: name not in ("tags", "jupyter_runt"))
schemas = st.dictionaries(names, st.just({"type": "string", "$ref": "#/x", "x-secret": True}), max_size=2)
types = st.sampled_from(["code", "markdown", "raw", "sql", "html", "ai"])
seconds = st.one_of(st.none(), st.integers(1, 10**6).map(float), st.floats(0.001, 1e6))

LATER: list[dict[str, object]] = [{}, {"when": "x > 1"}, {"needs": ["a"], "retry": {"attempts": 2}}]


@st.composite
def cells(draw: st.DrawFn, cell_id: str) -> Cell:
    cell_type = draw(types)
    bundles = st.dictionaries(st.just("image/png"), st.just("aGVsbG8="), min_size=1)
    attachments = draw(st.dictionaries(st.just("a.png"), bundles)) if cell_type in ("markdown", "raw") else {}
    extra = draw(st.dictionaries(unknown({**CELL, **METADATA}), anything, max_size=2))
    return Cell(
        id=cell_id,
        cell_type=cell_type,
        source=draw(texts),
        metadata=draw(st.dictionaries(metadata_names, anything, max_size=2)),
        tags=tuple(draw(tags)),
        timeout=draw(seconds),
        allow_errors=draw(st.booleans()),
        attachments=attachments,
        extra={**draw(st.sampled_from(LATER)), **extra},
    )


@st.composite
def notebooks(draw: st.DrawFn) -> Notebook:
    ids = draw(st.lists(names.filter(lambda name: name.strip() != ""), max_size=4, unique=True))
    metadata = draw(st.dictionaries(unknown({**METADATA, "authors": 0, "orig_nbformat": 0}), anything, max_size=3))
    metadata |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "title": texts,
                "runtime": st.sampled_from(["python3", "", "ir", "a b"]),
                "kernelspec": st.sampled_from([{"name": "ir"}, {"name": "x", "display_name": "X", "language": "R"}]),
                "tags": st.lists(texts, max_size=2),
                "timeout": st.sampled_from([5, 2.5, "10m"]),
                "stop_on_error": st.booleans(),
                "retry": st.just({"attempts": 3, "delay": "2s", "on": ["kernel_died"]}),
                "input": st.just({"policy": "answer", "answers": ["yes"]}),
            },
        )
    )
    return Notebook(
        cells=tuple(draw(cells(cell_id)) for cell_id in ids),
        parameters=draw(st.dictionaries(names, anything, max_size=4)),
        parameter_schema=draw(schemas),
        metadata=metadata,
        extra=draw(st.dictionaries(unknown(TOP), anything, max_size=2)) | draw(st.sampled_from([{}, {"version": 1}])),
    )


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
