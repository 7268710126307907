"""Real runs find the reports of earlier ones in the store that they are in."""

from __future__ import annotations

from typing import Any

from tests.cli.runt import Runt
from tests.monitoring.reading import recorded

CHECK = """\
from jupyter_runt.monitoring import Health
health = Health("disk-check", subject="{subject}")
health.check("disk", {value}, warn=85, critical=95, unit="%")
health.record()
"""


def execute(runt: Runt, value: object, *, name: str = "disk.yml", subject: str = "here", code: int = 0) -> Any:
    return recorded(
        runt, runt("execute", runt.cells(CHECK.format(value=value, subject=subject), name=name), code=code).run_id
    )


def test_a_report_is_compared_with_those_of_the_same_monitor(runt: Runt):
    first = execute(runt, 50)
    assert (first["earlier"]["looked_at"], first["earlier"]["previous"]) == (0, None)
    execute(runt, 99, subject="elsewhere")
    execute(runt, None, name="copy.yml")
    last = execute(runt, 90)["earlier"]
    assert (last["looked_at"], last["note"]) == (2, "")
    assert last["previous"]["status"] == "NO DATA"
    assert last["healthy_at"] == first["at"]
    (trend,) = last["trends"]
    assert (trend["previous"], trend["change"], [value for _, value in trend["series"]]) == (50, 40, [50, 90])
    text = runt("show", "last", "--result", "health").out
    assert "; last HEALTHY " in text
    assert "+40 %" in text


def test_runs_that_failed_or_recorded_nothing_are_no_obstacle(runt: Runt):
    execute(runt, 90)
    runt("execute", runt.cells("1 / 0", name="disk.yml"), code=1)
    runt("execute", runt.cells("import jupyter_runt; jupyter_runt.result('health', 3)", name="disk.yml"))
    runt(
        "execute",
        runt.cells(CHECK.format(value=97, subject="here"), metadata={"fail_on": "critical"}, name="disk.yml"),
        code=7,
    )
    found = execute(runt, 98)["earlier"]
    assert (found["looked_at"], found["previous"]["status"]) == (2, "CRITICAL")


def test_a_store_that_cannot_be_read_is_said_and_keeps_nobody_from_the_report(runt: Runt):
    source = "import os\nos.environ['JUPYTER_RUNT_STORE'] = 'sqlite:////proc/self/store.sqlite'\n"
    report = recorded(runt, runt("execute", runt.cells(source + CHECK.format(value=50, subject="here"))).run_id)
    assert report["status"] == "HEALTHY"
    assert report["earlier"]["note"].startswith("earlier runs could not be read: ")


def test_they_are_read_while_the_notebook_measures(runt: Runt):
    execute(runt, 50)
    first, _, rest = CHECK.format(value=60, subject="here").partition("health.check")
    source = (
        f"{first}import os\nos.environ['JUPYTER_RUNT_STORE'] = 'sqlite:////dev/null/store.sqlite'\nhealth.check{rest}"
    )
    found = recorded(runt, runt("execute", runt.cells(source, name="disk.yml")).run_id)["earlier"]
    assert (found["looked_at"], found["note"]) == (1, "")


def test_where_no_store_is_known_a_report_stands_for_itself(runt: Runt):
    source = "import os\ndel os.environ['JUPYTER_RUNT_STORE']\n" + CHECK.format(value=50, subject="here")
    assert "earlier" not in recorded(runt, runt("execute", runt.cells(source)).run_id)
