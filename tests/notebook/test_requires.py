"""What a notebook says that it needs: `metadata.requires`."""

from __future__ import annotations

import json

import pytest

from jupyter_runt.errors import NotebookError
from jupyter_runt.notebook import ipynb_format, ipynb_writer, yaml_format

HEAD = "metadata:\n  requires:\n"
TAIL = "\ncells: [{source: '1'}]\n"


def test_packages_and_variables_are_read():
    notebook = yaml_format.read(
        f"{HEAD}    packages: ['psycopg[binary]', jupyter-runt]\n    variables: [HOME]{TAIL}", "n.yml"
    )
    assert notebook.requires == {"packages": ["psycopg[binary]", "jupyter-runt"], "variables": ["HOME"]}


@pytest.mark.parametrize("given", ["", "metadata: {requires: }\n", "metadata: {requires: {packages: }}\n"])
def test_a_notebook_that_says_nothing_needs_nothing(given):
    assert yaml_format.read(f"{given}cells: [{{source: '1'}}]\n", "n.yml").requires == {"packages": [], "variables": []}


@pytest.mark.parametrize(
    ("given", "column", "told"),
    [
        ("packages: psycopg", 15, "expected a list"),
        ("packages: [psycopg>=3]", 16, "a package's name"),
        ("packages: ['psycopg[binary']", 16, "a package's name"),
        ("packages: [3]", 16, "a package's name"),
        ("packages: ['../x y']", 16, "a package's name"),
        ("variables: [$HOME]", 17, "a variable's name"),
        ("package: [psycopg]", 5, "did you mean 'packages'?"),
        ("servers: [db]", 5, "known are packages, variables"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(given, column, told):
    with pytest.raises(NotebookError) as caught:
        yaml_format.read(f"{HEAD}    {given}{TAIL}", "n.yml")
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (3, column)
    assert told in str(problem)


def test_it_survives_the_way_to_ipynb_and_back():
    notebook = yaml_format.read(f"{HEAD}    packages: [psycopg]{TAIL}", "n.yml")
    text = ipynb_writer.write(notebook)
    assert json.loads(text)
    assert ipynb_format.read(text, "n.ipynb").requires == notebook.requires
