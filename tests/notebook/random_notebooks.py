"""Notebooks at random, with what has broken YAML and notebook tools before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from jupyter_runt.notebook import Cell, Notebook
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
