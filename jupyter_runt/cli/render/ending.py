"""A run's end in one line: pure, from its state and the places of its cells."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.bundle import error_line
from jupyter_runt.cli.render.places import Places
from jupyter_runt.cli.render.reasons import why
from jupyter_runt.cli.render.tables import duration
from jupyter_runt.run import health
from jupyter_runt.run.state import RunState


def ending(state: RunState, places: Places, failing_lines: Mapping[str, int]) -> str:
    """What became of the run, and how what it watches is. `failing_lines` are those inside the cells, where they are known."""
    counts, total = state.counts(), len(state.order)
    healthy = f"; {_health(state)}" if state.health else ""
    if state.status == "succeeded":
        skipped = f", {counts['skipped']} skipped" if counts.get("skipped") else ""
        ran = counts.get("succeeded", 0)
        left = f"; the notebook left early, {_cells(counts['cancelled'])} never ran" if counts.get("cancelled") else ""
        return f"succeeded: {_cells(ran)} in {duration(state.duration or 0)}{skipped}{left}{healthy}"
    ran = counts.get("succeeded", 0) + counts.get("failed", 0)
    told = f"{ran} of {_cells(total)} ran"
    if state.reason in health.REASONS.values() and state.health:
        return f"{state.status}: {_health(state)}; fail_on: {state.policy.fail_on}, {told}"
    more = f", {counts['failed']} failed" if counts.get("failed", 0) > 1 else ""
    return f"{state.status}: {printable(_cause(state, places, failing_lines))}; {told}{more}{healthy}"


def _cause(state: RunState, places: Places, failing_lines: Mapping[str, int]) -> str:
    cell = next((cell for cell in state.code_cells if cell.status == "failed" and cell.reason == state.reason), None)
    if cell is None or state.status == "cancelled":
        return why(state, state.reason)
    place = f"cell {cell.id!r} ({places.shown(cell.id, failing_lines.get(cell.id, 0))})"
    return (
        f"{place}: {error_line(cell.error) if cell.error and cell.reason == 'cell_error' else why(state, cell.reason)}"
    )


def _health(state: RunState) -> str:
    others = len(state.health) - 1
    more = f" ({'1 more report is' if others == 1 else f'{others} more reports are'} no worse)" if others else ""
    return f"{printable(health.message(state.health.values()))}{more}"


def _cells(count: int) -> str:
    return f"{count} cell" if count == 1 else f"{count} cells"
