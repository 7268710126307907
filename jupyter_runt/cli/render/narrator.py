"""From the events of a run to what is said of it: pure, the same for every renderer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.base import Look
from jupyter_runt.cli.render.bundle import bundle_text, error_line, traceback_text
from jupyter_runt.cli.render.ending import ending
from jupyter_runt.cli.render.health import Finding, Report, reports
from jupyter_runt.cli.render.places import Places, failing_line
from jupyter_runt.cli.render.reasons import remedy, words
from jupyter_runt.cli.render.tables import duration, size
from jupyter_runt.events import Event
from jupyter_runt.run import health
from jupyter_runt.run.state import RunState, apply
from jupyter_runt.run.transitions import IllegalMoveError

TRACEBACK_KEPT = 100_000
"""Characters of a cell's last traceback that are searched for the failing line."""


class Kind(Enum):
    """What a piece is, and so where it goes."""

    OUT = "text of a cell's stdout, exactly"
    ERR = "text of a cell's stderr, exactly"
    RESULT = "a result or display: lines of their own on stdout"
    TRACEBACK = "lines of their own on stderr, with colours"
    STARTED = "a cell's start: a line on stderr"
    FINISHED = "a cell's end: a line on stderr"
    FAILED = "why a cell or the run failed: lines on stderr"
    NOTE = "anything else worth a line on stderr"
    SUMMARY = "the run's end: a line on stderr"


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to show. `line` is the failing line inside its cell, 0 when unknown."""

    kind: Kind
    text: str
    cell_id: str = ""
    line: int = 0


Pieces = Iterator[Piece]


class Narrator:
    """Folds one run's events and says what is worth saying. The state and the places are there for renderers."""

    def __init__(self, look: Look) -> None:
        self.state = RunState("")
        self.places = Places(look.source_path, {})
        self._look = look
        self._tracebacks: dict[str, str] = {}
        self._failing_lines: dict[str, int] = {}
        self._streams: dict[str, str] = {}
        self._displays: dict[str, str] = {}
        self._updates: dict[str, Piece] = {}
        self._findings: dict[str, Sequence[Finding]] = {}

    def tell(self, event: Event) -> list[Piece]:
        """Takes the next event; returns what it gives to show."""
        data = event.data
        if event.type == "run.submitted":
            self.state = RunState(event.run_id)
            self.places = Places(self._look.source_path, data)
        try:
            apply(self.state, event)
        except IllegalMoveError:
            # A log that is watched from its middle, or damaged. What cells print can still be shown.
            self.state.seq = event.seq
        handler = _HANDLERS.get(event.type)
        return [] if handler is None else list(handler(self, event, data))

    def owed(self) -> list[Piece]:
        """What was held back, for a renderer that leaves before the run's end."""
        return list(self._settle())

    def progress(self, cell_id: str) -> str:
        """`[2/6] setup`."""
        order = self.state.order
        place = order.index(cell_id) + 1 if cell_id in order else "?"
        return f"[{place}/{len(order)}] {printable(cell_id)}"

    # -- what is said of each event ------------------------------------------------------------------------------------

    def _note(self, text: str) -> Pieces:
        if not self._look.quiet:
            yield Piece(Kind.NOTE, text)

    def _detail(self, text: str) -> Pieces:
        if self._look.verbose and not self._look.quiet:
            yield Piece(Kind.NOTE, text)

    def _submitted(self, event: Event, data: dict[str, Any]) -> Pieces:
        runtime = data.get("runtime", {})
        yield from self._detail(
            f"run {event.run_id}: {self.places.name}, {len(self.state.order)} cells, {runtime.get('display_name', '')}"
        )
        for name, value in data.get("parameters", {}).items():
            yield from self._detail(f"parameter {name} = {printable(repr(value))}")

    def _claimed(self, event: Event, data: dict[str, Any]) -> Pieces:
        yield from self._detail(f"taken by worker {data['worker']} (epoch {data['epoch']})")

    def _adopted(self, event: Event, data: dict[str, Any]) -> Pieces:
        yield from self._note(f"worker {data['worker']} goes on with the run; its kernel lived on")

    def _released(self, event: Event, data: dict[str, Any]) -> Pieces:
        yield from self._detail("the worker handed the run over, its kernel alive")

    def _kernel_starting(self, event: Event, data: dict[str, Any]) -> Pieces:
        attempt = f" for attempt {data['attempt']}" if data["attempt"] > 1 else ""
        yield from self._detail(f"starting the kernel {data.get('display_name', '')}{attempt}")

    def _kernel_ready(self, event: Event, data: dict[str, Any]) -> Pieces:
        made = " ".join(str(data[key]) for key in ("implementation", "implementation_version") if data.get(key))
        pid = f", pid {data['pid']}" if data.get("pid") else ""
        yield from self._detail(f"the kernel is ready{': ' if made else ''}{made}{pid}")

    def _kernel_interrupted(self, event: Event, data: dict[str, Any]) -> Pieces:
        measure = {
            "interrupt": "interrupting the cell",
            "terminate": "terminating the kernel",
            "kill": "killing the kernel",
        }
        yield from self._note(f"{measure[data['stage']]}: {words(data['reason'])}")

    def _kernel_stopping(self, event: Event, data: dict[str, Any]) -> Pieces:
        yield from self._detail("stopping the kernel")

    def _kernel_lost(self, event: Event, data: dict[str, Any]) -> Pieces:
        text = data["message"] or words(data["reason"])
        kind = Kind.NOTE if self.state.cancelled else Kind.FAILED
        if kind is Kind.FAILED or not self._look.quiet:
            told_already = self.state.culprit is not None and data["reason"] != "kernel_died"
            yield Piece(kind, _with_remedy(printable(text), None if told_already else data["reason"]))

    def _cell_started(self, event: Event, data: dict[str, Any]) -> Pieces:
        self._tracebacks.pop(event.cell_id or "", None)
        if not self._look.quiet:
            cell_id = event.cell_id or ""
            yield Piece(Kind.STARTED, f"{self.progress(cell_id)} …", cell_id)

    def _added(self, event: Event, data: dict[str, Any]) -> Pieces:
        output, cell_id = data["output"], event.cell_id or ""
        kind = output["output_type"]
        if kind == "stream":
            yield self._stream(output["name"], output["text"], cell_id)
        elif kind == "error":
            traceback = traceback_text(output)
            self._tracebacks[cell_id] = traceback[-TRACEBACK_KEPT:]
            yield Piece(Kind.TRACEBACK, traceback, cell_id)
        else:
            text = bundle_text(output.get("data", {}))
            if data.get("display_id") is not None:
                self._displays[data["display_id"]] = text
            if text:
                yield Piece(Kind.RESULT, text, cell_id)
        self._streams[cell_id] = output.get("name", "")

    def _appended(self, event: Event, data: dict[str, Any]) -> Pieces:
        cell_id = event.cell_id or ""
        yield self._stream(self._streams.get(cell_id, "stdout"), data["text"], cell_id)

    def _stream(self, name: str, text: str, cell_id: str) -> Piece:
        return Piece(Kind.ERR if name == "stderr" else Kind.OUT, text, cell_id)

    def _updated(self, event: Event, data: dict[str, Any]) -> Pieces:
        """Kept until the cell ends: of a display that changes hundreds of times only the last text is worth lines."""
        text = bundle_text(data["data"])
        self._updates[data["display_id"]] = Piece(Kind.RESULT, text, event.cell_id or "")
        if self.state.current is None:
            yield from self._settle()

    def _settle(self) -> Pieces:
        """The last texts of the displays that changed."""
        for display_id, piece in self._updates.items():
            if piece.text and self._displays.get(display_id) != piece.text:
                yield piece
            self._displays[display_id] = piece.text
        self._updates.clear()

    def _recorded(self, event: Event, data: dict[str, Any]) -> Pieces:
        if "health" in data:
            self._findings[data["name"]] = health.findings(data["data"])
        yield from self._detail(f"result {printable(data['name'])} = {printable(bundle_text(data['data']))}")

    def _gap(self, event: Event, data: dict[str, Any]) -> Pieces:
        lost = f" ({size(data['bytes'])})" if data.get("bytes") else ""
        yield Piece(Kind.NOTE, f"some output was lost here{lost}: {printable(str(data['reason']))}")

    def _truncated(self, event: Event, data: dict[str, Any]) -> Pieces:
        if "dropped" in data:
            yield Piece(Kind.NOTE, f"{data['dropped']:,} characters of output were dropped in all")
        else:
            yield Piece(Kind.NOTE, f"the run has put out {data['limit']:,} characters: further output is dropped")

    def _input_requested(self, event: Event, data: dict[str, Any]) -> Pieces:
        question = f"cell {event.cell_id!r} asks: {printable(data['prompt']).strip() or '(no prompt)'}"
        if self._look.interactive_input or self.state.policy.input.policy != "wait":
            yield from self._detail(question)
        else:
            within = f", within {duration(data['deadline_in'])}" if "deadline_in" in data else ""
            yield from self._note(f"{question}\n  answer it{within}: jupyter runt reply {event.run_id}")

    def _input_answered(self, event: Event, data: dict[str, Any]) -> Pieces:
        yield from self._detail(f"answered by {printable(data['by'])}")

    def _input_taken(self, event: Event, data: dict[str, Any]) -> Pieces:
        yield from self._detail("the cell has read the answer")

    def _cell_finished(self, event: Event, data: dict[str, Any]) -> Pieces:
        yield from self._settle()
        cell_id, status = event.cell_id or "", data["status"]
        error, reason = data.get("error"), data.get("reason")
        if not self._look.quiet:
            yield Piece(Kind.FINISHED, f"{self.progress(cell_id)} {_outcome(data)}", cell_id)
        if status == "failed":
            inside = failing_line(self._tracebacks.pop(cell_id, ""), data.get("execution_count"))
            self._failing_lines[cell_id] = inside
            cause = error_line(error) if error and reason == "cell_error" else words(reason)
            text = f"cell {printable(cell_id)!r} failed at {self.places.shown(cell_id, inside)}: {cause}"
            yield Piece(Kind.FAILED, _with_remedy(text, "" if reason == "kernel_died" else reason), cell_id, inside)

    def _retrying(self, event: Event, data: dict[str, Any]) -> Pieces:
        self._displays, self._updates, self._failing_lines = {}, {}, {}
        pause = f" in {duration(data['delay'])}" if data["delay"] else ""
        text = (
            f"attempt {data['attempt'] - 1} failed: {words(data['reason'])}; attempt {data['attempt']} follows{pause}"
        )
        yield Piece(Kind.NOTE, text)

    def _signal_handled(self, event: Event, data: dict[str, Any]) -> Pieces:
        outcome = f": refused, {data['refused']}" if "refused" in data else ""
        yield from self._note(f"{data['kind']}, asked by {printable(data['by'])}{outcome}")

    def _run_finished(self, event: Event, data: dict[str, Any]) -> Pieces:
        yield from self._settle()
        if data["status"] == "failed" or not self._look.quiet:
            yield Piece(Kind.SUMMARY, self.summary())

    # -- the end ---------------------------------------------------------------------------------------------------------

    def summary(self) -> str:
        """The run's end in one line."""
        return ending(self.state, self.places, self._failing_lines)

    def reports(self) -> list[Report]:
        """The health that was recorded, the worst first."""
        return reports(self.state, self._findings)


