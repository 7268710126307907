"""For GitHub's runner: a group per cell, an annotation at the failing line, a summary of the job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import TextIO

from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.base import Look
from jupyter_runt.cli.render.bundle import error_line
from jupyter_runt.cli.render.narrator import Kind, Piece
from jupyter_runt.cli.render.places import Places
from jupyter_runt.cli.render.plain import PlainRenderer
from jupyter_runt.cli.render.reasons import words
from jupyter_runt.cli.render.sinks import LineSink, streams
from jupyter_runt.cli.render.tables import duration
from jupyter_runt.run.state import RunState


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
        elif piece.kind is Kind.SUMMARY:
            self._write_summary()

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

    def _write_summary(self) -> None:
        if not self._summary_file:
            return
        try:
            with open(self._summary_file, "a", encoding="utf-8", errors="replace") as file:
                file.write(markdown(self._narrator.state, self._narrator.places, self._narrator.summary()))
        except OSError as error:
            self._err.lines(f"the job's summary was not written: {error}")


_MARKS = {"succeeded": "✅", "failed": "❌", "cancelled": "🚫", "skipped": "⏭️"}


def markdown(state: RunState, places: Places, summary: str) -> str:
    """A run as Markdown: its end, and a table of its cells."""
    lines = [f"### {_MARKS.get(state.status, '')} {_literal(state.title or places.name)}", "", _literal(summary), ""]
    lines += ["| cell | status | time |", "| --- | --- | ---: |"]
    for cell in state.code_cells:
        reason = f" ({words(cell.reason)})" if cell.reason and cell.reason != "cell_error" else ""
        took = duration(cell.duration) if cell.duration is not None else ""
        lines.append(
            f"| {_literal(cell.id)} | {_MARKS.get(cell.status, '')} {cell.status}{_literal(reason)} | {took} |"
        )
    return "\n".join(lines) + "\n\n"


def _literal(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join("\\" + char if char in "\\`*_{}[]<>#|~&$" else char for char in printable(text))
