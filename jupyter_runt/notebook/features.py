"""What a notebook asks for and this release does not have: refused by name, or left out and said so."""

from __future__ import annotations

from dataclasses import replace

from jupyter_runt.errors import Problem
from jupyter_runt.notebook.model import LATER_KEYS, LATER_TYPES, SKIP_TAG, Cell, Notebook

_REMEDY = "take it out, or run with --skip-unsupported"


def unsupported(notebook: Notebook) -> list[Problem]:
    """One problem for each feature of each cell that is not supported yet, with the cell's place."""
    return [
        Problem(f"cell {cell.id!r}: {_name(feature)} not supported yet", notebook.source_path, cell.line, 0, _REMEDY)
        for cell in notebook.cells
        for feature in cell.unsupported
    ]


def without_unsupported(notebook: Notebook) -> tuple[Notebook, list[Problem]]:
    """The notebook without those features, and what was left out. Cells of later types stay, tagged to be skipped."""
    left_out = [
        Problem(f"cell {cell.id!r}: {_consequence(feature)}", notebook.source_path, cell.line)
        for cell in notebook.cells
        for feature in cell.unsupported
    ]
    return replace(notebook, cells=tuple(map(_reduced, notebook.cells))), left_out


def _reduced(cell: Cell) -> Cell:
    if not cell.unsupported:
        return cell
    extra = {key: value for key, value in cell.extra.items() if key not in LATER_KEYS}
    tags = cell.tags if cell.skip or cell.cell_type not in LATER_TYPES else (*cell.tags, SKIP_TAG)
    return replace(cell, extra=extra, tags=tags)


def _name(feature: str) -> str:
    return f"{feature} are" if feature.endswith("cells") else f"`{feature}` is"


def _consequence(feature: str) -> str:
    if feature.endswith("cells"):
        return f"skipped, {feature} are not supported yet"
    return f"runs without `{feature}`, which is not supported yet"
