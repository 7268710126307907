"""What a notebook says of who is told of its runs: `metadata.notify`."""

from __future__ import annotations

import json

import pytest

from jupyter_runt.errors import NotebookError
from jupyter_runt.notebook import ipynb_format, ipynb_writer, yaml_format, yaml_writer
from jupyter_runt.notebook.model import Notebook

SECRET = "https://hooks.slack.com/services/T000/B000/s3cret"
TAIL = "\ncells: [{source: '1'}]\n"


def test_words_and_references_are_read_and_survive_a_conversion_there_and_back():
    text = "metadata:\n  notify: {on: [failed, waiting], to: ['${SLACK_WEBHOOK_URL}', '${file:~/hook}', '${MAYBE:-}']}"
    first = yaml_format.read(f"{text}{TAIL}", "n.yml")
    there = ipynb_format.read(ipynb_writer.write(first))
    back = yaml_format.read(yaml_writer.write(there))
    wanted = {"on": ["failed", "waiting"], "to": ["${SLACK_WEBHOOK_URL}", "${file:~/hook}", "${MAYBE:-}"]}
    assert first.notify == there.notify == back.notify == wanted


@pytest.mark.parametrize("given", ["", "metadata: {notify: }\n", "metadata: {notify: {on: , to: }}\n"])
def test_a_notebook_that_says_nothing_leaves_it_to_the_configuration(given):
    assert yaml_format.read(f"{given}{TAIL}", "n.yml").notify == {"on": None, "to": None}


@pytest.mark.parametrize(
    ("given", "column", "told"),
    [
        ("on: failed", 9, "metadata.notify.on: expected a list"),
        ("on: [failde]", 10, "(did you mean 'failed'?)"),
        ("on: [true]", 10, "expected one of failed, critical, warning, no_data, recovered, waiting, succeeded, ended"),
        ("too: ['${A}']", 5, "unknown key 'too' in metadata.notify (did you mean 'to'?)"),
        ("by: mail", 5, "known are on, to"),
        (f"to: ['{SECRET}']", 10, "metadata.notify.to[0]: expected a reference to the target's URL, which is a secret"),
        (f"to: ['${{A}}', '{SECRET}']", 18, "put its URL into a variable of the worker and write ${NAME}"),
        (f"to: ['${{A:-{SECRET}}}']", 10, "expected a reference"),
        (f"to: ['${{A}} {SECRET}']", 10, "expected a reference"),
        ("to: ['mailto://jo:s3cret@example.org']", 10, "expected a reference"),
        ("to: [{slack: s3cret}]", 10, "expected a reference"),
        (f"to: '{SECRET}'", 9, "metadata.notify.to: expected a list of references"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place_and_without_what_may_be_a_secret(given, column, told):
    with pytest.raises(NotebookError) as caught:
        yaml_format.read(f"metadata:\n  notify:\n    {given}{TAIL}", "n.yml")
    said = str(caught.value)
    assert f"n.yml:3:{column}: " in said
    assert told in said
    assert "s3cret" not in said


def test_a_url_in_place_of_the_mapping_is_not_shown_either():
    with pytest.raises(NotebookError) as caught:
        yaml_format.read(f"metadata: {{notify: '{SECRET}'}}{TAIL}", "n.yml")
    assert "metadata.notify: expected a mapping" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_an_ipynb_file_is_checked_alike():
    inner = {"jupyter_runt": {"metadata": {"notify": {"on": ["failde"], "to": [SECRET]}}}}
    with pytest.raises(NotebookError) as caught:
        ipynb_format.read(json.dumps({"cells": [], "metadata": inner, "nbformat": 4, "nbformat_minor": 5}))
    assert "notify.on[0]: expected one of" in str(caught.value)
    assert "notify.to[0]: expected a reference" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("kept", [3, "all", [1], {"on": "failed", "to": 5}])
def test_what_an_earlier_release_kept_without_a_look_is_no_reason_to_fail(kept):
    assert Notebook(metadata={"notify": kept}).notify == {"on": None, "to": None}
