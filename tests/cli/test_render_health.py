"""The health of a run, as each renderer tells of it."""

from __future__ import annotations

from typing import Any

import pytest
from markdown_it import MarkdownIt

from jupyter_runt.cli.render.base import Look
from jupyter_runt.cli.render.choice import choose
from jupyter_runt.cli.render.github import GitHubRenderer
from jupyter_runt.cli.render.plain import PlainRenderer
from jupyter_runt.cli.render.terminal import TerminalRenderer
from tests.cli.logs import Log, Stream

DISK = {"name": "disk", "group": "", "status": "CRITICAL", "message": "disk is 97 %, above 95 %"}
MEMORY = {"name": "memory", "group": "db-1", "status": "WARNING", "message": "memory is 80 %, above 75 %"}
DOCKER = {"name": "docker", "group": "", "status": "NO DATA", "message": ""}
CPU = {"name": "CPU", "group": "", "status": "OK", "message": "", "shown": "3 %"}


def report(status: str, *checks: dict[str, Any], score: float | None = 50.0, **more: Any) -> dict[str, Any]:
    return {"status": status, "score": score, "checks": list(checks), **more}


def ran(*reports: dict[str, Any], reason: str | None = None, message: str = "", **policy: Any) -> Log:
    """A run of one cell that records these reports."""
    log = Log("a", **policy)
    log.begin()
    log.start("a")
    for number, each in enumerate(reports):
        log.record("a", each, f"health-{number}")
    log.finish("a")
    log.end("failed" if reason else "succeeded", **({"reason": reason, "message": message} if reason else {}))
    return log


def lines(log: Log, *, quiet: bool = False) -> list[str]:
    err = Stream()
    renderer = PlainRenderer(Look(quiet=quiet), Stream(), err)
    for event in log.events:
        renderer.event(event)
    renderer.close()
    return err.getvalue().splitlines()


def on_github(log: Log, tmp_path, *, quiet: bool = False) -> tuple[list[str], str]:
    """The annotations, and the summary."""
    err, summary = Stream(), tmp_path / "summary.md"
    renderer = GitHubRenderer(Look(quiet=quiet), Stream(), err, {"GITHUB_STEP_SUMMARY": str(summary)})
    for event in log.events:
        renderer.event(event)
    renderer.close()
    annotations = [
        line for line in err.getvalue().splitlines() if line.startswith(("::error", "::warning", "::notice"))
    ]
    return annotations, summary.read_text("utf-8")


# -- the last line ---------------------------------------------------------------------------------------------------


def test_the_last_line_of_a_run_that_succeeded_tells_its_health():
    assert lines(ran(report("HEALTHY", CPU, score=100.0)))[-1] == (
        "succeeded: 1 cell in 1.4 s; disk-check: here is HEALTHY, score 100"
    )


def test_health_is_told_though_the_notebook_bears_it():
    assert lines(ran(report("WARNING", CPU, MEMORY)))[-1].endswith(
        "; disk-check: here is WARNING, score 50; db-1: memory is 80 %, above 75 %"
    )


def test_of_several_reports_the_worst_is_told():
    log = ran(report("HEALTHY", CPU), report("CRITICAL", DISK, score=0.0), report("WARNING", MEMORY))
    assert lines(log)[-1].endswith("CRITICAL, score 0; disk is 97 %, above 95 % (2 more reports are no worse)")


def test_a_run_that_failed_by_its_health_says_so_and_not_that_a_cell_did():
    log = ran(report("CRITICAL", DISK), reason="health_critical", message="…", fail_on="critical")
    told = (
        "failed: disk-check: here is CRITICAL, score 50; disk is 97 %, above 95 %; fail_on: critical, 1 of 1 cell ran"
    )
    assert lines(log)[-1] == lines(log, quiet=True)[-1] == told


def test_a_run_that_recorded_none_says_what_is_missing():
    log = ran(reason="health_no_data", message="no health was recorded", fail_on="critical")
    assert lines(log)[-1] == (
        "failed: it found out nothing about what it watches: no health was recorded; 1 of 1 cell ran"
    )


def test_a_cell_that_failed_comes_before_the_health():
    log = Log("a", fail_on="critical")
    log.begin()
    log.start("a")
    log.record("a", report("CRITICAL", DISK))
    log.finish("a", "failed", reason="cell_error", error={"ename": "E", "evalue": "x"}, fatal=True)
    log.end("failed", reason="cell_error")
    assert lines(log)[-1].startswith(
        "failed: cell 'a' (/srv/report.yml:10): E: x; 1 of 1 cell ran; disk-check: here is"
    )


def test_a_terminal_does_not_show_a_critical_state_in_green():
    err = Stream(terminal=True)
    renderer = TerminalRenderer(Look(), Stream(), err, colour=True)
    for event in ran(report("CRITICAL", DISK)).events:
        renderer.event(event)
    renderer.close()
    told = "disk-check: here is \x1b[31mCRITICAL\x1b[0m, score 50; disk is 97 %, above 95 %"
    assert f"\x1b[32msucceeded\x1b[0m: 1 cell in 1.4 s; {told}\n" in err.getvalue()


