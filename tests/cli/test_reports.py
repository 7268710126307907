"""`execute --report`: real runs, and what is left for those who did not watch."""

from __future__ import annotations

from xml.etree.ElementTree import parse

import pytest

from tests.cli.runt import Runt

HEALTH = """\
from jupyter_runt.monitoring import Health
with Health("disk-check", subject="here") as health:
    for number in range({checks}):
        health.check(f"disk {{number}}", number, warn=85, critical=95, unit="%")
"""


def test_a_file_has_the_markdown_that_a_job_summary_has(lived_in: Runt):
    failing = lived_in.cells(HEALTH.format(checks=97), "x = 1\n1 / 0", "2", name="failing.yml")
    summary = lived_in.home / "summary.md"
    options = ("--report", "github", "--report", "markdown=health.md")
    ended = lived_in("execute", failing, *options, env={"GITHUB_STEP_SUMMARY": str(summary)}, code=1)
    text = (lived_in.home / "health.md").read_text()
    assert text == summary.read_text()
    last = next(line for line in ended.err.splitlines() if line.startswith("failed: "))
    assert last.startswith("failed: cell 'c2' (failing.yml:")
    assert f"\n{last}\n" in text
    assert "::error file=failing.yml,line=" in ended.err
    assert "#### 🔴 disk-check: here is CRITICAL" in text


def test_a_report_that_lives_in_a_blob_is_read_whole(lived_in: Runt):
    many = lived_in.cells(HEALTH.format(checks=500), metadata={"fail_on": "critical"}, name="many.yml")
    ended = lived_in("execute", many, "--report", "junit=many.xml", "--report", "markdown=many.md", code=7)
    with lived_in.store() as store:
        (recorded,) = [each for each in store.read(ended.run_id) if each.type == "result.recorded"]
    assert "$blob" in str(recorded.data["data"])
    root = parse(lived_in.home / "many.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("501", "404", "0")
    assert "\n364 more checks are not well, or not known.\n" in (lived_in.home / "many.md").read_text()


def test_several_notebooks_at_once_share_a_summary(lived_in: Runt):
    names = [
        lived_in.cells(HEALTH.format(checks=3), metadata={"title": name}, name=f"{name}.yml")
        for name in ("one", "two", "six")
    ]
    summary = lived_in.home / "shared.md"
    lived_in("execute", *names, "-j", "3", "-q", "--report", "github", "--report", "markdown=all.md",
             env={"GITHUB_STEP_SUMMARY": str(summary)})  # fmt: skip
    for text in (summary.read_text(), (lived_in.home / "all.md").read_text()):
        assert sorted(line for line in text.splitlines() if line.startswith("### ")) == [
            "### ✅ one", "### ✅ six", "### ✅ two",
        ]  # fmt: skip
        assert text.count("#### 🟢 disk-check: here is HEALTHY, score 100\n\n3 checks, none of them failing.\n") == 3


def test_without_a_job_there_is_no_summary_to_write(lived_in: Runt):
    ended = lived_in("execute", lived_in.cells("1"), "--report", "github")
    assert "::group::cell c1" in ended.err
    assert "summary was not written" not in ended.err


@pytest.mark.parametrize("given", ["github=x.md", "markdown", "markdown=", "json=x", "junit"])
def test_a_report_of_no_kind_is_refused_with_those_that_there_are(lived_in: Runt, given):
    ended = lived_in("execute", lived_in.cells("1"), "--report", given, code=2)
    assert f"--report {given!r}: it is one of junit=FILE, markdown=FILE and github." in ended.err


def test_a_report_that_has_no_place_is_told_before_anything_runs(lived_in: Runt):
    ended = lived_in("execute", lived_in.cells("open('ran', 'w')"), "--report", "markdown=no/where.md", code=2)
    assert "no/where.md" in ended.err
    assert not (lived_in.home / "ran").exists()
