"""Plain lines, without any escape code of ours: for files, pipes and logs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from jupyter_runt.cli.render.ansi import colours_only, strip
from jupyter_runt.cli.render.base import Look
from jupyter_runt.cli.render.bundle import output_text
from jupyter_runt.cli.render.narrator import Kind, Narrator, Piece
from jupyter_runt.cli.render.sinks import LineSink, Sink, streams
from jupyter_runt.events import Event

__all__ = ["PlainRenderer", "output_text"]


class PlainRenderer:
    """Output as it comes; a line on stderr for each start and end of a cell. What cells write to stdout arrives there
    exactly, unless lines are labelled."""

    def __init__(self, look: Look, stdout: TextIO, stderr: TextIO, *, colour: bool = False) -> None:
        self._narrator = Narrator(look)
        self._colour = colour
        out_line, err_line = streams(stdout, stderr)
        self._out: Sink
        self._err: Sink
        if look.label:
            prefix = f"{look.label} | "
            self._out, self._err = LineSink(stdout, out_line, prefix=prefix), LineSink(stderr, err_line, prefix=prefix)
        else:
            self._out, self._err = Sink(stdout, out_line), Sink(stderr, err_line)

    def event(self, event: Event, *, shown: bool = True) -> None:
        for piece in self._narrator.tell(event):
            if shown:
                self._show(piece)

    def say(self, text: str) -> None:
        self._err.lines(text)

    def suspend(self) -> AbstractContextManager[None]:
        self._settle()
        return nullcontext()

    def close(self) -> None:
        for piece in self._narrator.owed():
            self._show(piece)
        self._settle()

    def _show(self, piece: Piece) -> None:
        if piece.kind is Kind.OUT:
            self._out.write(piece.text)
        elif piece.kind is Kind.ERR:
            self._err.write(piece.text)
        elif piece.kind is Kind.RESULT:
            self._out.lines(piece.text)
        elif piece.kind is Kind.TRACEBACK:
            self._err.lines(colours_only(piece.text) if self._colour else strip(piece.text))
        else:
            if piece.kind is Kind.FINISHED:
                self._settle()
            self._err.lines(piece.text)

    def _settle(self) -> None:
        self._out.settle()
        self._err.settle()
