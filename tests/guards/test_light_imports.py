"""Start-up stays cheap: what is heavy is imported by the function that needs it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.guards.source import ROOT

# Milliseconds each costs on a quiet machine: nbformat and jsonschema near a second, the others 5 to 150.
HEAVY = {
    "IPython", "apprise", "asyncio", "cronsim", "email", "http", "ipykernel", "jsonschema", "jupyter_client", "jupyter_server", "multiprocessing", "nbclient",
    "nbconvert", "nbformat", "numpy", "pandas", "psutil", "sqlite3", "tornado", "traitlets", "unittest", "xml", "yaml", "zmq",
}  # fmt: skip


def imported(*arguments: str, code: int = 0) -> set[str]:
    """Top-level names of all modules that `python arguments…` imported after its own start-up."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    own, used = (
        subprocess.run(
            [sys.executable, "-X", "importtime", *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        for command in (["-c", ""], arguments)
    )
    assert used.returncode == code, used.stderr
    first, then = (
        {
            line.rpartition("|")[2].strip().partition(".")[0]
            for line in ended.stderr.splitlines()
            if line.startswith("import time:")
        }
        for ended in (own, used)
    )
    return then - first


@pytest.mark.parametrize(
    "arguments",
    [("-c", "import jupyter_runt"), ("-m", "jupyter_runt.cli", "--help"), ("-m", "jupyter_runt.cli", "--version")],
    ids=["import jupyter_runt", "jupyter-runt --help", "jupyter-runt --version"],
)
def test_nothing_heavy_is_imported_at_start(arguments):
    assert not imported(*arguments) & HEAVY


def test_asking_a_server_imports_no_server_and_no_store():
    """What HTTP needs is not in question, but everything else that only a server or a store needs."""
    used = imported("-m", "jupyter_runt.cli", "ls", "--server", "http://127.0.0.1:1/", code=5)
    assert {"http", "ssl"} <= used
    assert not used & (HEAVY - {"email", "http"} | {"websocket", "jupyter_core"})


def test_who_asks_of_runs_reads_no_cron_expressions():
    assert "cronsim" not in imported("-c", "import jupyter_runt.client.local")


LOADING = """\
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
before = set(sys.modules)
shell.extension_manager.load_extension("jupyter_runt")
assert shell.find_line_magic("runt")
print(*sorted(set(sys.modules) - before), sep="\\n")
"""


def test_loading_the_extension_imports_nothing_but_itself(tmp_path):
    """Every kernel of ours loads it before its first cell."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path)}
    command = [sys.executable, "-c", LOADING]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == [
        "jupyter_runt", "jupyter_runt._version", "jupyter_runt.magics", "jupyter_runt.magics.extension",
    ]  # fmt: skip


def test_the_guard_sees_a_heavy_import():
    assert "sqlite3" in imported("-c", "import sqlite3")