def test_a_quiet_run_that_succeeded_stays_quiet():
    assert lines(ran(report("WARNING", MEMORY)), quiet=True) == []


# -- GitHub ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "fail_on", "reason", "level"),
    [
        ("CRITICAL", "critical", "health_critical", "error"),
        ("CRITICAL", None, None, "error"),
        ("WARNING", "warning", "health_warning", "error"),
        ("WARNING", "critical", None, "warning"),
        ("NO DATA", "critical", "health_no_data", "error"),
        ("NO DATA", None, None, "warning"),
        ("PARTIAL", "critical", None, "notice"),
    ],
)
def test_health_that_is_not_well_is_one_annotation(tmp_path, status, fail_on, reason, level):
    log = ran(report(status, MEMORY, DISK), reason=reason, message="…", fail_on=fail_on)
    told = "disk is 97 %25, above 95 %25%0Adb-1: memory is 80 %25, above 75 %25"
    assert on_github(log, tmp_path)[0] == [f"::{level} title={status}%3A disk-check%3A here::{told}"]


def test_health_that_is_well_is_none_and_a_missing_report_an_error(tmp_path):
    assert on_github(ran(report("HEALTHY", CPU)), tmp_path)[0] == []
    log = ran(reason="health_no_data", message="no health was recorded", fail_on="critical")
    assert on_github(log, tmp_path)[0] == ["::error title=NO DATA%3A Report::no health was recorded"]


def test_a_quiet_run_has_its_summary_and_its_annotations(tmp_path):
    annotations, summary = on_github(ran(report("WARNING", MEMORY)), tmp_path, quiet=True)
    assert len(annotations) == 1
    assert "#### 🟠 disk-check: here is WARNING, score 50" in summary


def test_an_annotation_names_the_worst_checks_and_how_many_more_there_are(tmp_path):
    checks = [{**MEMORY, "name": f"m{number}"} for number in range(40)]
    (said,) = on_github(ran(report("CRITICAL", *checks, DISK)), tmp_path)[0]
    assert "::disk is 97 %25" in said
    assert said.count("%0A") == 10
    assert said.endswith("%0Aand 31 more")


def test_a_check_that_says_nothing_is_told_by_its_name(tmp_path):
    (said,) = on_github(ran(report("NO DATA", DOCKER, score=None)), tmp_path)[0]
    assert said.endswith("::docker")


def test_an_alert_that_no_check_gives_says_why(tmp_path):
    alerts = [
        {"type": "disk", "severity": "critical", "message": "disk is 97 %, above 95 %"},
        {"type": "token", "severity": "critical", "message": "db-1: the token ends today", "group": "db-1"},
        {"type": "incomplete", "severity": "info", "message": "not read"},
        {"type": "details", "severity": "info", "message": "an idle database"},
    ]
    log = ran(report("CRITICAL", DISK, DOCKER, alerts=alerts, incomplete=["not read"]))
    assert on_github(log, tmp_path)[0][0].endswith(
        "::db-1: the token ends today%0Adisk is 97 %25, above 95 %25%0Anot read%0Adocker"
    )


def test_choosing_github_needs_no_runner():
    assert isinstance(choose(Look(github=True), Stream(), Stream(), {}), GitHubRenderer)


# -- Markdown --------------------------------------------------------------------------------------------------------


def test_text_of_users_is_no_markdown(tmp_path):
    bad = "</td><img src=x>|`a` *b* [c](d)\n# e ~~f~~ $g$ &lt;"
    log = ran(report("WARNING", {**MEMORY, "name": bad, "group": bad, "message": bad}, monitor=bad, subject=bad))
    summary = on_github(log, tmp_path)[1]
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(summary)
    assert shown.count("<tr>") == 4
    assert shown.count("<td>") == 4 + 2
    assert not [tag for tag in ("<img", "<code", "<em", "<a ", "<s>", "<h1") if tag in shown]
    assert "&lt;/td&gt;&lt;img src=x&gt;|`a` *b* [c](d) # e ~~f~~ $g$ &amp;lt;</td>" in shown


def test_a_summary_stays_small_whatever_the_report_is(tmp_path):
    checks = [{**MEMORY, "name": f"m{number}", "message": "x" * 5000} for number in range(3000)]
    summary = on_github(ran(report("WARNING", *checks)), tmp_path)[1]
    assert summary.count("| 🟠 WARNING |") == 50
    assert "\n2,950 more checks are not well, or not known.\n" in summary
    assert len(summary) < 100_000


def test_the_worst_report_comes_first(tmp_path):
    summary = on_github(ran(report("HEALTHY", CPU), report("CRITICAL", DISK, CPU)), tmp_path)[1]
    assert [line for line in summary.splitlines() if line.startswith("####")] == [
        "#### 🔴 disk-check: here is CRITICAL, score 50", "#### 🟢 disk-check: here is HEALTHY, score 50",
    ]  # fmt: skip
    assert "\n1 check, none of them failing.\n" in summary
