"""Runs as JUnit XML."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from jupyter_runt.cli.outcome import exit_code
from jupyter_runt.cli.render.health import reports
from jupyter_runt.cli.render.junit import Ran, junit
from jupyter_runt.events import Draft
from jupyter_runt.run import health
from jupyter_runt.run.policy import Policy
from jupyter_runt.run.state import fold
from tests.cli.logs import Log, recorded
from tests.run.driving import WALL, Driver, code


def test_every_code_cell_is_a_testcase_with_its_outcome_place_and_output():
    state = fold("r", recorded("trouble"))
    root = fromstring(junit([Ran(state, "trouble.yml", {"setup": "a\x00b\x1b[31mc\ud800"}, {"fetch": "\x1b[1mTrace"})]))
    (suite,) = root
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert list(cases) == ["parameters", "setup", "picture", "fetch", "never"]
    counts = {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "5", "failures": "1", "errors": "0", "skipped": "1"}
    failure = cases["fetch"].find("failure")
    assert failure is not None
    assert (failure.get("message"), failure.get("type"), failure.text) == (
        "ZeroDivisionError: division by zero", "ZeroDivisionError", "Trace")  # fmt: skip
    assert (cases["fetch"].get("file"), cases["fetch"].get("line")) == ("trouble.yml", "28")
    assert cases["setup"].findtext("system-out") == "abc"
    assert cases["never"].find("skipped") is not None


def test_a_kernel_that_never_started_is_an_error_of_the_run():
    log = Log("a")
    log.add("kernel.starting", {"clock": 1.0, "attempt": 1})
    log.add("kernel.failed", {"reason": "kernel_start_failed", "message": "no such program"})
    log.end("failed", reason="kernel_start_failed", message="no such program")
    root = fromstring(junit([Ran(fold("r", log.events), "-")]))
    assert (root.get("tests"), root.get("errors"), root.get("skipped")) == ("2", "1", "1")
    error = next(root.iter("error"))
    assert error.get("message") == "the kernel did not start: no such program"


def test_a_timeout_is_an_error_not_a_failure():
    log = Log("a")
    log.begin()
    log.start("a")
    log.finish("a", "failed", reason="cell_timeout", error={"ename": "KeyboardInterrupt", "evalue": ""}, fatal=True)
    log.end("failed", reason="cell_timeout")
    (error,) = fromstring(junit([Ran(fold("r", log.events), "r.yml")])).iter("error")
    assert error.get("type") == "cell_timeout"


def test_a_run_that_was_cancelled_or_has_not_ended_is_no_success():
    log = Log("a")
    log.begin()
    (error,) = fromstring(junit([Ran(fold("r", log.events))])).iter("error")
    assert error.get("message") == "it has not ended: the run is running"
    log.end("cancelled", reason="cancelled_by_user")
    root = fromstring(junit([Ran(fold("r", log.events))]))
    assert (root.get("errors"), root.get("skipped")) == ("1", "1")


# -- health ----------------------------------------------------------------------------------------------------------

STATUSES = ("CRITICAL", "WARNING", "NO DATA", "PARTIAL", "HEALTHY")
CHECKS = [
    {"name": "disk", "group": "", "status": "CRITICAL", "message": "disk is 97 %, above 95 %"},
    {"name": "disk", "group": "db-1", "status": "WARNING", "message": "disk is 90 %, above 85 %"},
    {"name": "docker", "group": "", "status": "NO DATA", "message": "docker could not be measured"},
    {"name": "CPU", "group": "", "status": "OK", "message": "", "shown": "3 %"},
]


def watched(fail_on: str | None, *statuses: str, checks: Any = CHECKS) -> Element:
    """What is written of a run that recorded reports of these statuses, and ended as the run's own rules say."""
    run = Driver(code("a"), policy=Policy(fail_on=fail_on))
    run.ready()
    findings = {}
    for number, status in enumerate(statuses):
        told = {"version": 1, "monitor": "m", "subject": str(number), "status": status, "score": 50, "checks": checks}
        bundle, name = {health.MIME: told}, f"r{number}"
        recorded = {"name": name, "data": bundle, "health": health.brief(bundle)}
        run.record(Draft("result.recorded", recorded, "a", at=WALL))
        findings[name] = health.findings(bundle)
    run.reply()
    run.exit(0)
    root = fromstring(junit([Ran(run.state, reports=reports(run.state, findings))]))
    bad = int(root.get("failures", 0)) + int(root.get("errors", 0))
    assert (bad > 0) is (exit_code(run.state) != 0)
    return root


def outcomes(root: Element) -> dict[str, str]:
    """Of the first report: by testcase, what it says of it."""
    return {str(case.get("name")): case[0].tag for case in root[1].iter("testcase")}


@pytest.mark.parametrize("fail_on", [None, "critical", "warning"])
@pytest.mark.parametrize("checks", [CHECKS, CHECKS[3:], []], ids=["failing", "well", "none"])
def test_something_has_failed_if_and_only_if_the_exit_code_says_so(fail_on, checks):
    watched(fail_on, checks=checks)
    for first in STATUSES:
        for second in STATUSES:
            watched(fail_on, first, second, checks=checks)


def test_every_check_is_a_testcase_and_fails_by_what_the_notebook_does_not_bear():
    well = {"disk": "system-out", "db-1: disk": "system-out", "docker": "skipped", "CPU": "system-out"}
    assert outcomes(watched(None, "CRITICAL")) == well
    assert outcomes(watched("critical", "WARNING")) == well
    assert outcomes(watched("critical", "CRITICAL")) == {**well, "disk": "failure"}
    assert outcomes(watched("warning", "CRITICAL")) == {**well, "disk": "failure", "db-1: disk": "failure"}


def test_a_report_is_a_suite_with_its_score():
    root = watched("critical", "CRITICAL")
    assert [suite.get("name") for suite in root] == ["report", "m: 0"]
    assert {each.get("name"): each.get("value") for each in root[1].iter("property")} == {
        "run_id": "r1", "monitor": "m", "subject": "0", "status": "CRITICAL", "score": "50", "fail_on": "critical",
    }  # fmt: skip
    (failure,) = root.iter("failure")
    assert (failure.get("type"), failure.get("message")) == ("CRITICAL", "disk is 97 %, above 95 %")
    assert root[1].findtext("testcase[@name='CPU']/system-out") == "OK: 3 %"


def test_health_without_a_failing_check_has_a_testcase_of_its_own():
    assert outcomes(watched("critical", "CRITICAL", checks=CHECKS[3:])) == {"CPU": "system-out", "(health)": "failure"}
    assert outcomes(watched("critical", "NO DATA", checks=[])) == {"(health)": "failure"}
    assert outcomes(watched(None, "NO DATA", checks=[])) == {"(health)": "skipped"}


def test_checks_of_one_name_are_told_apart():
    twins = [CHECKS[0], {**CHECKS[0], "status": "OK"}]
    assert outcomes(watched("critical", "CRITICAL", checks=twins)) == {"disk": "failure", "disk (2)": "system-out"}
