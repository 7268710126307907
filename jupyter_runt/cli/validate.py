"""`validate`: every fault of every file, with its place."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from jupyter_runt.cli.context import print_json, say
from jupyter_runt.errors import NotebookError, Problem

EXAMPLES = "jupyter runt validate notebooks/*.yml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="notebook files, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    found: list[dict[str, Any]] = []
    for name in args.files:
        problems = _problems(name)
        found.append({"file": name, "valid": not problems, "problems": [_json(problem) for problem in problems]})
        if not args.json:
            for problem in problems:
                print(problem)
            if not problems:
                say(f"{name}: valid")
    if args.json:
        print_json(found)
    return 0 if all(each["valid"] for each in found) else 2


def _problems(name: str) -> list[Problem]:
    from jupyter_runt.notebook import features, library, parameters

    try:
        notebook = library.load(name, sys.stdin.buffer.read() if name == "-" else None)
    except NotebookError as error:
        return error.problems
    return [*parameters.schema_problems(notebook), *features.unsupported(notebook)]


def _json(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in Problem.__slots__}
