"""What Tab offers in a line of `%runt`, asked of a real IPython."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_runt.magics import dispatch
from jupyter_runt.store.schedules import ScheduleRow
from tests.cli.runt import Runt
from tests.magics.completer import Completer

NOTEBOOK = {
    "parameters": {"size": 10, "shift": 0.5, "label": "x"},
    "parameter_schema": {"day": {"type": "string"}},
    "cells": [{"id": "c1", "source": "print(size)"}],
}


@pytest.fixture(scope="module")
def runs(lived_in: Runt) -> list[str]:
    """Three runs that nobody executes, the newest first; and files around them."""
    lived_in.write("report.yml", json.dumps(NOTEBOOK))
    lived_in.write("a report.yml", json.dumps(NOTEBOOK))
    lived_in.write("it's $5.yml", json.dumps(NOTEBOOK))
    lived_in.write("model.ipynb", json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    lived_in.write("deep/er/inner.yml", json.dumps(NOTEBOOK))
    lived_in.write("my files/own.yml", json.dumps(NOTEBOOK))
    lived_in.write("table.csv", "1,2")
    lived_in.write("broken.yml", "cells: [")
    lived_in.write(".hidden.yml", json.dumps(NOTEBOOK))
    made = [lived_in("submit", "report.yml", "--no-worker", "-p", "size", n).out.strip() for n in (1, 2, 3)]
    return made[::-1]


@pytest.fixture(scope="module")
def tab(lived_in: Runt, runs: list[str]) -> Iterator[Completer]:
    made = Completer(lived_in.home, lived_in.env)
    made.run(f"name, names, run_id, quoted = 'report.yml', [1, 2], {runs[0]!r}, 'a report.yml'")
    yield made
    made.close()


@pytest.fixture(scope="module")
def quick(lived_in: Runt, runs: list[str]) -> Iterator[Completer]:
    """One without jedi, which takes its time."""
    made = Completer(lived_in.home, lived_in.env)
    made.run("%config Completer.use_jedi = False")
    yield made
    made.close()


FILES = ["'a report.yml'", "broken.yml", '"it\'s \\$5.yml"', "model.ipynb", "report.yml"]
FOLDERS = ["data/", "deep/", "'my files/", "s/"]
TEMPLATES = ["data-analysis", "example", "simple-health-check"]


def test_the_commands_stand_behind_the_magic(tab: Completer):
    assert tab.texts("%runt ") == list(dispatch.NAMES)
    assert tab.texts("%runt s") == [name for name in dispatch.NAMES if name.startswith("s")]
    assert tab.texts("%runt sh") == ["show"]
    assert tab.texts("%runt run|report") == ["run", "runtimes"]


@pytest.mark.parametrize(
    "before",
    [
        "%runt",
        "r = %runt",
        "    x=%runt",
        "a, b = %runt",
        "d['x'] = %runt",
        "%%runt",
        "pass\nr = %runt",
        "for _ in 'a':\n  %runt",
    ],
)
def test_it_is_offered_wherever_a_magic_can_stand(tab: Completer, before: str):
    assert tab.texts(f"{before} sh") == ["show"]
    assert tab.texts(f"{before} run rep") == ["report.yml"]


def test_notebooks_and_folders_and_templates_can_be_run(tab: Completer):
    for command in ("run", "sweep", "params"):
        found = tab.texts(f"%runt {command} ")
        assert {*FILES, *FOLDERS, *TEMPLATES} <= {*found}
        assert not [text for text in found if "table.csv" in text or "hidden" in text]
        assert tab.texts(f"%runt {command} re") == ["report.yml"]
        assert tab.texts(f"%runt {command} ex") == ["example"]
        assert tab.texts(f"%runt {command} deep/") == ["deep/er/"]
        assert tab.texts(f"%runt {command} deep/er/in") == ["deep/er/inner.yml"]
        assert tab.texts(f"%runt {command} ./rep") == ["./report.yml"]
        assert tab.texts(f"%runt {command} ~/rep") == ["~/report.yml"]
        assert tab.texts(f"%runt {command} .hid") == [".hidden.yml"]
    assert {*FILES, *FOLDERS} <= {*tab.texts("%runt validate ")}
    assert ours(tab, "%runt validate ex") == ours(tab, "%runt validate hid") == []
    assert tab.texts("%runt validate report.yml mod") == ["model.ipynb"]
    assert tab.texts("%runt convert mod") == ["model.ipynb"]


def test_what_would_be_two_words_is_quoted(tab: Completer, lived_in: Runt):
    assert tab.texts("%runt run a") == ["'a report.yml'"]
    assert tab.texts("%runt run 'a r") == ["'a report.yml'"]
    assert tab.texts('%runt run "a r') == ['"a report.yml"']
    assert tab.texts("%runt run a\\ r") == ["'a report.yml'"]
    assert tab.texts("%runt run my") == ["'my files/"]
    assert tab.texts("%runt run 'my files/") == ["'my files/own.yml'"]
    assert tab.texts('%runt run "my files/o') == ['"my files/own.yml"']
    assert ours(tab, "%runt run 'it") == [], "between single quotes there is none"
    assert tab.texts('%runt run "it') == ['"it\'s \\$5.yml"']


def test_a_completion_replaces_the_whole_word_also_in_the_middle_of_a_line(tab: Completer):
    assert tab.matches("x = 1\nr = %runt run deep/er/in")[0][0] == len("x = 1\nr = %runt run ")
    assert tab.matches("%runt run 'a rep")[0][0] == len("%runt run ")
    assert tab.texts("%runt sh| last") == ["show"]
    assert tab.texts("%runt run rep| -p size 1") == ["report.yml"]
    assert tab.texts("%runt run report.yml -p si| 10 --wait") == ["size"]


def test_options_of_the_command(tab: Completer):
    assert tab.texts("%runt run --w") == ["--wait"]
    assert tab.texts("%runt run report.yml --keep") == ["--keep-going"]
    assert tab.texts("%runt ls --st") == ["--status", "--store"]
    assert "--result" in tab.texts("%runt sweep report.yml --")
    assert tab.texts("%runt ls --status ") == tab.texts("%runt ls --status ")
    assert "failed" in tab.texts("%runt ls --status f")
    assert tab.texts("%runt run --input ") == ["ask", "fail", "wait"]
    assert tab.texts("%runt run -k py") == ["python3"]
    assert tab.texts("%runt run --env-file ta") == ["table.csv"]
    assert tab.texts("%runt run -f deep/er/i") == ["deep/er/inner.yml"]
    assert tab.texts("%runt run --cwd de") == ["deep/"]


def test_where_no_word_can_stand_the_options_are_offered(tab: Completer):
    assert tab.texts("%runt run report.yml ") == tab.texts("%runt run report.yml --")
    assert tab.texts("%runt status ") == tab.texts("%runt status --")


def test_parameters_are_those_of_the_notebook_that_have_no_value_yet(tab: Completer):
    assert tab.texts("%runt run report.yml -p ") == ["size", "shift", "label", "day"]
    assert tab.texts("%runt run report.yml -p s") == ["size", "shift"]
    assert tab.texts("%runt run report.yml -p size 1 -r s") == ["shift"]
    assert tab.texts("%runt run --label a=b -p size 1 report.yml --parameter s") == ["shift"]
    assert tab.texts("%runt sweep 'a report.yml' -p da") == ["day"]
    assert tab.texts("%runt run $name -p da") == ["day"]
    assert tab.texts("%runt run {name} -p da") == ["day"]
    assert tab.texts('%runt run "$quoted" -p da') == ["day"]
    assert tab.texts("%runt run example -p de") == ["delay"]


def test_parameters_of_a_run_that_is_run_again(tab: Completer, runs: list[str]):
    for run in ("last", runs[1], "$run_id", runs[2]):
        assert tab.texts(f"%runt rerun {run} -p s") == ["size", "shift"]
    assert tab.texts("%runt rerun --wait last -p lab") == ["label"]


def test_runs_are_offered_by_their_ids_newest_first(tab: Completer, runs: list[str]):
    for command in ("show", "follow", "rerun", "reply", "cancel", "pin", "rm", "export", "kill"):
        assert tab.texts(f"%runt {command} ") == ["last", *runs]
        assert tab.texts(f"%runt {command} la") == ["last"]
        assert tab.texts(f"%runt {command} {runs[1]}") == [runs[1]]
    assert tab.texts(f"%runt ls --before {runs[0][:8]}") == runs
    assert tab.texts(f"%runt cancel {runs[0]} last ") == runs[1:]
    assert tab.texts(f"%runt show {runs[0]} ") == tab.texts("%runt show last --")


def test_the_named_results_of_a_run(tab: Completer, lived_in: Runt):
    lived_in.cells(
        "import jupyter_runt\njupyter_runt.result('total', 1)\njupyter_runt.result('the mean', 2)", name="res.yml"
    )
    lived_in("execute", "res.yml", "--id", "20200101-000000-results")
    try:
        assert tab.texts("%runt show 20200101-000000-results --result ") == ["total", "'the mean'"]
    finally:
        lived_in("rm", "20200101-000000-results")
        (lived_in.home / "res.yml").unlink()


def test_another_store_is_looked_into_and_none_is_made(tab: Completer, lived_in: Runt, runs: list[str]):
    other = lived_in.home / "other.sqlite"
    assert ours(tab, f"%runt show --store sqlite:///{other} la") == []
    assert not other.exists()
    made = lived_in("submit", "report.yml", "--no-worker", "--store", f"sqlite:///{other}").out.strip()
    assert tab.texts(f"%runt show --store sqlite:///{other} ") == ["last", made]
    assert tab.texts("%runt show ") == ["last", *runs]


def ours(tab: Completer, code: str) -> list[str]:
    return [text for _, text, kind in tab.matches(code) if kind == "runt"]


@pytest.mark.parametrize(
    "code",
    [
        "%runt run report.yml -p size $na", "%runt run report.yml -p size {na", "%runt run report.yml -p size {len(na",
        "%runt run report.yml -p size {len(names) + na", "%runt run report.yml -r x data_{na",
        "%runt run $na", "r = %runt show $na",
    ],
)  # fmt: skip
def test_python_completes_what_is_python(tab: Completer, code: str):
    found = tab.matches(code)
    assert [text for _, text, _ in found][:2] == ["name", "names"]
    assert {start for start, _, _ in found} == {len(code) - 2}
    assert "runt" not in {kind for _, _, kind in found}


@pytest.mark.parametrize(
    "code",
    [
        "na", "name.upp", "print('%runt run rep", "# %runt run rep", "x = '%runt run rep'; na", "y = 5 %runt ru", "%runtime ru",
        "%%runt run\ncells:\n- source: na", "%run rep", "!cat rep", "import o", "names[0].bi", "%runt", "  %ru",
        "s = 'a'\ns.u", "print(5 %runt, na",
    ],
)  # fmt: skip
def test_other_lines_are_not_ours(tab: Completer, lived_in: Runt, code: str):
    assert ours(tab, code) == []


def test_where_nothing_of_ours_is_known_nothing_is_claimed(tab: Completer):
    for code in ("%runt nothing ", "%runt run report.yml -p size ", "%runt run broken.yml -p s", "%runt run no.yml -p s",
                 "%runt rerun none -p s", "%runt show nosuch", "%runt run nowhere/", "%runt connect ", "%runt run --id "):  # fmt: skip
        assert ours(tab, code) == [], code


@settings(
    deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    words=st.lists(
        st.sampled_from(["run", "show", "rerun", "sweep", "ls", "-p", "-r", "--store", "--store=x", "-f", "--", "--cwd", "last", "report.yml",
                         "'", '"', "$", "{", "}", "\\", "$name", "{1}", "~", "~nobody/", "/", "\0", "é", "\n", "a b", "=", "%runt", "\t"])
        | st.text(max_size=4),
        max_size=7,
    ),
    glue=st.sampled_from([" ", "", "  "]),
)  # fmt: skip
@example(words=["run", "\ud800"], glue=" ")
@example(words=["--store", "sqlite:///\0", "show"], glue=" ")
def test_whatever_is_typed_nothing_is_complained_about(quick: Completer, words: list[str], glue: str):
    code = "%runt " + glue.join(words)
    assert all(6 <= start <= len(code) for start, _, kind in quick.matches(code) if kind == "runt")


def test_a_server_that_does_not_answer_does_not_hold_the_kernel(lived_in: Runt, runs: list[str]):
    """A port that takes connections and says nothing."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        tab = Completer(lived_in.home, lived_in.env)
        try:
            assert tab.texts("%runt sh") == ["show"]
            found = tab.ask(complete=f"%runt show --server {url} l", at=len(f"%runt show --server {url} l"))
            assert "runt" not in {kind for _, _, kind in found["matches"]}
            assert found["seconds"] < 20
            assert tab.texts("%runt show la") == ["last"]
        finally:
            tab.close()


