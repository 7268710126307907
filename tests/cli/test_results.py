"""`show` and named results."""

from __future__ import annotations

from tests.cli.runt import Runt

NOTEBOOK = """\
cells:
  - id: a
    source: |
      import jupyter_runt
      jupyter_runt.result("total", {"sum": 42})
      jupyter_runt.result("long", "x" * 20_000)
      jupyter_runt.result("two", {"text/plain": "one\\ntwo\\033[31m", "text/html": "<b>"}, mime=True)
"""


def test_show_lists_the_results_and_prints_one(runt: Runt):
    runt.write("n.yml", NOTEBOOK)
    run_id = runt("execute", "n.yml").run_id
    shown = [
        line.split(maxsplit=1)[1] for line in runt("show", run_id).out.splitlines() if line.startswith("  result:")
    ]
    assert shown == ["total = {'sum': 42}", "long = <text/plain, application/json>", "two = one two"]
    assert runt("show", run_id, "--result", "total").out == "{'sum': 42}\n"
    assert runt("show", run_id, "--result", "total", "--json").json()["application/json"] == {"sum": 42}
    assert runt("show", run_id, "--result", "long").out == repr("x" * 20_000) + "\n"


def test_an_unknown_result_is_told_which_there_are(runt: Runt):
    runt.write("n.yml", NOTEBOOK)
    runt("execute", "n.yml")
    answer = runt("show", "last", "--result", "nope", code=2)
    assert "total, long, two" in answer.err
