"""An IPython with `%runt` in a process of its own that is asked for completions, as a front end asks its kernel.

Run as a module it is that process: a request in JSON on each line of standard input, its answer on standard output.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Completer:
    """Asks; `|` marks the cursor."""

    def __init__(self, folder: Path, env: Mapping[str, str], first: str = "%load_ext jupyter_runt") -> None:
        """`first` is the cell that is executed first, in `folder`."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.magics.completer"],
            cwd=folder,
            env={**env, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.run(first)

    def ask(self, **request: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def matches(self, code: str) -> list[list[Any]]:
        """Each completion: where what it replaces begins, its text, its type, and the matcher that found it."""
        found = self.ask(complete=code.replace("|", "", 1), at=code.find("|") if "|" in code else len(code))
        assert "jupyter_runt" not in found["complaints"], found["complaints"]
        matches: list[list[Any]] = found["matches"]
        return matches

    def texts(self, code: str) -> list[str]:
        """What stands there after each completion, from where the word begins; ours only, or nobody's."""
        found = self.matches(code)
        assert {kind for _, _, kind in found} <= {"runt"}, found
        assert len({start for start, _, _ in found}) <= 1
        return [text for _, text, _ in found]

    def run(self, cell: str) -> None:
        """Executes a cell."""
        assert self.ask(run=cell) is True

    def warm(self) -> None:
        """Until nothing is imported in the background any more."""
        assert self.ask(warm=True) is True

    def seconds(self, code: str) -> float:
        """How long an answer of ours took, in the kernel."""
        found = self.ask(complete=code, at=len(code))
        assert {kind for _, _, kind in found["matches"]} == {"runt"}, found
        return float(found["seconds"])

    def close(self) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        assert self._process.stdout
        self._process.stdout.close()
        self._process.wait(30)


def main() -> None:
    import importlib
    import io
    import threading
    import traceback

    from IPython.core.completer import provisionalcompleter
    from IPython.core.interactiveshell import InteractiveShell

    importlib.import_module("ipykernel.ipkernel")  # what a kernel has imported before its first cell
    out = sys.stdout
    shell = InteractiveShell.instance()
    shell.Completer.use_jedi = True
    for line in sys.stdin:
        request, answer = json.loads(line), None
        complaints = io.StringIO()
        begin = time.perf_counter()
        with contextlib.redirect_stdout(complaints), contextlib.redirect_stderr(complaints):
            match request:
                case {"run": cell}:
                    answer = shell.run_cell(cell).success
                case {"warm": _}:
                    for thread in threading.enumerate():
                        if thread.name == "jupyter-runt imports":
                            thread.join()
                    answer = True
                case {"complete": code, "at": at}:
                    found = []
                    try:
                        with provisionalcompleter():
                            found = [
                                (each.start, each.text, each.type) for each in shell.Completer.completions(code, at)
                            ]
                    except Exception:  # noqa: BLE001 - IPython's own completion has its faults
                        traceback.print_exc()
                    seconds = time.perf_counter() - begin
                    answer = {"matches": found, "seconds": seconds, "complaints": complaints.getvalue()}
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
