"""What the live region says: pure, a few lines of text from a run's state and the time."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.reasons import words
from jupyter_runt.cli.render.tables import duration
from jupyter_runt.columns import cut, width
from jupyter_runt.run.parts import CellState
from jupyter_runt.run.state import RunState

SHARE = 3
"""The region takes at most one SHARE-th of the terminal's height."""
SILENT = 60.0
NAME = 32
BAR = 24

_MARKS = {
    "pending": "·",
    "running": "▶",
    "waiting": "?",
    "succeeded": "✓",
    "failed": "✗",
    "cancelled": "⊘",
    "skipped": "»",
}
_ASCII = {
    "pending": ".",
    "running": ">",
    "waiting": "?",
    "succeeded": "+",
    "failed": "x",
    "cancelled": "-",
    "skipped": "-",
}
_COLOURS = {
    "running": "36",
    "waiting": "35",
    "succeeded": "32",
    "failed": "31",
    "cancelled": "33",
    "pending": "2",
    "skipped": "2",
}
_MEASURES = {"interrupt": "interrupting", "terminate": "terminating the kernel", "kill": "killing the kernel"}


@dataclass(frozen=True, slots=True)
class Style:
    """What the terminal can show."""

    colour: bool = True
    unicode: bool = True

    def paint(self, code: str, text: str) -> str:
        """`text` in the colour of this SGR code, if colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


def live(state: RunState, style: Style, size: tuple[int, int], now: float, heard: float) -> list[str]:
    """The region for a terminal of `size` (columns, rows): cells around the running one, and a bar. `heard` is when the
    last event came; both times are in seconds since the epoch."""
    columns, rows = size
    height = max(1, rows // SHARE)
    columns -= 1  # a full line would make some terminals wrap
    shown = _window(state, height - 1)
    return [*_cells(state, shown, style, columns, now, heard), _bar(state, style, columns, now, len(shown))]


def final(state: RunState, style: Style, size: tuple[int, int]) -> list[str]:
    """What stays of the region after the run: the same cells without the bar."""
    columns, rows = size
    return _cells(state, _window(state, max(1, rows // SHARE) - 1), style, columns - 1, 0.0, 0.0)


def _window(state: RunState, height: int) -> list[CellState]:
    cells = state.code_cells
    if state.current in state.order:
        focus = state.order.index(state.current)
    elif state.ended and state.culprit in state.order:
        focus = state.order.index(state.culprit)
    else:
        focus = state.position
    start = max(0, min(focus - height // 2, len(cells) - height))
    return cells[start : start + height]


def _cells(state: RunState, shown: list[CellState], style: Style, columns: int, now: float, heard: float) -> list[str]:
    names = [cut(printable(cell.id), min(NAME, max(8, columns // 2))) for cell in shown]
    widest = max(map(width, names), default=0)
    lines = []
    for cell, name in zip(shown, names, strict=True):
        mark = (_MARKS if style.unicode else _ASCII).get(cell.status, " ")
        told = _told(state, cell, now, heard)
        text = cut(f"{name}{' ' * (widest - width(name))}  {told}".rstrip(), columns - 2)
        colour = _COLOURS.get(cell.status, "2")
        lines.append(style.paint(colour, mark) + " " + (style.paint("2", text) if cell.status == "pending" else text))
    return lines


def _told(state: RunState, cell: CellState, now: float, heard: float) -> str:
    if cell.status in ("running", "waiting"):
        parts = [duration(now - cell.started_at)] if cell.started_at is not None else []
        if cell.status == "waiting" and state.question is not None:
            parts.append(f"asks: {printable(state.question.prompt).strip() or '(no prompt)'}")
        elif now - heard >= SILENT:
            parts.append(f"silent for {int((now - heard) // 60)} min")
        return ", ".join(parts)
    took = duration(cell.duration) if cell.duration is not None else ""
    reason = f"({words(cell.reason)})" if cell.reason and cell.reason != "cell_error" else ""
    return " ".join(part for part in (took, reason) if part)


def _bar(state: RunState, style: Style, columns: int, now: float, shown: int) -> str:
    counts, total = state.counts(), len(state.order)
    done = total - counts.get("pending", 0) - counts.get("running", 0) - counts.get("waiting", 0)
    length = max(0, min(BAR, columns // 4))
    filled = length * done // total if total else 0
    full, empty = ("━", "─") if style.unicode else ("#", "-")
    parts = [f"{done}/{total}"]
    if shown < total:
        parts += [f"{counts[status]} {'ok' if status == 'succeeded' else status}" for status in
                  ("succeeded", "failed", "skipped", "cancelled") if counts.get(status)]  # fmt: skip
    parts.append(_phase(state, now))
    if state.submitted_at is not None:
        parts.append(duration(now - state.submitted_at) if now - state.submitted_at >= 1 else "")
    text = cut(" " + ", ".join(part for part in parts if part), columns - length)
    colour = "31" if counts.get("failed") else "32"
    return style.paint(colour, full * filled) + style.paint("2", empty * (length - filled)) + text


def _phase(state: RunState, now: float) -> str:
    """What the run does where no running cell says it."""
    if state.stopping is not None:
        return f"{_MEASURES[state.stopping.stage]} ({words(state.stopping.reason)})"
    if state.cancelled:
        return "cancelling"
    if state.kernel == "starting":
        return "starting the kernel"
    if state.kernel == "stopping":
        return "stopping the kernel"
    if state.paused:
        return "paused"
    if state.status == "queued":
        return "queued" if state.worker is None else ""
    if state.status == "starting" and state.attempt > 1:
        return f"waiting for attempt {state.attempt}"
    return ""
