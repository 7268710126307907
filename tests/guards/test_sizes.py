"""A file that grows past 400 lines, or a function past 60, has two jobs."""

from __future__ import annotations

import ast

import pytest

from tests.guards.source import PACKAGE, modules, place

FILE_LINES = 400
FUNCTION_LINES = 60
LONG_FILES = {
    "kernel/agent.py": "put into foreign environments as one file, so it cannot be two",
}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_and_its_functions_stay_small(path):
    text = path.read_text("utf-8")
    faults = []
    lines = len(text.splitlines())
    if lines > FILE_LINES and str(path.relative_to(PACKAGE)) not in LONG_FILES:
        faults.append(f"{place(path, 1)}: {lines} lines, at most {FILE_LINES}")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                faults.append(f"{place(path, node.lineno)}: {node.name} has {length} lines, at most {FUNCTION_LINES}")
    assert not faults, "\n".join(faults)