def test_what_unload_takes_away_completes_no_more_and_load_brings_it_back(lived_in: Runt, runs: list[str]):
    tab = Completer(lived_in.home, lived_in.env)
    try:
        assert tab.texts("%runt sh") == ["show"]
        tab.run("%unload_ext jupyter_runt")
        assert ours(tab, "%runt sh") == []
        tab.run("%load_ext jupyter_runt\n%reload_ext jupyter_runt")
        assert tab.texts("%runt sh") == ["show"]
        assert tab.matches("%runt sh") == [[6, "show", "runt"]], "once"
    finally:
        tab.close()


def test_actions_of_schedules_and_their_ids(lived_in: Runt, quick: Completer):
    with lived_in.store() as store:
        store.add_schedule(ScheduleRow("yearly", {"cron": "0 7 1 1 *", "tz": "UTC", "notebook": "report.yml"}, None))
    assert "run-now" in quick.texts("%runt schedule ")
    assert quick.texts("%runt schedule r") == ["resume", "run-now", "rm"]
    assert quick.texts("%runt schedule show ") == ["yearly"]
    assert ours(quick, "%runt schedule rm yearly ") == []
    assert quick.texts("%runt schedule add rep") == ["report.yml"]
    assert quick.texts("%runt schedule add report.yml --mis") == ["--misfire"]
    assert quick.texts("%runt schedule add report.yml --misfire ") == ["skip", "once", "all"]
