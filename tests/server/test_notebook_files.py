"""Notebooks that are no runs, over HTTP: convert, validate; and what can be run by name, and where."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from tests.server.live import LiveServer

SERVER = {"start_worker": False}
YAML = """\
metadata:
  title: Größe
parameters:
  day: 2026-11-20
  api_token: ${TOKEN}
parameter_schema:
  day: {description: The day}
cells:
  - id: a
    source: |
      print(day)
"""
FAULTY = """\
cells:
  - id: a
    sourc: print(1)
  - id: a
    source: print(2)
    timeout: soon
"""


def convert(live: LiveServer, **body: Any) -> Any:
    answer = live.post("runt/api/convert", json=body)
    assert answer.status == 200, answer.text
    return answer.json()


def test_yaml_becomes_an_ipynb_object_and_comes_back_whole(live):
    made = convert(live, notebook=YAML, to="ipynb")
    assert made["format"] == "ipynb"
    nbformat.validate(nbformat.from_dict(made["notebook"]))
    assert made["notebook"]["metadata"]["title"] == "Größe"
    back = convert(live, notebook=made["notebook"], to="yaml")
    assert back["format"] == "yaml"
    again = convert(live, notebook=back["notebook"], name="n.yml", to="ipynb")
    assert again == made


def test_a_text_may_be_an_ipynb_file_and_keeps_its_outputs_when_asked(live):
    output = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
    cell = {
        "cell_type": "code",
        "id": "a",
        "source": "print(1)",
        "metadata": {},
        "execution_count": 1,
        "outputs": [output],
    }
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    assert "stdout" not in convert(live, notebook=text, to="yaml")["notebook"]
    assert "stdout" in convert(live, notebook=text, to="yaml", outputs=True)["notebook"]
    assert convert(live, notebook=text, to="ipynb")["notebook"]["cells"][0]["outputs"] == [output]
    assert convert(live, notebook=text, to="ipynb", outputs=False)["notebook"]["cells"][0]["outputs"] == []


def test_what_json_has_no_word_for_is_no_fault(live):
    text = (
        YAML
        + "    outputs: [{output_type: display_data, data: {application/json: .nan}, metadata: {at: 2026-11-20}}]\n"
    )
    (cell,) = convert(live, notebook=text, to="ipynb", outputs=True)["notebook"]["cells"]
    assert cell["outputs"][0]["data"]["application/json"] is None


def test_a_bad_notebook_is_no_notebook_to_convert_and_all_its_faults_have_their_places(live):
    answer = live.post("runt/api/convert", json={"notebook": FAULTY, "name": "bad.yml", "to": "ipynb"})
    assert (answer.status, answer.json()["error"]) == (422, "notebook_error")
    places = [(each["path"], each["line"], each["column"]) for each in answer.json()["details"]]
    assert {("bad.yml", 3, 5), ("bad.yml", 4, 9), ("bad.yml", 6, 14)} <= set(places)
    assert all(each["message"] for each in answer.json()["details"])


def test_validating_tells_the_same_faults_as_an_answer(live):
    refused = live.post("runt/api/convert", json={"notebook": FAULTY, "name": "bad.yml", "to": "ipynb"}).json()
    answer = live.post("runt/api/validate", json={"notebook": FAULTY, "name": "bad.yml"})
    assert answer.status == 200
    assert answer.json() == {"valid": False, "problems": refused["details"]}
    assert live.post("runt/api/validate", json={"notebook": YAML}).json() == {"valid": True, "problems": []}


def test_an_object_has_faults_without_places(live):
    (problem,) = live.post("runt/api/validate", json={"notebook": {"nbformat": 4, "cells": 7}}).json()["problems"]
    assert (problem["line"], problem["column"]) == (0, 0)
    assert "cells" in problem["message"]


def test_what_a_later_release_brings_is_a_problem_with_its_line(live):
    text = "cells:\n  - id: a\n    cell_type: sql\n    source: select 1\n"
    (problem,) = live.post("runt/api/validate", json={"notebook": text}).json()["problems"]
    assert problem["line"] == 4
    assert "not supported yet" in problem["message"]


@pytest.mark.parametrize(
    "notebook",
    ["\0", "   ", "a: &a [*a]", "{" * 5000, "!!python/object:os.system {}", "cells: " + "[" * 3000, '{"cells": 1e999}', "\ufeff"],
    ids=["binary", "empty", "cycle", "deep JSON", "tag", "deep YAML", "infinite", "mark"],
)  # fmt: skip
def test_nonsense_is_told_to_be_nonsense(live, notebook):
    answer = live.post("runt/api/validate", json={"notebook": notebook})
    assert (answer.status, answer.json()["valid"]) == (200, False)
    assert live.post("runt/api/convert", json={"notebook": notebook, "to": "yaml"}).status == 422


@pytest.mark.parametrize(
    "body", [{}, {"notebook": 7}, {"notebook": YAML, "to": "pdf"}, {"notebook": YAML, "to": "yaml", "more": 1}, []]
)
def test_a_body_of_another_shape_is_refused(live, body):
    answer = live.post("runt/api/convert", json=body)
    assert (answer.status, answer.json()["error"]) == (400, "bad_request")


def test_a_conventional_conversion_writes_as_people_do(live):
    made = convert(live, notebook=YAML, to="ipynb", conventional=True)["notebook"]
    assert made["cells"][0]["source"] == ["print(day)"]
    made["metadata"]["language_info"] = {"name": "python", "version": "3.11"}
    made["cells"].append({"cell_type": "code", "id": "b", "source": 'print("x")', "metadata": {}})
    back = convert(live, notebook=made, to="yaml", conventional=True)["notebook"]
    assert "    source: |\n      print(day)\n" in back
    assert back.endswith('    source: |\n      print("x")\n')
    assert "  language_info:\n    name: python\n" in back
    assert "version" not in back
    made["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    assert "language_info" not in convert(live, notebook=made, to="yaml", conventional=True)["notebook"]


def test_the_text_of_an_ipynb_file_has_numbers_that_javascript_has_not(live):
    text = YAML.replace("parameters:", "parameters:\n  share: 1.0\n  big: 12345678901234567890")
    made = convert(live, notebook=text, to="ipynb", as_text=True)["notebook"]
    assert '"share": 1.0' in made
    assert '"big": 12345678901234567890' in made


# -- editing -----------------------------------------------------------------------------------------------------------


def test_an_edit_is_carried_over_to_the_file_and_the_rest_stays_as_it_was_written(live):
    text = YAML.replace("  title:", "  # a comment\n  title:")
    before = convert(live, notebook=text, to="ipynb")["notebook"]
    edited = json.loads(json.dumps(before))
    edited["cells"][0]["source"] = "print(day, 2)"
    answer = convert(live, notebook=edited, to="yaml", base={"text": text, "notebook": before})
    told = {"format": "yaml", "anew": False, "comments_lost": 0}
    assert answer == {**told, "notebook": text.replace("print(day)", "print(day, 2)")}
    aliased = text.replace("cells:", "a: &a [1]\nb: *a\ncells:")
    before = convert(live, notebook=aliased, to="ipynb")["notebook"]
    edited = json.loads(json.dumps(before))
    edited["metadata"]["jupyter_runt"]["extra"]["a"] = [2]
    answer = convert(live, notebook=edited, to="yaml", base={"text": aliased, "notebook": before})
    assert (answer["anew"], answer["comments_lost"]) == (True, 1)


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (400, {"to": "ipynb"}),
        (400, {"notebook": YAML}),
        (400, {"notebook": {"worksheets": []}}),
        (400, {"notebook": {"cells": [], "nbformat": 3}}),
        (400, {"base": {"text": YAML, "notebook": {"cells": []}}}),
        (400, {"base": {"text": YAML, "notebook": "cells: []"}}),
        (400, {"base": {"text": YAML}}),
        (422, {"base": {"text": "cells: 7", "notebook": {"cells": []}}}),
        (422, {"notebook": {"cells": [7]}}),
        (422, {"notebook": {"cells": "x"}}),
        (200, {"notebook": {"cells": [{"cell_type": "code", "source": "", "id": ["x"]}]}}),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(live, status, change):
    same = convert(live, notebook=YAML, to="ipynb")["notebook"]
    body = {"notebook": same, "to": "yaml", "base": {"text": YAML, "notebook": same}, **change}
    assert live.post("runt/api/convert", json=body).status == status


# -- catalogue ---------------------------------------------------------------------------------------------------------


def test_templates_are_listed_and_one_tells_its_parameters_and_source(live):
    listed = {each["name"]: each for each in live.get("runt/api/templates").json()["templates"]}
    assert {"example", "simple-health-check", "data-analysis"} <= set(listed)
    one = live.get("runt/api/templates/example").json()
    assert one["source"].lstrip().startswith(("#", "metadata", "cells"))
    assert (one["format"], one["title"]) == ("yaml", listed["example"]["title"])
    assert [each["name"] for each in one["parameters"]] == listed["example"]["parameters"]
    assert all({"type", "default", "required", "secret"} <= set(each) for each in one["parameters"])


def test_an_unknown_template_is_told_which_there_are(live):
    for name in ("nope", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd"):
        answer = live.get(f"runt/api/templates/{name}")
        assert (answer.status, answer.json()["error"]) == (404, "not_found")
        assert "simple-health-check" in answer.json()["remedy"]


def test_runtimes_are_the_kernelspecs_of_the_server(live):
    live.runt.kernelspec("other", {"argv": ["python", "{connection_file}"], "display_name": "Other", "language": "odd"})
    found = {each["name"]: each for each in live.get("runt/api/runtimes").json()["runtimes"]}
    assert found["python3"]["default"] is True
    assert (found["other"]["display_name"], found["other"]["language"], found["other"]["default"]) == (
        "Other",
        "odd",
        False,
    )
