"""Which renderer fits the streams and the surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from jupyter_runt.cli.render.base import Look, Renderer
from jupyter_runt.cli.render.plain import PlainRenderer


def choose(options: Look, stdout: TextIO, stderr: TextIO, environ: Mapping[str, str]) -> Renderer:
    """The renderer for these streams: a live region needs a terminal behind stderr, wherever stdout goes."""
    terminal = stderr.isatty() and environ.get("TERM", "dumb") not in ("", "dumb")
    colour = terminal and not environ.get("NO_COLOR")
    if options.github or environ.get("GITHUB_ACTIONS", "") not in ("", "false"):
        from jupyter_runt.cli.render.github import GitHubRenderer

        return GitHubRenderer(options, stdout, stderr, environ)
    if options.quiet or options.label or not terminal:
        return PlainRenderer(options, stdout, stderr, colour=colour)
    from jupyter_runt.cli.render.terminal import TerminalRenderer

    return TerminalRenderer(options, stdout, stderr, colour=colour)