def _outcome(data: dict[str, Any]) -> str:
    """`ok 0.3 s`, `failed 0.3 s`, `skipped`."""
    status = "ok" if data["status"] == "succeeded" else data["status"]
    took = f" {duration(data['duration'])}" if data.get("duration") is not None else ""
    reason = data.get("reason")
    return f"{status}{took}" + (f" ({words(reason)})" if reason and data["status"] != "failed" else "")


def _with_remedy(text: str, reason: str | None) -> str:
    advice = remedy(reason, text)
    return f"{text}\n  {advice}" if advice else text


_HANDLERS: dict[str, Callable[[Narrator, Event, dict[str, Any]], Pieces]] = {
    "run.submitted": Narrator._submitted,
    "run.claimed": Narrator._claimed,
    "run.adopted": Narrator._adopted,
    "run.released": Narrator._released,
    "kernel.starting": Narrator._kernel_starting,
    "kernel.ready": Narrator._kernel_ready,
    "kernel.interrupted": Narrator._kernel_interrupted,
    "kernel.stopping": Narrator._kernel_stopping,
    "kernel.failed": Narrator._kernel_lost,
    "kernel.died": Narrator._kernel_lost,
    "cell.started": Narrator._cell_started,
    "output.added": Narrator._added,
    "stream.appended": Narrator._appended,
    "display.updated": Narrator._updated,
    "result.recorded": Narrator._recorded,
    "gap": Narrator._gap,
    "truncated": Narrator._truncated,
    "input.requested": Narrator._input_requested,
    "input.answered": Narrator._input_answered,
    "input.taken": Narrator._input_taken,
    "cell.finished": Narrator._cell_finished,
    "run.retrying": Narrator._retrying,
    "signal.handled": Narrator._signal_handled,
    "run.finished": Narrator._run_finished,
}
