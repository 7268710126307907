"""For GitHub's runner: a group per cell, an annotation at the failing line, a summary of the job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import TextIO

from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.base import Look
from jupyter_runt.cli.render.bundle import error_line
from jupyter_runt.cli.render.health import few, text_of
from jupyter_runt.cli.render.markdown import markdown
from jupyter_runt.cli.render.narrator import Kind, Piece
from jupyter_runt.cli.render.plain import PlainRenderer
from jupyter_runt.cli.render.reasons import words
from jupyter_runt.cli.render.sinks import LineSink, streams
from jupyter_runt.events import Event
from jupyter_runt.run import health

ANNOTATED = 10
"""Checks that one annotation names; the job's summary has more."""

_LEVELS = {health.CRITICAL: "error", health.WARNING: "warning", health.NO_DATA: "warning", health.PARTIAL: "notice"}
"""Of a report that did not make the run fail."""


def command(name: str, message: str = "", **properties: str | int) -> str:
    """`::name key=value,…::message`, escaped as the runner reads it. Empty properties are left out."""
    listed = ",".join(f"{key}={_escape_property(str(value))}" for key, value in properties.items() if value)
    return f"::{name}{' ' if listed else ''}{listed}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


class GitHubRenderer(PlainRenderer):
    """Plain lines with the runner's commands on stderr.

    The runner reads commands from both streams. A cell's own text that looks like one is wrapped on its stream, in the
    same write: a wrapping on the other stream could be read too late.
    """

    def __init__(self, look: Look, stdout: TextIO, stderr: TextIO, environ: Mapping[str, str], *,
                 token: Callable[[], str] = token_hex) -> None:  # fmt: skip
        super().__init__(look, stdout, stderr)
        out_line, err_line = streams(stdout, stderr)
        prefix = f"{look.label} | " if look.label else ""
        self._out = LineSink(stdout, out_line, prefix=prefix, guarded=True, token=token)
        self._err: LineSink = LineSink(stderr, err_line, prefix=prefix, guarded=True, token=token)
        self._grouped = not look.label and not look.quiet  # groups cannot be mixed with those of another run
        self._summary_file = environ.get("GITHUB_STEP_SUMMARY", "")
        self._open = False

    def event(self, event: Event, *, shown: bool = True) -> None:
        super().event(event, shown=shown)
        if event.type == "run.finished" and shown:  # a quiet run that succeeded has no last line, but a summary
            self._end_group()
            self._annotate_health()
            self._write_summary()

    def _show(self, piece: Piece) -> None:
        if piece.kind is Kind.STARTED and self._grouped:
            self._end_group()
            place = self._narrator.places.shown(piece.cell_id)
            self._err.command(command("group", f"cell {printable(piece.cell_id)} ({place})"))
            self._open = True
            return
        if piece.kind in (Kind.TRACEBACK, Kind.FINISHED, Kind.FAILED, Kind.SUMMARY):
            self._end_group()  # what went wrong must not hide inside a folded group
        super()._show(piece)
        if piece.kind is Kind.FAILED:
            self._annotate(piece)

    def close(self) -> None:
        super().close()
        self._end_group()

    def _end_group(self) -> None:
        if self._open:
            self._open = False
            self._settle()
            self._err.command(command("endgroup"))

    def _annotate(self, piece: Piece) -> None:
        state, places = self._narrator.state, self._narrator.places
        cell = state.cells.get(piece.cell_id)
        if cell is None and state.culprit is not None:
            return  # the kernel's end was told at its cell
        reason = cell.reason if cell is not None else state.failure
        title = f"cell {printable(piece.cell_id)}: {words(reason)}" if cell is not None else words(reason)
        if cell is not None and cell.error and reason == "cell_error":
            message = error_line(cell.error)
            title = f"{cell.error.get('ename') or 'Error'} in cell {printable(piece.cell_id)}"
        else:
            message = piece.text
        retry = state.policy.retry
        level = "warning" if reason in retry.on and state.attempt < retry.attempts else "error"
        line = places.line(piece.cell_id, piece.line) if cell is not None else 0
        file = places.relative_file()
        self._err.command(command(level, message, file=file, line=line if file else 0, title=title))

    def _annotate_health(self) -> None:
        """Health is no cell's fault, and no line of the file: its annotations have no place."""
        state, found = self._narrator.state, self._narrator.reports()
        if state.reason in health.REASONS.values() and not found:
            title = f"{health.NO_DATA}: {printable(state.title or self._narrator.places.name)}"
            self._err.command(command("error", printable(state.message), title=title))
        for report in found:
            level = "error" if report.unborne else _LEVELS.get(report.status)
            if level is not None:
                told = [printable(text_of(each)) for each in report.failing]
                lines = few(told, ANNOTATED) or [report.standing]
                self._err.command(command(level, "\n".join(lines), title=f"{report.status}: {printable(report.title)}"))

    def _write_summary(self) -> None:
        if not self._summary_file:
            return
        text = markdown(self._narrator.state, self._narrator.places, self._narrator.summary(), self._narrator.reports())
        try:
            # In one write: several notebooks that run at once (-j) may end at the same moment.
            with open(self._summary_file, "ab", buffering=0) as file:
                file.write(text.encode("utf-8", "replace"))
        except OSError as error:
            self._err.lines(f"the job's summary was not written: {error}")
