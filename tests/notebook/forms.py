"""What a form takes and what it refuses: forms.json, by which both sides are tested, this one and the panel's.

`python -m tests.notebook.forms` writes it anew after its notebook or its cases were changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_runt.errors import ParameterError
from jupyter_runt.notebook import form, parameters, values
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.notebook.references import masked

PATH = Path(__file__).with_name("forms.json")


def read() -> dict[str, Any]:
    """`notebook`, what is told of it (`described`), and `cases` of values for one parameter."""
    return dict(json.loads(PATH.read_text()))


def notebook(told: dict[str, Any]) -> Notebook:
    """The file's notebook, where it wants for nothing but what a case is about."""
    return Notebook(parameters=values.from_json(told["parameters"]), parameter_schema=told["parameter_schema"])


def described(told: dict[str, Any]) -> dict[str, Any]:
    """What the server tells of it."""
    made = notebook(told)
    return {
        "parameters": form.shown(made, {}),
        "schema": form.schema(made),
        "secrets": sorted(parameters.secrets(made)),
        "needs": parameters.needs(made),
    }


def is_refused(told: dict[str, Any], name: str, value: Any) -> bool:
    """Whether a run with this value is; references and secrets as `client.request` sees them."""
    given = {"region": "north", "password": "${P}", "opened": "${O}", name: values.from_json(value)}
    try:
        merged = parameters.merge(notebook(told), [given])
    except ParameterError:
        return True
    secret = parameters.secrets(notebook(told))
    return any(masked(merged[each]) != merged[each] for each in secret & merged.keys())


def text(told: dict[str, Any]) -> str:
    """The file: a line for each case."""
    cases = [json.dumps(each, ensure_ascii=False) for each in told["cases"]]
    parts = {name: json.dumps(told[name], ensure_ascii=False) for name in ("notebook", "described")}
    lines = ",\n".join(cases)
    return f'{{"notebook": {parts["notebook"]},\n"described": {parts["described"]},\n"cases": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    found = read()
    PATH.write_text(text({**found, "described": described(found["notebook"])}))
