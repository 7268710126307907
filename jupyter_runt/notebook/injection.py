"""Puts a run's parameter values into a notebook, as a cell of literals in the kernel's language (Python, so far).

There are two texts of that cell. `inject` writes the one that may be seen and stored: references as references, literal
secrets masked. The one that the kernel executes is `python_source(resolved values)`, made where the kernel starts.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from jupyter_runt.errors import NotSupportedYet, ParameterError
from jupyter_runt.notebook.model import INJECTED_TAG, PARAMETERS_TAG, Cell, Notebook, unused
from jupyter_runt.notebook.references import masked

CELL_ID = "parameters"


def inject(notebook: Notebook, values: Mapping[str, Any], language: str, secrets: Collection[str] = ()) -> Notebook:
    """The notebook with a cell of `values`; the same notebook when there are none.

    The cell replaces an earlier injected one, else follows the cell tagged `parameters`, else comes first. Literal
    values of secrets are masked in the cell and in the notebook's own defaults. Raises ParameterError for a name that
    no variable can have, and NotSupportedYet for other languages than Python.
    """
    if not values:
        return notebook
    if language.lower() not in ("python", "ipython", ""):
        raise NotSupportedYet(
            f"parameters for {language} notebooks are not supported yet",
            remedy="take the parameters out of the file, and read the values from the environment in its first cell",
        )
    source = python_source({name: masked(value) if name in secrets else value for name, value in values.items()})
    cells = list(notebook.cells)
    earlier = next((index for index, cell in enumerate(cells) if INJECTED_TAG in cell.tags), None)
    if earlier is not None:
        cells[earlier] = replace(cells[earlier], cell_type="code", source=source, outputs=(), execution_count=None)
    else:
        taken = {cell.id for cell in cells}
        cell_id = CELL_ID if CELL_ID not in taken else unused(INJECTED_TAG, taken)
        tagged = next((index for index, cell in enumerate(cells) if PARAMETERS_TAG in cell.tags), -1)
        cells.insert(tagged + 1, Cell(id=cell_id, source=source, tags=(INJECTED_TAG,)))
    return replace(mask(notebook, secrets), cells=tuple(cells))


def injected(notebook: Notebook) -> Cell | None:
    """The cell that `inject` made, or found."""
    return next((cell for cell in notebook.cells if INJECTED_TAG in cell.tags), None)


def mask(notebook: Notebook, secrets: Collection[str]) -> Notebook:
    """The notebook with the literal defaults of secrets masked, to be stored."""
    defaults = {name: masked(value) if name in secrets else value for name, value in notebook.parameters.items()}
    return replace(notebook, parameters=defaults)


def python_source(values: Mapping[str, Any]) -> str:
    """Assignments, one `name = literal` a line, that give Python exactly these values."""
    for name in values:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ParameterError(f"{name!r} cannot be the name of a variable", remedy="use letters, digits and _ only")
    return "\n".join(f"{name} = {_literal(value)}" for name, value in values.items())


def _literal(value: Any) -> str:
    match value:
        case float() if not math.isfinite(value):
            return f'float("{value!r}")'
        case str():
            return _text(value)
        case list() | tuple():
            return f"[{', '.join(map(_literal, value))}]"
        case Mapping():
            return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
        case date():
            return _date(value)
        case None | bool() | int() | float():
            return repr(value)
        case _:
            raise ParameterError(f"a parameter cannot be a {type(value).__name__}")


def _text(value: str) -> str:
    """A string literal in double quotes, as formatters write it; `repr` escapes all that does not print."""
    inner = repr(value + '"')[1:-2]
    # The appended quote makes repr choose single quotes, unless there are both kinds; then it escapes the single ones.
    return '"' + inner.replace("\\'", "'").replace('"', '\\"') + '"'


def _date(value: date) -> str:
    # Not an import line: that would define a name in the user's namespace, which a parameter may have as well.
    if not isinstance(value, datetime):
        return f'__import__("datetime").date({value.year}, {value.month}, {value.day})'
    return f'__import__("datetime").datetime.fromisoformat("{value.isoformat()}")'
