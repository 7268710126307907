"""Runs as JUnit XML."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from jupyter_runt.cli.render.junit import junit
from jupyter_runt.run.state import fold
from tests.cli.logs import Log, recorded


def test_every_code_cell_is_a_testcase_with_its_outcome_place_and_output():
    state = fold("r", recorded("trouble"))
    root = fromstring(
        junit([(state, "trouble.yml", {"setup": "a\x00b\x1b[31mc\ud800"})], {("r", "fetch"): "\x1b[1mTrace"})
    )
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
    root = fromstring(junit([(fold("r", log.events), "-", {})]))
    assert (root.get("tests"), root.get("errors"), root.get("skipped")) == ("2", "1", "1")
    error = next(root.iter("error"))
    assert error.get("message") == "the kernel did not start: no such program"


def test_a_timeout_is_an_error_not_a_failure():
    log = Log("a")
    log.begin()
    log.start("a")
    log.finish("a", "failed", reason="cell_timeout", error={"ename": "KeyboardInterrupt", "evalue": ""}, fatal=True)
    log.end("failed", reason="cell_timeout")
    (error,) = fromstring(junit([(fold("r", log.events), "r.yml", {})])).iter("error")
    assert error.get("type") == "cell_timeout"
