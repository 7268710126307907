"""Documents cannot lie: their notebooks load, their commands parse, their targets and files exist."""

from __future__ import annotations

import re

import pytest
import yaml

from jupyter_runt.notebook import yaml_format
from tests.guards.markdown import SHELLS, Block, blocks, commands, document
from tests.guards.source import ROOT

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")
BLOCKS = [block for name in DOCUMENTS for block in blocks(name)]
COMMANDS = [(block, words) for block in BLOCKS if block.language in SHELLS for words in commands(block)]
NOTEBOOKS = [
    block for block in BLOCKS if block.language in {"yaml", "yml"} and re.search(r"^cells:", block.text, re.MULTILINE)
]
OURS = [(block, words) for block, words in COMMANDS if words[:2] == ["jupyter", "runt"] or words[0] == "jupyter-runt"]

# A status that a shell or CI may see, and what README has to say of.
EXIT_CODES = {0, 1, 2, 3, 4, 5, 6, 7, 70, 129, 130, 143}


def test_the_documents_show_commands_and_a_notebook():
    assert document("README.md"), "README.md is missing"
    assert any(block.document == "README.md" for block, _ in OURS)
    assert any(block.document == "README.md" for block in NOTEBOOKS)


@pytest.mark.parametrize("block", NOTEBOOKS, ids=str)
def test_a_notebook_shown_loads(block):
    assert yaml_format.read(block.text, str(block)).cells


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language in {"yaml", "yml"}], ids=str)
def test_yaml_shown_is_yaml(block):
    assert yaml.safe_load(block.text) is not None


@pytest.mark.parametrize(
    ("block", "words"), OURS, ids=lambda value: " ".join(value) if isinstance(value, list) else str(value)
)
def test_a_command_shown_parses(block, words):
    from jupyter_runt.cli.main import build_parser

    refused: str | int | None = 0
    try:
        build_parser().parse_args(words[2:] if words[0] == "jupyter" else words[1:])
    except SystemExit as stop:
        refused = stop.code
    assert not refused, f"{block}: {' '.join(words)} is refused"


def test_every_make_target_shown_exists():
    targets = set(re.findall(r"^([a-z-]+):(?!=)", document("Makefile"), re.MULTILINE))
    shown = {
        word for _, words in COMMANDS if words[0] == "make" for word in words[1:] if re.fullmatch(r"[a-z-]+", word)
    }
    assert shown <= targets


def test_every_notebook_named_in_a_command_exists():
    named = {word for _, words in COMMANDS for word in words if word.startswith(("notebooks/", "tests/", "kernels/"))}
    assert not {word for word in named if not (ROOT / word).exists()}


def test_every_exit_code_has_its_row_in_the_readme():
    rows = {int(code) for code in re.findall(r"^\| *`?(\d+)`? *\|", document("README.md"), re.MULTILINE)}
    assert rows >= EXIT_CODES


def test_the_guard_reads_commands_as_a_shell_would():
    text = "```console\n$ make run\noutput | not a command\n$ jupyter runt ls \\\n    --limit 3 | head  # newest\n```\n"
    (block,) = blocks("X.md", text)
    assert block == Block("X.md", 2, "console", block.text)
    assert commands(block) == [["make", "run"], ["jupyter", "runt", "ls", "--limit", "3"]]
