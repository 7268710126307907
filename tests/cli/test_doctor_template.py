"""`doctor --template` says what a notebook still needs before it can be run from here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.runt import Runt

NOTEBOOK = """\
metadata:
  title: "Needy"
  requires: {packages: [jupyter-runt, no-such-package-of-anybody], variables: [RT_READ_BY_ITSELF]}
parameters:
  api_token: "${RT_TOKEN}"
  url: "https://${RT_HOST}:${RT_PORT:-443}/"
  key: "${file:the-key}"
  day: "${DATE}"
  count: null
parameter_schema:
  api_token: {type: string, description: "With every permission"}
  count: {type: integer, x-required: true, description: "How many"}
cells: [{source: "1"}]
"""


@pytest.fixture
def needy(runt: Runt) -> Runt:
    runt.write("data/jupyter_runt/templates/needy.yml", NOTEBOOK)
    return runt


def found(
    runt: Runt, name: str = "needy", *, code: int = 1, env: dict[str, str] | None = None
) -> dict[str, dict[str, str]]:
    """What is found, as check -> what it is about -> level."""
    told: dict[str, dict[str, str]] = {}
    for each in runt("doctor", "--template", name, "--json", code=code, env=env).json():
        told.setdefault(each["check"], {})[each["finding"].split()[0].rstrip(":")] = each["level"]
    return told


def test_everything_that_is_missing_is_told_at_once(needy: Runt):
    assert found(needy) == {
        "template": {"needy": "ok"},
        "runtime": {"python3": "ok"},
        "package": {"jupyter-runt": "ok", "no-such-package-of-anybody": "FAIL"},
        "variable": {"RT_TOKEN": "FAIL", "RT_HOST": "FAIL", "RT_PORT": "note", "RT_READ_BY_ITSELF": "FAIL"},
        "file": {"the-key": "FAIL"},
        "parameter": {"count": "FAIL"},
    }


def test_a_line_says_what_for_and_what_to_do(needy: Runt):
    said = needy("doctor", "--template", "needy", code=1).out
    assert "RT_TOKEN is not set, and the parameter api_token wants it (With every permission): set it" in said
    assert "no-such-package-of-anybody is missing in python3:" in said
    assert "-m pip install no-such-package-of-anybody" in said
    assert "count has no value: -p count VALUE (How many)" in said


def test_what_is_there_is_in_order_and_no_value_is_told(needy: Runt):
    needy.write("the-key", "a-private-key")
    env = dict.fromkeys(("RT_TOKEN", "RT_HOST", "RT_PORT", "RT_READ_BY_ITSELF"), "the-value-of-it")
    told = found(needy, env=env)
    assert set(told["variable"].values()) == set(told["file"].values()) == {"ok"}
    said = needy("doctor", "--template", "needy", env=env, code=1).out
    assert "the-value-of-it" not in said
    assert "a-private-key" not in said


def test_a_template_that_needs_nothing_is_in_order(runt: Runt):
    assert set(found(runt, "example", code=0)) == {"template", "runtime"}


def test_a_notebooks_file_may_be_named_too(runt: Runt):
    assert found(runt, runt.cells("1"), code=0)["template"] == {"n.yml": "ok"}


def test_packages_are_looked_for_where_the_kernel_runs(runt: Runt):
    runt.write("bin/elsewhere", '#!/bin/sh\necho \'{"numpy": "9.9"}\'\n')
    (runt.home / "bin/elsewhere").chmod(0o755)
    spec = {
        "argv": [str(runt.home / "bin/elsewhere"), "-f", "{connection_file}"],
        "display_name": "E",
        "language": "python",
    }
    runt.kernelspec("elsewhere", spec)
    runt.cells("1", metadata={"runtime": "elsewhere", "requires": {"packages": ["numpy"]}})
    assert "package    numpy 9.9\n" in runt("doctor", "--template", "n.yml").out


@pytest.mark.parametrize(
    ("spec", "check", "level", "told"),
    [
        (
            {"argv": ["/bin/true", "-f"], "language": "R"},
            "package",
            "note",
            "nobody knows whether a kernel of R has them",
        ),
        ({"argv": ["/bin/true", "-f"], "language": "python"}, "package", "FAIL", "does not say which packages it has"),
        ({"argv": ["/no/such/program"], "language": "python"}, "runtime", "FAIL", "is missing"),
        (None, "runtime", "FAIL", "There is no runtime 'other'"),
    ],
)
def test_a_runtime_that_cannot_be_asked_is_told_of(runt: Runt, spec: dict[str, Any] | None, check, level, told):
    if spec is not None:
        runt.kernelspec("other", {"display_name": "O", **spec})
    runt.cells("1", metadata={"runtime": "other", "requires": {"packages": ["numpy"]}})
    ended = runt("doctor", "--template", "n.yml", "--json", code=int(level == "FAIL"))
    (line,) = [each for each in ended.json() if each["check"] == check]
    assert line["level"] == level
    assert told in line["finding"]


def test_a_feature_of_a_later_release_is_told_of(runt: Runt):
    runt.write("n.yml", json.dumps({"cells": [{"source": "1", "when": "True"}]}))
    assert "`when` is not supported yet" in runt("doctor", "--template", "n.yml", code=1).out


def test_a_name_that_nothing_has_is_answered_with_what_was_meant(runt: Runt):
    assert "did you mean 'example'?" in runt("doctor", "--template", "exampel", code=2).err


def test_there_is_nothing_to_fix_about_a_template(runt: Runt):
    assert "not allowed with" in runt("doctor", "--fix", "--template", "example", code=2).err
