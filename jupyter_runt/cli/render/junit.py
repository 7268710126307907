"""Runs as JUnit XML, the form that Jenkins, GitLab and the usual GitHub actions read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_runt.cli.render.ansi import strip
from jupyter_runt.cli.render.bundle import error_line
from jupyter_runt.cli.render.health import Finding, Report, name_of
from jupyter_runt.cli.render.reasons import why, words
from jupyter_runt.events.codec import iso
from jupyter_runt.run import health
from jupyter_runt.run.parts import CellState
from jupyter_runt.run.state import RunState

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""

_OWN_FAULT = ("cell_error", "input_unavailable")
"""Reasons that are a test's failure; all others are an error of the circumstances."""

_COUNTED = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}

LIMIT = 1_000_000
"""Characters of one cell's output; readers of these files keep them in memory."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run: where its notebook is, what its cells printed, their tracebacks, and the health that it recorded."""

    state: RunState
    source_path: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    tracebacks: Mapping[str, str] = field(default_factory=dict)
    reports: Sequence[Report] = ()


def junit(runs: Iterable[Ran]) -> str:
    """One document: a testsuite for each run with a testcase for each code cell, and one for each report with a testcase for
    each check. Something in it has failed if, and only if, a run's exit code is not 0."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    root = Element("testsuites")
    for ran in runs:
        state = ran.state
        suite = SubElement(root, "testsuite", _suite_attributes(state))
        SubElement(SubElement(suite, "properties"), "property", {"name": "run_id", "value": state.run_id})
        for cell in state.code_cells:
            case = SubElement(suite, "testcase", _case_attributes(state, cell, ran.source_path))
            _tell_outcome(case, state, cell, ran.tracebacks.get(cell.id, ""))
            if text := ran.outputs.get(cell.id):
                SubElement(case, "system-out").text = _clean(_shortened(text))
        if _needs_own_case(state, ran.reports):
            case = SubElement(suite, "testcase", {"classname": _clean(state.name), "name": "(run)", "time": "0.000"})
            told = why(state, state.reason) if state.ended else f"it has not ended: the run is {state.status}"
            SubElement(case, "error", {"message": _clean(told), "type": state.reason or state.status})
        for report in ran.reports:
            _tell_health(root, state, report)
    for suite in root:
        for key, tag in _COUNTED.items():
            suite.set(key, str(sum(1 for _ in suite.iter(tag))))
    for key in _COUNTED:
        root.set(key, str(sum(int(suite.get(key, 0)) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', 0)) for suite in root):.3f}")
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _needs_own_case(state: RunState, reports: Sequence[Report]) -> bool:
    """A run may fail although none of its cells did: its kernel never started, its time was over, it was cancelled, and
    what was to record health did not. Health that is not borne has cases of its own."""
    if state.status == "succeeded" or any(cell.status == "failed" for cell in state.code_cells):
        return False
    return not (state.reason in health.REASONS.values() and any(report.unborne for report in reports))


def _suite_attributes(state: RunState) -> dict[str, str]:
    attributes = {"name": _clean(state.name), "time": f"{state.duration or 0:.3f}"}
    if state.submitted_at is not None:
        attributes["timestamp"] = iso(state.submitted_at).partition(".")[0]
    return attributes


def _case_attributes(state: RunState, cell: CellState, source_path: str) -> dict[str, str]:
    attributes = {"classname": _clean(state.name), "name": _clean(cell.id), "time": f"{cell.duration or 0:.3f}"}
    if source_path and source_path != "-":
        attributes["file"] = _clean(source_path)
        if cell.line:
            attributes["line"] = str(cell.line)
    return attributes


def _tell_outcome(case: Element, state: RunState, cell: CellState, traceback: str) -> None:
    from xml.etree.ElementTree import SubElement

    if cell.status == "failed":
        own = cell.reason in _OWN_FAULT
        named = error_line(cell.error) if cell.error else ""
        message = named if named and cell.reason == "cell_error" else why(state, cell.reason)
        kind = str((cell.error or {}).get("ename") or cell.reason) if own else cell.reason or "failed"
        outcome = SubElement(case, "failure" if own else "error", {"message": _clean(message), "type": _clean(kind)})
        outcome.text = _clean(_shortened(strip(traceback) or "\n".join(dict.fromkeys((message, named))).strip()))
    elif cell.status in ("skipped", "cancelled"):
        message = words(cell.reason) if cell.reason else f"it never ran: the run is {state.status}"
        SubElement(case, "skipped", {"message": _clean(message)})


def _tell_health(root: Element, state: RunState, report: Report) -> None:
    """A suite of its own: what reads these files shows failing checks by their names, and since when each fails."""
    from xml.etree.ElementTree import SubElement

    title = _clean(report.title)
    suite = SubElement(root, "testsuite", {**_suite_attributes(state), "name": title, "time": "0.000"})
    told = {"run_id": state.run_id, "monitor": report.monitor, "subject": report.subject, "status": report.status}
    score = "" if report.score is None else f"{report.score:g}"
    properties = SubElement(suite, "properties")
    for name, value in {**told, "score": score, "fail_on": state.policy.fail_on or ""}.items():
        SubElement(properties, "property", {"name": name, "value": _clean(value)})
    unborne = (report.status, *health.FAIL_ON.get(state.policy.fail_on or "", ())) if report.unborne else ()
    names: dict[str, int] = {}
    failed = False
    for each in report.findings:
        name = name_of(each) or "(check)"
        names[name] = names.get(name, 0) + 1
        name += f" ({names[name]})" if names[name] > 1 else ""
        case = SubElement(suite, "testcase", {"classname": title, "name": _clean(name), "time": "0.000"})
        _tell_check(case, each, unborne)
        failed = failed or each["status"] in unborne
    if not report.findings or (report.unborne and not failed):
        case = SubElement(suite, "testcase", {"classname": title, "name": "(health)", "time": "0.000"})
        _tell_check(case, {"status": report.status, "message": report.standing}, unborne)


def _tell_check(case: Element, found: Finding, unborne: Sequence[str]) -> None:
    from xml.etree.ElementTree import SubElement

    status, message = found["status"], found["message"] or found.get("shown", "")
    told = {"message": _clean(message or status), "type": status}
    if status in unborne:
        SubElement(case, "failure", told).text = _clean(f"{status}: {message}")
    elif status == health.NO_DATA:
        SubElement(case, "skipped", {"message": told["message"]})
    else:
        SubElement(case, "system-out").text = _clean(f"{status}: {message}")


def _shortened(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    half = LIMIT // 2
    return f"{text[:half]}\n… {len(text) - LIMIT:,} characters left out …\n{text[-half:]}"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", strip(text))
