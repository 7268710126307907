"""Fenced blocks and tables of the project's documents, as the guards read them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from tests.guards.source import ROOT

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)?[^\n]*\n(?P<text>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)
SHELLS = {"console", "bash", "sh", "shell"}
# What ends a command's own arguments.
OPERATORS = {"|", "||", "&", "&&", ";", ">", ">>", "<", "2>"}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `line` is where its text begins in the document."""

    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def document(name: str) -> str:
    """A document's text; '' while nobody has written it."""
    path = ROOT / name
    return path.read_text("utf-8") if path.exists() else ""


def blocks(name: str, text: str | None = None) -> list[Block]:
    """All fenced blocks of a document."""
    text = document(name) if text is None else text
    return [
        Block(name, text.count("\n", 0, found.start("text")) + 1, found["language"] or "", found["text"])
        for found in FENCE.finditer(text)
    ]


def commands(block: Block) -> list[list[str]]:
    """The commands of a shell block as argument lists: prompts, comments and redirections taken away, long lines joined.

    In a block with prompts the other lines are output.
    """
    lines = block.text.replace("\\\n", " ").splitlines()
    prompted = [line.strip().removeprefix("$ ") for line in lines if line.strip().startswith("$ ")]
    found = []
    for line in prompted or lines:
        words: list[str] = []
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        for word in [*lexer, ";"]:
            if word not in OPERATORS:
                words.append(word)
            elif words:
                found.append(words)
                if word not in {"&&", "||", ";"}:
                    break
                words = []
    return found
