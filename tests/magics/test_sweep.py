"""`%runt sweep`: many runs in one table."""

from __future__ import annotations

import re

import pytest

from tests.cli.runt import Runt
from tests.magics.session import Cell, Session
from tests.magics.works import held, let_go

SCORE = """\
import jupyter_runt
jupyter_runt.result("score", size * 2)
jupyter_runt.result("told", {"size": size})
"""


@pytest.fixture(autouse=True, scope="module")
def score(lived_in: Runt) -> None:
    lived_in.cells(SCORE, name="score.yml", parameters={"size": 1, "kind": None})


def table(cell: Cell) -> list[list[str]]:
    """Its rows, the caption aside; columns are two spaces apart."""
    (shown,) = cell.displays
    return [re.split(r"\s{2,}", line.strip()) for line in shown.text.splitlines()[1:]]


def test_a_table_has_a_row_for_each_value_with_status_and_results(notebook: Session):
    cell = notebook("sweep = %runt sweep score.yml -p size 10,100,1000 --wait")
    head, *rows = table(cell)
    assert head == ["RUN", "size", "STATUS", "CELLS", "TOOK", "score", "told"]
    assert [row[0] for row in rows] == notebook.value("[run.id for run in sweep]")
    assert [[*row[1:4], *row[5:]] for row in rows] == [
        ["10", "succeeded", "2/2", "20", "{'size': 10}"],
        ["100", "succeeded", "2/2", "200", "{'size': 100}"],
        ["1000", "succeeded", "2/2", "2000", "{'size': 1000}"],
    ]
    (shown,) = cell.displays
    assert "3/3 runs have ended" in shown.text.splitlines()[0]
    assert shown.html.count("<tr>") == 4
    assert notebook.value("[len(sweep), sweep[1].parameters['size'], sweep.counts]") == [3, 100, {"succeeded": 3}]


def test_results_are_a_dataframe_of_values_status_and_results(notebook: Session):
    notebook("sweep = %runt sweep score.yml -p size 1,2 -p kind x,y --check -q")
    notebook("frame = sweep.results\nimport pandas\nassert isinstance(frame, pandas.DataFrame)")
    assert notebook.value("list(frame.columns)") == ["run", "size", "kind", "status", "duration", "score", "told"]
    assert notebook.value("frame[['size', 'kind', 'status', 'score']].values.tolist()") == [
        [1, "x", "succeeded", 2], [1, "y", "succeeded", 2], [2, "x", "succeeded", 4], [2, "y", "succeeded", 4],
    ]  # fmt: skip
    assert notebook.value("frame.told[0]") == {"size": 1}
    assert notebook.value("list(frame.run)") == notebook.value("[run.id for run in sweep]")


def test_a_result_named_like_a_parameter_hides_nothing(lived_in: Runt, notebook: Session):
    lived_in.cells(
        "import jupyter_runt; jupyter_runt.result('size', size * 2)", name="same.yml", parameters={"size": 1}
    )
    notebook("sweep = %runt sweep same.yml -p size 1,2 --check -q")
    assert notebook.value("sweep.results[['size', 'result.size']].values.tolist()") == [[1, 2], [2, 4]]


def test_the_table_is_live_while_other_cells_run(lived_in: Runt, notebook: Session):
    lived_in.cells(held("swept"), "import jupyter_runt; jupyter_runt.result('done', size)", name="held.yml",
                   parameters={"size": 1})  # fmt: skip
    cell = notebook("sweep = %runt sweep held.yml -p size 1,2 --result done")
    (shown,) = cell.displays
    notebook.until(lambda: shown.text.count("running") == 2, "both run")
    assert notebook.value("sweep.counts") == {"running": 2}
    let_go(lived_in, "swept")
    notebook.until(lambda: "2/2 runs have ended" in shown.text, "both have ended")
    assert [row[-1] for row in table(cell)] == ["done", "1", "2"]
    assert len(notebook("sweep").displays) == 1, "shown again in a later cell"
    assert notebook("sweep.wait()").displays == [], "but not by a cell that only waits"


def test_a_list_of_the_notebook_is_split_and_others_are_not(notebook: Session):
    notebook("sizes = [1, 'two', None]")
    notebook("sweep = %runt sweep score.yml -p kind $sizes -p size 4 -q")
    assert notebook.value("sweep.values") == [{"kind": 1}, {"kind": "two"}, {"kind": None}]
    notebook("sweep.wait()\nsweep = %runt sweep score.yml -p kind {sizes[:1]} -q --check")
    assert notebook.value("sweep.values") == [{"kind": 1}]
    assert "No parameter has several values" in notebook.refused("%runt sweep score.yml -p size 1")
    assert "there is no value in it" in notebook.refused("%runt sweep score.yml -p size {[]}")
    assert "2,500 runs" in notebook.refused("%runt sweep score.yml -p size {list(range(50))} -p kind {list(range(50))}")


