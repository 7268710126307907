"""Variables and expressions of the notebook as parameters, from the cell's line to the code of the run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.runt import Runt
from tests.magics.session import Session

VALUES = """\
import datetime
from pathlib import Path
import numpy as np
import pandas as pd
name, path, size = "two words", Path("/a b/c"), 3
words, mapping = ["a", "b c"], {"a": [1, {"b": None}]}
day, moment = datetime.date(2026, 11, 20), datetime.datetime(2026, 11, 20, 12, 30)
number, whole, flag, array = np.float64(0.5), np.int64(7), np.bool_(True), np.arange(3)
stamp = pd.Timestamp("2026-11-20 08:00")
tricky = "it's \\"$name\\" {size} \\\\ 'x'"
numeric = "010"
nothing = None
"""
PLAIN = "def plain(value): return value if isinstance(value, list | dict | int | float | str | None) else str(value)"
ECHO = f"""\
import jupyter_runt
{PLAIN}
jupyter_runt.result("value", [type(value).__name__, plain(value)])
"""


@pytest.fixture(scope="module")
def named(lived_in: Runt, notebook: Session) -> Session:
    """The notebook with some variables, beside a notebook file that tells its parameter `value`."""
    lived_in.cells(ECHO, name="echo.yml", parameters={"value": None, "other": None})
    notebook(VALUES)
    return notebook


def arrived(session: Session, option: str) -> Any:
    """Type and value of the parameter in the run's code."""
    session(f"run = %runt run echo.yml {option} -q --check")
    return session.value("run.result('value')")


ARRIVING = [
    ("$name", ["str", "two words"]),
    ("{name}", ["str", "two words"]),
    ('"$name!"', ["str", "two words!"]),
    ("pre_{size}_$size.csv", ["str", "pre_3_3.csv"]),
    ("'$name {size}'", ["str", "$name {size}"]),
    ("$$name", ["str", "$name"]),
    ("$path", ["str", "/a b/c"]),
    ("{path / 'd e'}", ["str", "/a b/c/d e"]),
    ("$words", ["list", ["a", "b c"]]),
    ("{words + [size]}", ["list", ["a", "b c", 3]]),
    ("$mapping", ["dict", {"a": [1, {"b": None}]}]),
    ("{'k': size}", ["dict", {"k": 3}]),
    ("{[each * 2 for each in range(size)]}", ["list", [0, 2, 4]]),
    ("$number", ["float", 0.5]),
    ("$whole", ["int", 7]),
    ("$flag", ["bool", True]),
    ("$array", ["list", [0, 1, 2]]),
    ("$day", ["date", "2026-11-20"]),
    ("$moment", ["datetime", "2026-11-20 12:30:00"]),
    ("$stamp", ["datetime", "2026-11-20 08:00:00"]),
    ("$tricky", ["str", "it's \"$name\" {size} \\ 'x'"]),
    ("$numeric", ["str", "010"]),
    ("{-size}", ["int", -3]),
    ("$nothing", ["NoneType", None]),
    ("-1e3", ["float", -1000.0]),
    ("'[1, 2]'", ["list", [1, 2]]),
]


@pytest.fixture(scope="module")
def arrivals(named: Session) -> dict[str, list[Any]]:
    """By word, type and value of what one run with all of them has got."""
    names = {f"v{number}": word for number, (word, _) in enumerate(ARRIVING)}
    told = "{name: [type(globals()[name]).__name__, plain(globals()[name])] for name in NAMES}"
    source = f"import jupyter_runt\nNAMES = {list(names)}\n{PLAIN}\njupyter_runt.result('all', {told})"
    named.runt.cells(source, name="all.yml", parameters=dict.fromkeys(names))
    named(f"run = %runt run all.yml {' '.join(f'-p {name} {word}' for name, word in names.items())} -q --check")
    found = named.value("run.result('all')")
    return {word: found[name] for name, word in names.items()}


@pytest.mark.parametrize(("word", "arrives"), ARRIVING)
def test_a_value_arrives_as_what_it_is(arrivals: dict[str, list[Any]], word: str, arrives: list[Any]):
    assert arrivals[word] == arrives


def test_raw_is_text_and_yaml_takes_a_mapping(named: Session):
    assert arrived(named, "-r value $size") == ["str", "3"]
    assert arrived(named, "-y {dict(value=words)}") == ["list", ["a", "b c"]]
    assert arrived(named, "-y '{value: [1, x]}'") == ["list", [1, "x"]]


def test_a_functions_own_variables_are_seen(named: Session):
    cell = named(
        "def start(own):\n"
        "    inner = [own, size]\n"
        "    %runt run echo.yml -p value {[each for each in inner]} -p other $own --check -q --var made\n"
        "    return made\n"
        "import json\n"
        "print(json.dumps([start('x').result('value'), made.parameters['other']]))"
    )
    assert json.loads(cell.text) == [["list", ["x", 3]], "x"]


def test_a_reference_is_left_to_the_run(lived_in: Runt, named: Session):
    lived_in.write("where.env", "PLACE=there\n")
    named("PLACE = 'here'")
    named("run = %runt run echo.yml -p value ${PLACE} --env-file where.env -q --check")
    assert named.value("run.result('value')") == ["str", "there"]


def test_notebook_runs_and_results_may_be_named_by_variables(lived_in: Runt, named: Session):
    named("folder, file, key = '.', 'echo.yml', 'value'")
    named("run = %runt run {folder}/$file -p value 1 -q --check")
    assert named("%runt show $run --result $key").value.text == "['int', 1]"
    assert "<Run " in named("print(repr(run))").text


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("$nowhere", "$nowhere: name 'nowhere' is not defined"),
        ("{nowhere + 1}", "{nowhere + 1}: name 'nowhere' is not defined"),
        ("{1 / 0}", "{1 / 0}: ZeroDivisionError: division by zero"),
        ("{size", "The brace { is not closed"),
        ("{size +}", "{size +}: SyntaxError"),
        ("{object()}", "The parameter 'value' cannot be, or hold, a value of the type object."),
        ("{[print]}", "The parameter 'value' cannot be, or hold, a value of the type builtin_function_or_method."),
        ("{pd.DataFrame()}", "The parameter 'value' cannot be, or hold, a value of the type DataFrame."),
    ],
)
def test_what_cannot_be_read_or_sent_is_one_message(named: Session, word: str, said: str):
    assert said in named.refused(f"%runt run echo.yml -p value {word}")
