"""A run's end follows its health: real runs, their exit codes, and what is told of them."""

from __future__ import annotations

import json

import pytest

from jupyter_runt.errors import NotebookError
from jupyter_runt.notebook import ipynb_format, ipynb_writer, yaml_format, yaml_writer
from jupyter_runt.run.health import MIME
from tests.cli.runt import Runt
from tests.monitoring.reading import view

CHECK = """\
from jupyter_runt.monitoring import Health
with Health("disk-check", subject="here") as health:
    health.check("disk", {value}, warn=85, critical=95, unit="%")
"""


def execute(runt: Runt, value: object, fail_on: str | None = "critical", *, code: int = 0, name: str = "n.yml"):
    metadata = {"fail_on": fail_on} if fail_on else {}
    return runt("execute", runt.cells(CHECK.format(value=value), metadata=metadata, name=name), code=code)


@pytest.mark.parametrize(
    ("value", "fail_on", "code", "reason"),
    [
        (97, "critical", 7, "health_critical"),
        (97, None, 0, None),
        (90, "warning", 7, "health_warning"),
        (90, "critical", 0, None),
        (None, "critical", 7, "health_no_data"),
        (50, "warning", 0, None),
    ],
)
def test_the_exit_code_is_that_of_the_health(lived_in: Runt, value, fail_on, code, reason):
    ended = execute(lived_in, value, fail_on, code=code)
    shown = view(lived_in, ended.run_id)
    assert (shown["status"], shown["reason"]) == ("failed" if code else "succeeded", reason)
    assert [cell["status"] for cell in shown["cells"]] == ["succeeded"]


def test_a_failure_by_health_is_told_with_what_is_ill(lived_in: Runt):
    ended = execute(lived_in, 97, code=7)
    told = "disk-check: here is CRITICAL, score 0; disk is 97 %, above 95 %"
    assert f"failed: {told}; fail_on: critical, 1 of 1 cell ran" in ended.err
    assert "health_critical" in lived_in("ls").out


def test_a_notebook_that_was_to_tell_its_health_and_does_not_has_failed(lived_in: Runt):
    notebook = lived_in.cells("import sys", "sys.exit(0)", CHECK.format(value=3), metadata={"fail_on": "warning"})
    ended = lived_in("execute", notebook, code=7)
    assert "it found out nothing about what it watches: no health was recorded" in ended.err


def test_the_queue_and_a_worker_say_the_same_as_execute(runt: Runt):
    notebook = runt.cells(CHECK.format(value=97), metadata={"fail_on": "critical"})
    assert "disk-check: here is CRITICAL" in runt("run", notebook, code=7).err


def test_the_report_is_a_named_result_with_text_html_and_json(lived_in: Runt):
    ended = execute(lived_in, 90)
    (listed,) = view(lived_in, ended.run_id)["results"]
    assert listed["mime"] == ["text/plain", "text/html", MIME]
    assert listed["health"] == {
        "monitor": "disk-check", "subject": "here", "status": "WARNING", "score": 50.0,
        "failing": [{"status": "WARNING", "name": "disk", "group": "", "message": "disk is 90 %, above 85 %"}],
    }  # fmt: skip
    bundle = lived_in("show", ended.run_id, "--result", "health", "--json").json()
    assert bundle[MIME]["checks"][0]["value"] == 90
    assert "<table>" in bundle["text/html"]
    assert "! WARNING" in lived_in("show", ended.run_id, "--result", "health").out


def test_a_large_report_counts_though_it_lives_in_a_blob(lived_in: Runt):
    source = f"{CHECK.format(value=97)}    for n in range(500): health.check(f'check {{n}}', n, warn=1000)\n"
    ended = lived_in("execute", lived_in.cells(source, metadata={"fail_on": "critical"}), code=7)
    with lived_in.store() as store:
        (recorded,) = [each for each in store.read(ended.run_id) if each.type == "result.recorded"]
    assert "$blob" in recorded.data["data"][MIME]
    assert recorded.data["health"]["status"] == "CRITICAL"


def test_the_key_is_checked_with_its_place_in_both_formats():
    said = "fail_on: expected one of critical, warning, found"
    with pytest.raises(NotebookError) as caught:
        yaml_format.read("metadata:\n  title: x\n  fail_on: criticl\ncells: []\n", "bad.yml")
    assert f"bad.yml:3:12: metadata.{said} the text 'criticl' (did you mean 'critical'?)" in str(caught.value)
    inner = {"jupyter_runt": {"metadata": {"fail_on": True}}}
    with pytest.raises(NotebookError) as caught:
        ipynb_format.read(json.dumps({"cells": [], "metadata": inner, "nbformat": 4, "nbformat_minor": 5}))
    assert f"{said} the boolean true" in str(caught.value)


def test_the_key_survives_a_conversion_there_and_back():
    first = yaml_format.read("metadata: {fail_on: critical}\ncells: []\n")
    there = ipynb_writer.write(first)
    assert json.loads(there)["metadata"]["jupyter_runt"]["metadata"] == {"fail_on": "critical"}
    back = yaml_writer.write(ipynb_format.read(there))
    assert "fail_on: critical" in back
    assert yaml_format.read(back).fail_on == ipynb_format.read(there).fail_on == "critical"


def test_an_ipynb_file_can_say_it_as_well(lived_in: Runt):
    notebook = yaml_format.read(
        json.dumps({"metadata": {"fail_on": "critical"}, "cells": [{"source": CHECK.format(value=97)}]})
    )
    lived_in("execute", lived_in.write("a.ipynb", ipynb_writer.write(notebook)), code=7)