def test_one_refused_run_cancels_those_before_it(lived_in: Runt, notebook: Session):
    lived_in.cells(held("none"), name="checked.yml", parameters={"size": 1},
                   parameter_schema={"size": {"type": "integer"}})  # fmt: skip
    message = notebook.refused("%runt sweep checked.yml -p size 1,2,three --label sweep_of=refused")
    assert "size" in message
    listed = lived_in.json("ls", "--label", "sweep_of=refused")
    assert len(listed) == 2
    notebook.until(
        lambda: {row["status"] for row in lived_in.json("ls", "--label", "sweep_of=refused")} == {"cancelled"},
        "both are cancelled",
    )


def test_cancel_ends_those_that_have_not_ended(lived_in: Runt, notebook: Session):
    lived_in.cells(f"if size > 1:\n    {held('long').splitlines()[0]}\n    while True: time.sleep(0.01)", name="part.yml",
                   parameters={"size": 1})  # fmt: skip
    cell = notebook("sweep = %runt sweep part.yml -p size 1,2,3")
    (shown,) = cell.displays
    notebook.until(lambda: shown.text.count("running") == 2 and "succeeded" in shown.text, "one has ended")
    with_time = notebook("try:\n    sweep.wait(0.01)\nexcept TimeoutError as error:\n    print(error)")
    assert with_time.text == "2 of 3 runs have not ended.\n"
    notebook("sweep.cancel()\nsweep.wait()")
    assert notebook.value("sweep.counts") == {"succeeded": 1, "cancelled": 2}
    assert [row[2].split()[0] for row in table(cell)[1:]] == ["succeeded", "cancelled", "cancelled"]


def test_check_fails_the_cell_and_names_the_runs(lived_in: Runt, notebook: Session):
    lived_in.cells("1 / size", name="division.yml", parameters={"size": 1})
    message = notebook.refused("%runt sweep division.yml -p size 0,1 --check --var sweep")
    bad = notebook.value("sweep[0].id")
    assert message.splitlines() == [
        f"RunFailed: 1 of 2 runs have not succeeded: {bad}", f"  %runt show {bad} shows one.",
    ]  # fmt: skip
    assert notebook.value("[run.status for run in sweep]") == ["failed", "succeeded"]


def test_a_cells_body_can_be_swept(notebook: Session):
    cell = notebook("%%runt sweep -p size 1,2 --wait\nparameters: {size: 0}\ncells:\n  - source: 1 / size\n")
    assert [row[1:3] for row in table(cell)[1:]] == [["1", "succeeded"], ["2", "succeeded"]]


def test_twenty_runs_are_one_table_and_found_by_their_label(lived_in: Runt, notebook: Session):
    cell = notebook("sweep = %runt sweep score.yml -p size {list(range(20))} --check")
    (shown,) = cell.displays
    assert [row[5] for row in table(cell)[1:]] == [str(2 * size) for size in range(20)]
    in_a_second = [sum(begin <= each < begin + 1 for each in shown.updates) for begin in shown.updates]
    assert max(in_a_second) <= 10
    assert notebook.value("int(sweep.results['score'].sum())") == 380
    found = notebook("found = %runt ls --label sweep={sweep.id} --limit 50\nprint(len(found))")
    assert found.text == "20\n"


def test_a_sweep_takes_no_id(notebook: Session):
    assert "for one" in notebook.refused("%runt sweep score.yml -p size 1,2 --id x")


def test_a_sweep_of_an_earlier_session_is_found_by_its_id(lived_in: Runt, notebook: Session):
    lived_in.cells("print(size)", name="again.yml", parameters={"size": 1, "other": "x"})
    notebook("%runt sweep again.yml -p size 1,2 --wait -q --var s")
    sweep_id = notebook.value("s.id")
    later = Session(lived_in)
    try:
        later("%load_ext jupyter_runt")
        cell = later(f"again = %runt show {sweep_id}")
        assert "2/2 runs have ended" in cell.shown
        assert later.value("[again.values, [run.status for run in again]]") == [
            [{"size": 1}, {"size": 2}],
            ["succeeded", "succeeded"],
        ]
        assert "There is no run" in later.refused("%runt show 2000")
    finally:
        later.close()
