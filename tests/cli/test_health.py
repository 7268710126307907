"""`jupyter runt health`: what real runs recorded, over time."""

from __future__ import annotations

import re

import pytest

from tests.cli.runt import Runt

SOURCE = """\
from jupyter_runt.monitoring import Health
health = Health("disk-check", subject=subject)
health.check("disk", value, warn=80, critical=95, unit="%", group="db")
health.record()
"""


@pytest.fixture(scope="module")
def watched(lived_in: Runt) -> Runt:
    """A home where the disk of `here` was well, critical, unknown and well again, and is now filling; `there` is well."""
    lived_in.cells(SOURCE, name="disk.yml", parameters={"value": None, "subject": "here"})
    for value in (50, 97, None, 60, 85):
        lived_in("execute", "disk.yml", "-q", *([] if value is None else ["-p", "value", value]))
    lived_in("execute", "disk.yml", "-q", "-p", "value", 1, "-p", "subject", "there")
    return lived_in


def test_where_nothing_is_watched_it_says_what_does(runt: Runt):
    assert (
        runt("health").err.strip() == "No run has recorded health yet: `jupyter runt execute simple-health-check` does."
    )
    assert runt("health", "--json").json() == []
    assert "No run has recorded health yet" in runt("health", "disk-check", code=2).err


def test_each_monitor_has_a_line_the_worst_first(watched: Runt):
    head, here, there = watched("health").out.splitlines()
    assert head.split() == ["MONITOR", "SUBJECT", "STATUS", "SINCE", "SCORE", "SCORES", "NEWEST"]
    assert re.fullmatch(r"disk-check  here     WARNING  .+ +50  █▁·█▅  .+", here)
    assert re.fullmatch(r"disk-check  there    HEALTHY  .+ +100  █      .+", there)


def test_one_monitor_is_shown_with_its_history_and_what_failed(watched: Runt):
    told = watched("health", "disk-check", "--subject", "here").out
    lines = told.splitlines()
    assert lines[0] == "disk-check · here"
    assert re.fullmatch(r"WARNING for .+, score 50 of 100, last HEALTHY .+ ago", lines[1])
    assert re.fullmatch(r"5 reports, the newest .+, by disk.yml", lines[2])
    assert lines[4:6] == ["scores    █▁·█▅", "statuses  ✓✗?✓!   ✗ CRITICAL  ! WARNING  ? NO DATA  ✓ HEALTHY"]
    (failed,) = (line for line in lines if "db: disk" in line)  # the three times that this one check was not well
    assert failed.startswith("WARNING   db: disk  disk is 85 %, above 80 %")
    runs = [line.split()[-1] for line in lines[lines.index("") :] if re.search(r"ago|just now", line)]
    assert runs[-1] == watched("health", "disk-check", "--json").json()["subjects"][0]["points"][0]["run_id"]


def test_the_number_of_reports_and_the_time_are_chosen(watched: Runt):
    told = watched("health", "disk-check", "--subject", "here", "--limit", "2").out
    rows = [re.split(" {2,}", line) for line in told.splitlines()]  # a table's columns are as wide as their widest cell
    told_of = [tuple(row[1:3]) for row in rows if len(row) > 3 and re.fullmatch("just now|.+ ago", row[0])]
    assert told_of == [("WARNING", "50"), ("HEALTHY", "100")]
    assert "Nothing was recorded in that time." in watched("health", "disk-check", "--since", "0.001s").out
    assert len(watched("health", "disk-check", "--since", "1h", "--json").json()["subjects"][0]["points"]) == 5


def test_several_subjects_are_shown_one_below_the_other(watched: Runt):
    told = watched("health", "disk-check").out
    assert told.index("disk-check · here") < told.index("disk-check · there")


def test_a_removed_run_is_in_no_history(runt: Runt):
    runt.cells(SOURCE, name="disk.yml", parameters={"value": 50, "subject": "here"})
    run_id = runt("execute", "disk.yml").run_id
    assert runt("health", "--json").json()[0]["run_id"] == run_id
    runt("rm", run_id)
    assert runt("health", "--json").json() == []
