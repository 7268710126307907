"""What a renderer is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from jupyter_runt.events import Event


@dataclass(frozen=True, slots=True)
class Look:
    """How a run is to be shown. `label` begins every line where several notebooks run at once; `source_path` is the
    notebook's file as the user named it; with `interactive_input` the caller asks the run's questions itself; `github` wants
    the commands of GitHub's runner wherever this is."""

    quiet: bool = False
    verbose: bool = False
    label: str = ""
    source_path: str = ""
    interactive_input: bool = False
    github: bool = False


class Renderer(Protocol):
    """Shows one run. Cell output goes to stdout, a cell's own stderr and everything else to stderr."""

    def event(self, event: Event, *, shown: bool = True) -> None:
        """Takes the run's next event, blobs inlined; the first is `run.submitted`. Without `shown` it is only folded."""

    def say(self, text: str) -> None:
        """A message of the caller's own, on lines of its own, without tearing what is on the screen."""

    def suspend(self) -> AbstractContextManager[None]:
        """Leaves the terminal to the caller, who asks a question there; what comes meanwhile is shown afterwards."""

    def close(self) -> None:
        """Leaves the terminal as it was and writes what is owed. May be called again, from any thread."""
