"""`execute`: what it takes in, what it hands out, and where."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.cli.runt import Runt

IPYNB = {
    "cells": [{"cell_type": "code", "id": "a", "source": "print('from ipynb')", "metadata": {}, "outputs": [], "execution_count": None}],
    "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
}  # fmt: skip


def ipynb(runt: Runt, name: str = "in.ipynb") -> str:
    return runt.write(name, json.dumps(IPYNB))


def valid(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def printed(path: Path) -> str:
    return "".join(output.get("text", "") for cell in valid(path).cells for output in cell.get("outputs", []))


def test_yaml_ipynb_json_stdin_and_a_folder_are_taken_in_and_written_out(runt):
    runt.cells("print('from yaml')", name="y.yml")
    ipynb(runt)
    ipynb(runt, "j.json")
    (runt.home / "out").mkdir()
    runt("execute", "y.yml", "in.ipynb", "j.json", "-o", "out")
    assert sorted(os.listdir(runt.home / "out")) == ["in.ipynb", "j.ipynb", "y.ipynb"]
    assert printed(runt.home / "out" / "y.ipynb") == "from yaml\n"
    assert printed(runt.home / "out" / "in.ipynb") == "from ipynb\n"


def test_standard_input_and_output_make_a_filter(runt):
    ended = runt("execute", "-", "-o", "-", given=json.dumps(IPYNB))
    notebook = nbformat.reads(ended.out, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].outputs[0].text == "from ipynb\n"
    assert "from ipynb" in ended.err


def test_a_yaml_result_can_be_run_again_and_converted(runt):
    runt("execute", runt.cells("print('x')"), "-o", "out.yml")
    runt("execute", "out.yml", "--inplace")
    runt("execute", "out.yml", "--inplace")
    runt("convert", "out.yml", "out.ipynb")
    assert printed(runt.home / "out.ipynb") == "x\n"


def test_in_and_out_as_papermill_has_them_may_be_given_twice(runt):
    ipynb(runt)
    for _ in range(2):
        runt("execute", "in.ipynb", "out.ipynb")
        assert printed(runt.home / "out.ipynb") == "from ipynb\n"
    assert len(runt.json("ls")) == 2


def test_a_second_notebook_is_never_written_over(runt):
    ipynb(runt, "a.ipynb")
    runt("execute", runt.cells("print('b')", name="b.yml"), "--inplace")
    before = (runt.home / "b.yml").read_bytes()
    assert runt("execute", "a.ipynb", "b.yml", "-q").out == "from ipynb\nb\n"
    assert (runt.home / "b.yml").read_bytes() == before


def test_parameters_come_in_layers_and_keep_their_types(runt):
    source = runt.cells("print(repr((a, b, c, d, e)))", parameters={"a": 1, "b": 1.5, "c": "t", "d": [1], "e": None})
    runt.write("f.yml", "a: 2\nc: from the file")
    runt.write("g.json", '{"a": 3, "d": [3]}')
    given = [
        "-p",
        "c",
        "007x",
        "-f",
        "f.yml",
        "-f",
        "g.json",
        "-y",
        "{a: 4, e: {k: null}}",
        "-r",
        "c",
        "--yes",
        "-p",
        "b",
        "-1e3",
    ]
    assert runt("execute", source, *given, "-q").out == "(4, -1000.0, '--yes', [3], {'k': None})\n"
    assert runt.show()["parameters"] == {"a": 4, "b": -1000.0, "c": "--yes", "d": [3], "e": {"k": None}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["-p", "sise", "1"], "unknown parameter 'sise'"),
        (["-p", "size", "many"], "expected a whole number"),
        (["-p", "size", "[1"], "no YAML value"),
        (["-f", "nope.yml"], "nope.yml"),
        (["-f", "n.yml", "-y", "[1, 2]"], "-y"),
        (["-p", "size"], "expected 2 arguments"),
        (["--env-file", "nope.env"], "nope.env"),
        (["--run-timeout", "soon"], "--run-timeout"),
        (["--cell-timeout", "0"], "more than 0"),
        (["--label", "x"], "K=V"),
        (["-j", "0"], "-j"),
        (["--cwd", "nowhere"], "nowhere"),
        (["-k", "pyton3"], "did you mean 'python3'"),
        (["-o", "x.ipynb", "--inplace"], "--inplace"),
        (["--id", "a/b"], "'a/b'"),
        (["--report", "html=x"], "junit"),
        (["--report", "junit=no/where.xml"], "no/where.xml"),
        (["--store", "mysql://x"], "mysql"),
        (["--store", "postgresql://x"], "not supported yet"),
        (["--input", "ask"], "terminal"),
    ],
)
def test_a_wrong_option_is_told_before_anything_runs(runt, given, said):
    ended = runt("execute", runt.cells("1", parameters={"size": 3}), *given, code=2)
    assert said in ended.err
    assert ended.out == ""
    assert not runt.path.exists() or runt.json("ls") == []


def test_an_id_can_be_used_once(runt):
    runt("execute", runt.cells("1"), "--id", "mine")
    assert "mine already" in runt("execute", "n.yml", "--id", "mine", code=2).err
    assert "one run" in runt("execute", "n.yml", "n.yml", "--id", "two", code=2).err
    assert len(runt.json("ls")) == 1


def test_cwd_env_file_and_the_notebooks_folder(runt):
    runt.write("sub/data.txt", "beside")
    source = runt.cells("import os; print(open('data.txt').read(), os.environ.get('COLOUR'))", name="sub/n.yml")
    runt.write("e.env", "# a comment\nexport COLOUR='deep blue'\n")
    assert runt("execute", source, "-q", "--env-file", "e.env").out == "beside deep blue\n"
    (runt.home / "other").mkdir()
    runt.write("other/data.txt", "elsewhere")
    assert runt("execute", source, "-q", "--cwd", "other").out == "elsewhere None\n"


def test_nothing_of_an_unrecorded_run_is_kept(runt):
    before = set(os.listdir("/var/tmp"))
    ended = runt("execute", runt.cells("print(1)"), "--no-record")
    assert ended.out == "1\n"
    assert "jupyter runt show" not in ended.err
    assert not runt.path.exists()
    assert [name for name in set(os.listdir("/var/tmp")) - before if name.startswith("jupyter-runt-")] == []


def test_stdout_has_the_cells_output_and_nothing_else(runt):
    source = runt.cells("import sys; print('out'); print('err', file=sys.stderr)", "6 * 7")
    ended = runt("execute", source, "--verbose")
    assert ended.out in ("out\nerr\n42\n", "out\n42\n")
    assert "c1" in ended.err
    quiet = runt("execute", source, "--quiet")
    assert quiet.out == ended.out
    assert "c1" not in quiet.err


def test_in_ci_the_last_line_suggests_an_output_file(runt):
    assert "-o OUT.ipynb" in runt("execute", runt.cells("1"), env={"CI": "true"}).err
    assert "-o OUT.ipynb" not in runt("execute", "n.yml", "-o", "o.ipynb", env={"CI": "true"}).err


def test_keep_going_runs_the_rest_and_still_fails(runt):
    source = runt.cells("1/0", "print('after')")
    assert runt("execute", source, "-q", code=1).out == ""
    assert runt("execute", source, "-q", "--keep-going", code=1).out == "after\n"


def test_several_notebooks_run_at_once_and_the_worst_one_decides(runt):
    meet = "import os, time\nopen(%r, 'w').close()\nend = time.time() + 20\nwhile not os.path.exists(%r): assert time.time() < end; time.sleep(.01)"
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        runt.cells(meet % (name, other), "raise SystemError('x')" if name == "b" else "print(2)", name=f"{name}.yml")
    ended = runt("execute", "a.yml", "b.yml", "c.yml", "-j", "3", "--report", "junit=r.xml", code=1)
    assert ended.out.count("2") == 2
    report = (runt.home / "r.xml").read_text()
    assert report.count("<testsuite ") == 3
    assert "SystemError" in report


def test_an_answer_is_given_to_each_input_and_without_one_it_fails(runt):
    source = runt.cells("print(input('a? '), input('b? '))")
    assert runt("execute", source, "--answer", "x", "--answer", "y", "-q").out.endswith("x y\n")
    for given in ([], ["--answer", "x"]):
        assert "nobody to answer" in runt("execute", source, *given, code=1).err
    assert runt.show()["reason"] == "input_unavailable"


def test_a_terminals_reader_that_goes_away_does_not_hold_up_the_run(runt):
    source = runt.cells("for i in range(20000): print(i)", "x = 1")
    process = runt.start("execute", source)
    assert process.stdout.readline() == "0\n"
    process.stdout.close()
    ended = runt.end(process)
    assert "Error" not in ended.err
    assert runt.show()["status"] == "succeeded"


def test_secrets_are_neither_printed_nor_stored(runt):
    source = runt.cells("print('it is', token); print(len(token))", parameters={"token": "${MY_TOKEN}"})
    ended = runt("execute", source, "-o", "o.ipynb", env={"MY_TOKEN": "hunter2-hunter2"})
    literal = runt("execute", source, "-p", "token", "other-secret-value")
    runt("export", "last", "-o", "p.ipynb")
    everything = ended.out + ended.err + literal.out + literal.err
    for path in runt.home.rglob("*"):
        everything += path.read_bytes().decode("latin-1") if path.is_file() else ""
    assert "15\n" in ended.out
    assert "hunter2" not in everything
    assert "other-secret-value" not in everything
    assert "${MY_TOKEN}" in runt("execute", source, code=2).err
