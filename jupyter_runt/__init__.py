"""Runs of notebooks that outlive the browser, the server and the worker, and never lose a line.

How a run flows through the package:

    magics                          `%runt`: the command line inside IPython, with runs as objects
    cli · server                    faces: they submit, follow and show, and touch no table and no kernel
     └─ client                      request → run.submitted;  follow, signal, reply, export
         └─ store                   append-only events · queue · signals · blobs (SQLite)
             └─ worker              claims a run and drives it, turn by turn
                 ├─ run             decide (what happens next) · apply (the fold) · OutputStage; pure
                 └─ kernel          starts or adopts a kernel; reads what its agent journals
    notebook                        YAML and .ipynb, parameters; pure
    events                          the facts everything is folded from
"""

from __future__ import annotations

from typing import Any

from jupyter_runt._version import __version__

__all__ = ["__version__", "result"]


def result(name: str, value: object, *, mime: bool = False) -> None:
    """Inside a run: shows `value` and keeps it under `name`, for `jupyter runt show --result` and the server's API.

    What is JSON is kept as JSON and text; other objects as IPython shows them (a table as HTML, a figure as PNG). The last
    value of a name is the result. Where no IPython runs, as in a plain script, it prints the value.

    Args:
        mime: `value` is a MIME bundle, `{"text/html": "<b>3</b>", "text/plain": "3"}`.

    Raises:
        UsageError: a name that is empty, too long or not printable; no MIME bundle where `mime` says so.
    """
    from jupyter_runt.kernel.recording import record

    record(name, value, mime=mime)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext jupyter_runt` brings `%runt`."""
    from jupyter_runt.magics.extension import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext jupyter_runt` takes it away."""
    from jupyter_runt.magics.extension import unload

    unload(shell)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Where jupyter_server finds the extension; imported when it asks."""
    from jupyter_runt.server.extension import extension_points

    return extension_points()
