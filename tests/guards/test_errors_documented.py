"""One drawn tree of errors, true to the classes, each with its exit code where users look."""

from __future__ import annotations

import ast
import re

import pytest

from jupyter_runt import errors
from tests.guards.markdown import document
from tests.guards.source import PACKAGE, modules, place

NODE = re.compile(r"^ {4}(?P<branches>[│├└─ ]*)(?P<name>[A-Z]\w+) +(?P<exit>\d+) +(?P<http>\d+)")
INDENT = 4


def classes() -> dict[str, type[errors.RuntError]]:
    return {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.RuntError)
    }


def drawn(text: str) -> dict[str, tuple[str | None, int, int]]:
    """Name to (parent, exit code, HTTP status), as the tree in a docstring shows it."""
    path: list[str] = []
    found: dict[str, tuple[str | None, int, int]] = {}
    for line in text.splitlines():
        if node := NODE.match(line):
            depth = len(node["branches"]) // INDENT
            path[depth:] = [node["name"]]
            found[node["name"]] = (path[depth - 1] if depth else None, int(node["exit"]), int(node["http"]))
    return found


def test_the_drawn_tree_agrees_with_the_classes():
    real = {
        name: (None if error is errors.RuntError else error.__bases__[0].__name__, error.exit_code, error.http_status)
        for name, error in classes().items()
    }
    assert drawn(errors.__doc__ or "") == real


@pytest.mark.parametrize("name", classes())
def test_an_error_is_documented_with_its_exit_code(name):
    rows = [line for text in map(document, ("ARCHITECTURE.md", "README.md")) for line in text.splitlines()]
    code = classes()[name].exit_code
    assert any(re.search(rf"\b{name}\b", row) and re.search(rf"(?<![\w.]){code}(?![\w.])", row) for row in rows), (
        f"no line of ARCHITECTURE.md or README.md names {name} with its exit code {code}"
    )


@pytest.mark.parametrize("name", classes())
def test_an_error_says_what_its_name_cannot(name):
    assert classes()[name].__doc__


def test_no_error_is_defined_outside_the_tree():
    strays = [
        f"{place(path, node.lineno)}: {node.name}"
        for path in modules()
        if path != PACKAGE / "errors.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        and {ast.unparse(base).rpartition(".")[2] for base in node.bases} & classes().keys()
    ]
    assert not strays
