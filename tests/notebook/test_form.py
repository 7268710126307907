"""What is told of a notebook's parameters, and what values they take: the same as the panel's form, which reads this file too."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from jupyter_runt.notebook import form
from jupyter_runt.notebook.model import Notebook
from tests.notebook import forms

TOLD = forms.read()


def test_the_panel_s_tests_read_what_the_server_tells():
    assert TOLD["described"] == forms.described(TOLD["notebook"]), "python -m tests.notebook.forms writes it anew"


@pytest.mark.parametrize("case", TOLD["cases"], ids=lambda case: f"{case['name']}={case['value']!r:.30}")
def test_a_value_is_taken_or_refused_as_the_panel_s_form_does_it(case: dict[str, Any]):
    assert forms.is_refused(TOLD["notebook"], case["name"], case["value"]) == case["refused"]


def test_the_schema_is_one_of_its_dialect_and_has_no_keys_of_ours():
    schema = form.schema(forms.notebook(TOLD["notebook"]))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == form.DIALECT
    assert not [key for each in schema["properties"].values() for key in each if key.startswith("x-")]


def test_what_an_earlier_run_was_given_stands_over_the_defaults_and_secrets_in_it_stay_hidden():
    notebook = Notebook(parameters={"size": 1, "token": "${A}"}, parameter_schema={"other": {"type": "string"}})
    shown = form.shown(notebook, {"size": 2, "token": "abc", "db_password": "def"})
    assert shown == {"size": 2, "token": "********", "other": None, "db_password": "********"}
