"""Runs of notebooks that outlive the browser, the server and the worker, and never lose a line.

How a run flows through the package:

    cli                             faces: they submit, follow and show, and touch no table and no kernel
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

__all__ = ["__version__"]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Where jupyter_server finds the extension; imported when it asks."""
    from jupyter_runt.server.extension import extension_points

    return extension_points()
