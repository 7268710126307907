"""What `jupyter_runt.result` records inside a run, and the Python value that a notebook gets of it."""

from __future__ import annotations

import pytest

from tests.cli.runt import Runt
from tests.magics.session import Session

FRAME = """\
import pandas as pd
frame = pd.DataFrame(
    {
        "number": [1, 2, 3],
        "share": [0.1, 1 / 3, 2e-300],
        "name": ["a", "β", "<b>"],
        "day": pd.to_datetime(["2026-11-20", "2026-11-21", "2027-01-01"]),
        "moment": pd.to_datetime(["2026-11-20 12:30:01.123456"] * 3, utc=True),
        "yes": [True, False, True],
        "kind": pd.Categorical(["low", "high", "low"], categories=["low", "high"], ordered=True),
    },
    index=pd.Index(["x", "y", "z"], name="key"),
)
"""
RECORDING = """\
import datetime, pathlib
import numpy as np
from jupyter_runt import result
import jupyter_runt
result("frame", frame)
result("numbers", pd.DataFrame({"n": [1, 2]}))
result("dict", {"list": [1, 2.5, None, True, "ü"], "inner": {"a": 1}})
result("text", "plain")
result("number", np.float64(0.1))
result("nothing", None)
result("nan", float("nan"))
result("odd", object)
result("set", {1})
result("path", pathlib.PurePosixPath("/a/b"))
result("html", {"text/html": "<b>3</b>", "text/plain": "three"}, mime=True)
result("large", list(range(20_000)))
result("twice", 1)
result("twice", 2)
"""
FIGURE = """\
%matplotlib inline
import matplotlib.pyplot as plt
import jupyter_runt
figure, axes = plt.subplots()
axes.plot([1, 3, 2])
plt.close(figure)
jupyter_runt.result("figure", figure)
"""


@pytest.fixture(scope="module")
def recorded(lived_in: Runt, notebook: Session) -> Session:
    """The notebook, whose `run` has recorded things of all kinds."""
    lived_in.cells(FRAME, RECORDING, FIGURE, name="recording.yml")
    notebook("run = %runt run recording.yml --check")
    notebook(FRAME)
    return notebook


def test_a_dataframe_comes_back_as_an_equal_one(recorded: Session):
    recorded("pd.testing.assert_frame_equal(run.result('frame'), frame)")
    recorded("pd.testing.assert_frame_equal(run.result('numbers'), pd.DataFrame({'n': [1, 2]}))")
    assert recorded.value("[str(each) for each in run.result('frame').dtypes]") == recorded.value(
        "[str(each) for each in frame.dtypes]"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dict", {"list": [1, 2.5, None, True, "ü"], "inner": {"a": 1}}),
        ("text", "plain"),
        ("number", 0.1),
        ("nothing", None),
        ("large", list(range(20_000))),
        ("twice", 2),
        ("nan", "nan"),
        ("odd", "object"),
        ("set", "{1}"),
        ("path", "PurePosixPath('/a/b')"),
    ],
)
def test_what_is_json_comes_back_as_it_was_and_other_things_as_their_text(recorded: Session, name: str, value: object):
    assert recorded.value(f"run.result({name!r})") == value
    assert recorded.value(f"run.results[{name!r}]") == value


def test_a_figure_comes_back_as_what_it_shows(recorded: Session):
    assert recorded.value("sorted(run.result('figure'))") == ["image/png", "text/plain"]
    shown = recorded("run.result('figure')").value
    assert shown.data["image/png"].startswith("iVBORw0KGgo")


def test_a_bundle_comes_back_as_a_bundle(recorded: Session):
    assert recorded.value("dict(run.result('html'))") == {"text/html": "<b>3</b>", "text/plain": "three"}
    assert recorded("run.result('html')").value.html == "<b>3</b>"


def test_results_are_a_mapping_in_the_order_of_recording_that_shows_itself_as_a_table(recorded: Session):
    names = "frame numbers dict text number nothing nan odd set path html large twice figure".split()
    assert recorded.value("list(run.results)") == names
    assert recorded.value("[len(run.results), 'dict' in run.results, 'nope' in run.results]") == [14, True, False]
    shown = recorded("run.results").value
    assert "twice" in shown.text
    assert "<table>" in shown.html
    assert "<b>3" not in shown.html


def test_an_unknown_result_is_told_which_there_are(recorded: Session):
    message = recorded.refused("run.result('nope')")
    assert "has no result 'nope'" in message
    assert "frame, numbers, dict" in message
    assert recorded("try:\n    run.results['nope']\nexcept KeyError as error:\n    print(error)").text == "'nope'\n"


def test_the_magic_gives_one_result(recorded: Session):
    assert recorded("value = %runt show $run --result dict\nprint(value['inner'])").text == "{'a': 1}\n"
    assert recorded("%runt show $run --result number").value.text == "0.1"
    assert "has no result 'nope'" in recorded.refused("%runt show $run --result nope")


def test_results_of_a_run_that_goes_on_are_there_already(lived_in: Runt, notebook: Session):
    lived_in.cells("import jupyter_runt; jupyter_runt.result('early', 1)", "input('go? ')", name="early.yml")
    cell = notebook("early = %runt run early.yml --input wait")
    notebook.until(lambda: "waits for an answer" in cell.picture.text, "it waits")
    assert notebook.value("dict(early.results)") == {"early": 1}
    notebook("early.reply('yes')\nearly.wait()")


def test_outside_of_a_run_a_result_is_just_shown(notebook: Session):
    shown = notebook("import jupyter_runt\njupyter_runt.result('here', {'a': 1})").displays
    assert [each.text for each in shown] == ["{'a': 1}"]
