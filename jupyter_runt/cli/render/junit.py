"""Runs as JUnit XML, the form that Jenkins, GitLab and the usual GitHub actions read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from jupyter_runt.cli.render.ansi import strip
from jupyter_runt.cli.render.bundle import error_line
from jupyter_runt.cli.render.reasons import why, words
from jupyter_runt.events.codec import iso
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

Suite = tuple[RunState, str, Mapping[str, str]]


def junit(suites: Iterable[Suite], tracebacks: Mapping[tuple[str, str], str] | None = None) -> str:
    """One document: a testsuite for each (state, source path, outputs by cell), a testcase for each code cell.
    `tracebacks` are by run id and cell id; without one a failure holds the exception alone."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring

    root = Element("testsuites")
    for state, source_path, outputs in suites:
        suite = SubElement(root, "testsuite", _suite_attributes(state))
        SubElement(SubElement(suite, "properties"), "property", {"name": "run_id", "value": state.run_id})
        for cell in state.code_cells:
            case = SubElement(suite, "testcase", _case_attributes(state, cell, source_path))
            _tell_outcome(case, state, cell, (tracebacks or {}).get((state.run_id, cell.id), ""))
            if text := outputs.get(cell.id):
                SubElement(case, "system-out").text = _clean(_shortened(text))
        if _needs_own_case(state):
            case = SubElement(suite, "testcase", {"classname": _clean(state.name), "name": "(run)", "time": "0.000"})
            SubElement(case, "error", {"message": _clean(why(state, state.reason)), "type": state.reason or "failed"})
        for key, tag in _COUNTED.items():
            suite.set(key, str(sum(1 for _ in suite.iter(tag))))
    for key in _COUNTED:
        root.set(key, str(sum(int(suite.get(key, 0)) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', 0)) for suite in root):.3f}")
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _needs_own_case(state: RunState) -> bool:
    """A run may fail although none of its cells did: its kernel never started, its time was over."""
    return state.status == "failed" and not any(cell.status == "failed" for cell in state.code_cells)


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


def _shortened(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    half = LIMIT // 2
    return f"{text[:half]}\n… {len(text) - LIMIT:,} characters left out …\n{text[-half:]}"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", strip(text))
