"""What every command owes its user: help with an example, JSON that is JSON, an answer where there is nothing to show."""

from __future__ import annotations

import json
import subprocess

import pytest

from jupyter_runt.cli.main import COMMANDS, build_parser
from tests.cli.runt import Runt


@pytest.fixture(scope="module")
def home(lived_in: Runt) -> Runt:
    """Three runs: `good-1` succeeded, `good-2` shows rich output, `bad-1` failed."""
    lived_in(
        "execute",
        lived_in.cells("print('first')", name="a.yml", metadata={"title": "Aa"}),
        "--id",
        "good-1",
        "--label",
        "team=ops",
    )
    lived_in("execute", lived_in.cells("print('x' * 9)\n1 + 1", name="b.yml"), "--id", "good-2", "-o", "b.ipynb")
    lived_in("execute", lived_in.cells("n = 5", "1 / 0", name="c.yml"), "--id", "bad-1", code=1)
    return lived_in


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_an_example_of_it(command, capsys):
    with pytest.raises(SystemExit) as ended:
        build_parser(command).parse_args([command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert f"jupyter runt {command}" in text.partition("example")[2]


def test_without_a_command_the_commands_are_listed(runt):
    assert "execute" in runt().out
    assert "exit codes: 0 succeeded" in runt("--help").out


def test_an_unknown_command_is_answered_with_what_was_probably_meant(runt):
    assert "did you mean 'execute'?" in runt("exceute", "a.yml", code=2).err
    runt.cells("1")
    assert "jupyter runt execute n.yml" in runt("n.yml", code=2).err


def test_an_unknown_option_is_told_with_the_usage_of_its_command(runt):
    said = runt("ls", "--sttus", "failed", code=2).err
    assert "unrecognized arguments: --sttus" in said
    assert "usage: jupyter runt ls" in said


@pytest.mark.parametrize("command", ["ls", "workers", "templates", "runtimes", "status", "doctor"])
def test_json_of_an_empty_store_is_json(runt, command):
    assert isinstance(runt.json(command), list | dict)


def test_an_empty_store_says_what_to_do(runt):
    assert "execute NOTEBOOK" in runt("ls").err
    assert "jupyter runt worker" in runt("workers").err
    assert "none" in runt("status").out
    assert "There are no runs yet" in runt("show", "last", code=2).err


def test_ls_filters_pages_and_answers_in_json(home):
    assert [row["run_id"] for row in home.json("ls")] == ["bad-1", "good-2", "good-1"]
    assert [row["run_id"] for row in home.json("ls", "--status", "failed")] == ["bad-1"]
    assert [row["run_id"] for row in home.json("ls", "--label", "team=ops")] == ["good-1"]
    assert [row["run_id"] for row in home.json("ls", "--notebook", "b.y")] == ["good-2"]
    first = home("ls", "--limit", "2")
    assert "--before good-2" in first.err
    assert [row["run_id"] for row in home.json("ls", "--before", "good-2")] == ["good-1"]
    assert "No run matches" in home("ls", "--status", "queued").err
    assert "failed (cell_error)" in home("ls").out
    assert "not K=V" in home("ls", "--label", "x", code=2).err
    assert "1 or more" in home("ls", "--limit", "0", code=2).err


def test_a_run_may_be_named_by_its_beginning_or_as_the_last_one(home):
    assert home.show("bad")["run_id"] == "bad-1"
    assert home.show("last")["run_id"] == "bad-1"
    ambiguous = home("show", "good", code=2).err
    assert "good-1" in ambiguous
    assert "good-2" in ambiguous
    assert "no run 'nothing'" in home("show", "nothing", code=2).err
    assert "There is no run" in home("show", "", code=2).err


@pytest.mark.parametrize(
    "command",
    [
        "show",
        "follow",
        "logs",
        "cancel",
        "interrupt",
        "kill",
        "pause",
        "resume",
        "reply",
        "rerun",
        "rm",
        "export -o x.ipynb",
    ],
)
def test_every_command_refuses_an_unknown_run_alike(home, command):
    name, *options = command.split()
    ended = home(name, "nothing", *options, code=2)
    assert ended.err.count("no run 'nothing'") == 1
    assert "jupyter runt ls" in ended.err


def test_show_tells_cells_outputs_and_why(home):
    text = home("show", "bad-1").out
    for part in ("status:      failed", "[c1] succeeded", "[c2] failed (cell_error)", "ZeroDivisionError", "c.yml"):
        assert part in text
    assert home("show", "good-2", "--cell", "c1").out.split() == [
        "[c1]",
        "succeeded",
        *home("show", "good-2", "--cell", "c1").out.split()[2:],
    ]
    assert "its cells are c1" in home("show", "good-2", "--cell", "zz", code=2).err.lower()
    events = [json.loads(line) for line in home("show", "good-2", "--events").out.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert home.show("good-2")["cells"][0]["outputs"][0]["text"] == "xxxxxxxxx\n"


def test_show_cuts_long_output_but_not_what_a_cell_died_of(runt):
    runt(
        "execute",
        runt.cells("for i in range(50): print('line', i)", "for i in range(50): print('line', i)\n1 / 0"),
        "-q",
        code=1,
    )
    first, _, second = runt("show", "last").out.partition("[c2]")
    assert "line 19\n    … 30 more lines: --cell c1 shows them all" in first
    assert "earlier lines" in second
    assert "ZeroDivisionError: division by zero" in second


def test_follow_of_an_ended_run_shows_it_and_gives_its_exit_code(home):
    assert home("follow", "good-1", "-q").out == "first\n"
    assert "ZeroDivisionError" in home("follow", "bad-1", code=1).err
    events = [json.loads(line) for line in home("follow", "good-1", "--json", "--after", "2").out.splitlines()]
    assert [event["seq"] for event in events] == list(range(3, events[-1]["seq"] + 1))


@pytest.mark.parametrize("command", ["cancel", "interrupt", "pause", "resume", "reply"])
def test_an_ended_run_takes_nothing_and_says_why(home, command):
    said = home(command, "good-1", *(["x"] if command == "reply" else []), code=2).err
    assert "ended: succeeded" in said or "it is succeeded" in said


def test_export_writes_every_format(home):
    home("export", "good-2", "-o", "e.ipynb")
    assert home.read("e.ipynb")["cells"][0]["outputs"][1]["data"]["text/plain"] == ["2"]
    assert json.loads(home("export", "good-2", "-o", "-").out) == home.read("e.ipynb")
    home("export", "good-2", "-o", "e.yml")
    assert "xxxxxxxxx" in (home.home / "e.yml").read_text()
    assert home.json("validate", "e.yml", "e.ipynb")[0]["valid"]
    assert ".html" in home("export", "good-2", "-o", "e.pdf", code=2).err


def test_export_makes_a_web_page(home):
    pytest.importorskip("nbconvert")
    home("export", "good-2", "-o", "e.html")
    assert "xxxxxxxxx" in (home.home / "e.html").read_text()


def test_convert_goes_there_and_back_and_writes_over_nothing(runt):
    source = runt.cells("x = 1", metadata={"title": "T"})
    runt("convert", source, "n.ipynb")
    assert "--force" in runt("convert", source, "n.ipynb", code=2).err
    runt("convert", "n.ipynb", "back.yml", "--force")
    assert runt("convert", "back.yml", "-").out == runt("convert", source, "-").out
    assert (
        runt("convert", "-", "-", given=(runt.home / "n.ipynb").read_text()).out == (runt.home / "back.yml").read_text()
    )


def test_a_new_notebook_is_valid_and_runs(runt):
    for name in ("first.yml", "first.ipynb"):
        assert f"execute {name}" in runt("new", name).err
        runt("validate", name)
        runt("execute", name)
    assert "exists already" in runt("new", "first.yml", code=2).err


def test_params_lists_names_types_and_defaults_but_no_secret(runt):
    source = runt.cells("1", parameters={"size": 3, "token": "very-secret", "any": None},
                        parameter_schema={"size": {"type": "integer", "description": "How many"}})  # fmt: skip
    text = runt("params", source).out
    assert "How many" in text
    assert "very-secret" not in text + runt("params", source, "--json").out
    assert [(each["name"], each["type"], each["secret"]) for each in runt.json("params", source)] == [
        ("size", "integer", False), ("token", "text", True), ("any", "any", False)]  # fmt: skip
    assert "no parameters" in runt("params", runt.cells("1", name="b.yml")).err


def test_a_users_template_runs_by_its_name_and_wins(runt):
    runt.write("data/jupyter_runt/templates/mine.yml", "cells: [{source: print('from the template')}]")
    assert "mine" in [each["name"] for each in runt.json("templates")]
    assert runt("execute", "mine", "-q").out == "from the template\n"
    assert "did you mean" in runt("execute", "mime", code=2).err


def test_runtimes_and_doctor_know_the_kernels(runt):
    assert [each["name"] for each in runt.json("runtimes") if each["default"]] == ["python3"]
    runt.kernelspec("broken", {"argv": ["/no/such/program", "{connection_file}"], "display_name": "B", "language": "x"})
    found = runt("doctor", "--json", code=1).json()
    assert [each["check"] for each in found if not each["ok"]] == ["runtime"]
    assert "/no/such/program" in next(each["finding"] for each in found if not each["ok"])


def test_validate_reports_every_file(runt):
    runt.cells("1", name="good.yml")
    runt.write("bad.yml", "cells: [{id: a, colour: red}, {id: a, source: 1}]")
    ended = runt("validate", "good.yml", "bad.yml", code=2)
    assert "good.yml: valid" in ended.err
    assert ended.out.count("bad.yml:1:") >= 2
    good, bad = runt("validate", "good.yml", "bad.yml", "--json", code=2).json()
    assert (good["valid"], bad["valid"]) == (True, False)
    assert all(problem["line"] == 1 and problem["column"] for problem in bad["problems"])


def test_rm_removes_ended_runs_and_names_those_it_cannot(runt):
    runt("execute", runt.cells("1"), "--id", "one")
    runt("submit", "n.yml", "--no-worker", "--id", "waits")
    ended = runt("rm", "one", "waits", "nothing", code=2)
    assert "one is removed" in ended.err
    assert [row["run_id"] for row in runt.json("ls")] == ["waits"]
    runt("cancel", "waits")
    runt("rm", "last")
    assert runt.json("ls") == []


def test_a_reader_that_goes_away_is_no_error_to_shout_about(home):
    with subprocess.Popen(["head", "-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as head:
        ended = home.end(home.start("show", "bad-1", stdout=head.stdin), code=None)
        head.communicate()
    assert ended.code in (0, 141)
    assert ended.err == ""
