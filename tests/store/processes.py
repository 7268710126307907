"""Real second processes that run a few lines of Python."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

PRELUDE = """\
import sys
from pathlib import Path
from jupyter_runt.errors import StoreError
from jupyter_runt.store.base import Summary
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.sqlite import SqliteStore
from tests.store.making import FINISHED, line, submit
store = SqliteStore(Path(sys.argv[1]), SystemClock())
"""


@contextmanager
def python(
    code: str, *arguments: object, before: tuple[str, ...] = (), **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """Runs `code` after the prelude, which opens the store that the first argument names; killed at the latest at the end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*before, sys.executable, "-c", PRELUDE + code, *map(str, arguments)]
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment, **options}
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def output(code: str, *arguments: object, **options: Any) -> str:
    """What such a process prints; it must end well."""
    with python(code, *arguments, **options) as process:
        text, _ = process.communicate(timeout=60)
    assert process.returncode == 0, text
    return str(text)
