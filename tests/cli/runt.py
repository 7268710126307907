"""The command line as a person has it: real processes, a home and a store of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.sqlite import SqliteStore
from tests.invariants import check_store

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
PYTHON3 = {
    "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Python 3",
    "language": "python",
}
UNWANTED = ("CI", "GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR", "JUPYTER_RUNT_DEBUG", "PYTEST_CURRENT_TEST", "COLUMNS")


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def run_id(self) -> str:
        """The run that the last line on stderr (`execute`), or stdout (`submit`), names."""
        line = self.out if self.out.strip() and "run " not in self.err else self.err.rpartition("run ")[2]
        return line.split(":")[0].split()[0]


class Runt:
    """Calling it runs `jupyter runt …` to its end; `start` leaves it running."""

    def __init__(self, home: Path) -> None:
        self.home, self.path = home, home / "s" / "store.sqlite"
        self.started: list[subprocess.Popen[str]] = []
        kept = {
            name: value for name, value in os.environ.items() if name not in UNWANTED and not name.startswith("JUPYTER")
        }
        self.env = kept | {
            "HOME": str(home),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_RUNT_STORE": self.url,
            "PYTHONPATH": str(ROOT),
        }
        self.kernelspec("python3", PYTHON3)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    # -- files -------------------------------------------------------------------------------------------------------

    def kernelspec(self, name: str, spec: Mapping[str, Any]) -> None:
        self.write(f"data/kernels/{name}/kernel.json", json.dumps(spec))

    def write(self, name: str, content: str | bytes) -> str:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def cells(self, *sources: str, name: str = "n.yml", **more: Any) -> str:
        """Writes a notebook with these code cells, called c1, c2, …; JSON is YAML."""
        cells = [{"id": f"c{number}", "source": source} for number, source in enumerate(sources, 1)]
        return self.write(name, json.dumps({**more, "cells": cells}))

    def read(self, name: str) -> Any:
        """The notebook in an .ipynb file."""
        return json.loads((self.home / name).read_text())

    # -- processes ---------------------------------------------------------------------------------------------------

    def start(self, *arguments: object, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[str]:
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_runt.cli", *map(str, arguments)],
            env={**self.env, **(env or {})}, cwd=self.home, text=True, errors="surrogateescape", **options,
        )  # fmt: skip
        self.started.append(process)
        return process

    def __call__(
        self, *arguments: object, code: int | None = 0, given: str | None = None, env: Mapping[str, str] | None = None
    ) -> Ended:
        """Runs it to its end, which must be this exit code, and never with a traceback of ours."""
        process = self.start(*arguments, env=env, stdin=subprocess.DEVNULL if given is None else subprocess.PIPE)
        return self.end(process, code=code, given=given)

    def end(self, process: subprocess.Popen[str], *, code: int | None = 0, given: str | None = None) -> Ended:
        out, err = process.communicate(given, timeout=PATIENCE)
        assert "Traceback (most recent call last):\n  File" not in err, err
        assert code is None or process.returncode == code, f"exit code {process.returncode}, not {code}\n{out}\n{err}"
        return Ended(process.returncode, out, err)

    def json(self, *arguments: object) -> Any:
        return self(*arguments, "--json").json()

    def show(self, run: str = "last") -> Any:
        return self.json("show", run)

    @contextmanager
    def store(self) -> Iterator[SqliteStore]:
        store = SqliteStore(self.path, SystemClock())
        yield store
        store.close()

    def processes(self) -> dict[int, str]:
        """Every process that lives in this home, the test itself aside: pid -> command line."""
        mark, found = f"HOME={self.home}".encode(), {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # it has ended meanwhile, or is not ours to see
        return found

    def kernels(self) -> list[int]:
        return [pid for pid, command in self.processes().items() if "-f" in command and "connection.json" in command]

    def close(self) -> None:
        """Ends what the test left running, then checks that nothing stays and that the store is sound."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        for pid, command in self.processes().items():
            if "jupyter_runt.cli worker" in command:
                os.kill(pid, signal.SIGTERM)
        try:
            until(lambda: not self.processes(), "every process of the store has ended")
        finally:
            for pid in self.processes():
                os.kill(pid, signal.SIGKILL)
        if self.path.exists() and self.path.read_bytes()[:15] == b"SQLite format 3":
            with self.store() as store:
                assert store.check() == ""
                check_store(store)


def read_to(process: subprocess.Popen[str], line: str) -> None:
    """Reads the process's output up to this line."""
    assert process.stdout is not None
    for read in process.stdout:
        if read == line:
            return
    raise AssertionError(f"{line!r} never came")


def until(holds: Callable[[], Any], what: str, *, patience: float = 10.0) -> Any:
    """Waits until `holds()` is true, and returns what it gave: another process's doing rings no bell here."""
    end = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.02)
    return found
