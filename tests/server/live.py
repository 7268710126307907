"""A real Jupyter server with the extension, as `jupyter server` starts it: a process, a home, a token and a store of its own."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.request import Request
from jupyter_runt.notebook import library
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.sqlite import SqliteStore
from tests.cli.runt import Runt, until
from tests.invariants import check_store

PATIENCE = 30.0
HOST = "127.0.0.1"
HOME_VARIABLES = ("HOME", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")

# What jupyter_server finds insecure in a handler ends the server's start, or shows as a 500, instead of a line in the log.
CONFIG = """\
import json, warnings
from jupyter_server.utils import JupyterServerAuthWarning
from traitlets.config import Config
warnings.simplefilter("error", JupyterServerAuthWarning)
c.merge(Config(json.loads({settings!r})))
{code}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response, read to its end. `headers` are looked up without regard to case."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class LiveServer:
    """Started by `start`, killed by `kill`, and on its old port again after `restart`. `client` and `store` are the test's own."""

    def __init__(
        self,
        home: Path,
        *,
        base_url: str = "/",
        config: Mapping[str, Mapping[str, Any]] | None = None,
        code: str = "",
        start_worker: bool = True,
        command: Sequence[str] = (sys.executable, "-m", "jupyter_server"),
        may_hang: bool = False,
    ) -> None:
        """`config` are traitlets by class; `code` is appended to the configuration file, where `c` is the configuration.

        A server that `may_hang` is killed when its other extensions keep it from ending.
        """
        self.home, self.base_url, self.token = (
            home,
            f"/{base_url.strip('/')}/".replace("//", "/"),
            secrets.token_hex(24),
        )
        self.runt = Runt(home)
        self.runt.env |= {"JUPYTER_RUNTIME_DIR": str(home / "jr")}
        self.port = free_port()
        self.root = home / "root"
        self.root.mkdir()
        self.log = home / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._shown = 0
        self._config: dict[str, dict[str, Any]] = {
            "ServerApp": {
                "allow_root": True,
                "allow_unauthenticated_access": False,
                "base_url": self.base_url,
                "ip": HOST,
                "jpserver_extensions": {"jupyter_runt": True, "jupyter_server_terminals": False, "nbclassic": False},
                "open_browser": False,
                "port": self.port,
                "port_retries": 0,
                "root_dir": str(self.root),
            },
            "IdentityProvider": {"token": self.token},
            "RuntApp": {"start_worker": start_worker},
        }
        for name, values in (config or {}).items():
            self.configure(name, **values)
        self._code, self._command, self._may_hang = code, [*command], may_hang
        self.clock = SystemClock()
        self.runt.path.parent.mkdir()
        self.store = SqliteStore(self.runt.path, self.clock)
        self.client = LocalClient(self.store, self.clock, "tester")

    def configure(self, section: str, **values: Any) -> None:
        """Traitlets of a class, from the next start on."""
        self._config[section] = {**self._config.get(section, {}), **values}

    # -- addresses ---------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The server's URL with its base URL; ends with a slash."""
        return f"http://{HOST}:{self.port}{self.base_url}"

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    @property
    def auth(self) -> dict[str, str]:
        """The header that carries the token."""
        return {"Authorization": f"token {self.token}"}

    # -- the server's process ----------------------------------------------------------------------------------------

    def start(self, *, wait: bool = True) -> None:
        """Returns when the extension answers."""
        folder = self.home / "config"
        folder.mkdir(exist_ok=True)
        settings = json.dumps(self._config)
        (folder / "jupyter_server_config.py").write_text(CONFIG.format(settings=settings, code=self._code))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self.runt.env, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        if wait:
            until(self._answers, "the server answers", patience=PATIENCE)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the server has ended:\n{self.log.read_text()}"
        try:
            status = self.get("runt/api/status").status
        except (OSError, http.client.HTTPException):
            return False
        assert status in (200, 503), f"the extension answers {status}:\n{self.log.read_text()}"
        return True

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ends it in order; returns its exit code."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        """The same server once more, on its old port. One that runs is stopped before."""
        self.stop()
        self.start()

    def _end(self, number: int) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def new_log(self) -> str:
        """What the server has logged since it was last asked."""
        with self.log.open("rb") as file:
            file.seek(self._shown)
            text = file.read()
        self._shown += len(text)
        return text.decode(errors="replace")

    # -- requests ----------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = "",
    ) -> Answer:
        """`path` is relative to the server's URL, or begins with a slash. `token`: '' for the right one, None for none."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"token {token or self.token}")
        if json is not None:
            body = _dumps(json)
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path if path.startswith("/") else self.base_url + path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.msg, response.read())
        finally:
            connection.close()

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Answer:
        return self.request("POST", path, **options)

    def patch(self, path: str, **options: Any) -> Answer:
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.request("DELETE", path, **options)

    # -- runs --------------------------------------------------------------------------------------------------------

    def write(self, name: str, content: str | bytes) -> Path:
        """A file below the server's root folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def submit(self, *cells: str | Mapping[str, Any], notebook: Mapping[str, Any] | None = None, **asked: Any) -> str:
        """Queues a notebook with these code cells, called c1, c2, …, past the server; JSON is YAML."""
        listed = [cell if isinstance(cell, Mapping) else {"source": cell} for cell in cells]
        named = [{"id": f"c{number}", **cell} for number, cell in enumerate(listed, 1)]
        path = self.home / "n.yml"
        path.write_text(json.dumps({**(notebook or {}), "cells": named}))
        request = Request(notebook=library.load(str(path)), run_id=self.client.new_id(), **asked)
        return self.client.submit(request)[0]

    def ended(self, run_id: str, *, patience: float = PATIENCE) -> tuple[str, str | None]:
        """Status and reason, once the run has ended."""
        listener = self.store.listen()
        give_up = time.monotonic() + patience
        try:
            while not (row := self.store.run(run_id)).ended:
                assert time.monotonic() < give_up, f"run {run_id} is {row.status} still"
                listener.wait(1.0)
        finally:
            listener.close()
        return row.status, row.reason

    def worker(self, *options: str) -> subprocess.Popen[str]:
        """A `jupyter runt worker` in a process of its own, which takes runs by now, or has ended meanwhile, well; no supervisor
        unless there are `options`."""
        known = {row.worker_id for row in self.store.workers()}
        with (self.home / "worker.log").open("ab") as log:
            process = self.runt.start("worker", *(options or ("--no-supervisor",)), stdout=log, stderr=log)
        until(
            lambda: (
                process.poll() == 0
                or any(
                    row.worker_id not in known and os.path.exists(row.socket) and not row.exclusive
                    for row in self.store.workers()
                )
            ),
            "the worker serves",
        )
        return process

    # -- the end -----------------------------------------------------------------------------------------------------

    def processes(self) -> dict[int, str]:
        """Everything of this server's runs, workers and home: pid -> command line."""
        runs = [f"JUPYTER_RUNT_RUN_ID={run_id}".encode() for run_id in self.store.match("", 10_000)]
        marks = {f"HOME={self.home}".encode(), *runs}
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended meanwhile, or is not ours to see
                if not marks.isdisjoint((folder / "environ").read_bytes().split(b"\0")):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def close(self) -> None:
        """Ends the server in order, then everything else, and checks what the store holds."""
        try:
            with suppress(*[subprocess.TimeoutExpired] if self._may_hang else []):
                code = self.stop()
                assert code in (0, -signal.SIGTERM), f"the server ended with {code}"
            for pid, command in self.processes().items():
                if "jupyter_runt.cli worker" in command:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGTERM)
            until(lambda: "jupyter_runt.cli worker" not in str(self.processes()), "every worker has ended")
            check_store(self.store)
        finally:
            if self.process is not None:
                self.kill()
            for pid in self.processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for process in self.runt.started:
                process.wait()
                for stream in (process.stdout, process.stderr):
                    if stream is not None:
                        stream.close()
            self.store.close()


def _dumps(value: Any) -> bytes:
    return json.dumps(value).encode()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(*, start: bool = True, **options: Any) -> Iterator[LiveServer]:
    """A server, see LiveServer for the options; the test's own process uses its home, too. Its log is shown when a test fails."""
    home = Path(tempfile.mkdtemp(prefix="rt-"))
    with pytest.MonkeyPatch.context() as patch:
        made = LiveServer(home, **options)
        for name in HOME_VARIABLES:
            patch.setenv(name, made.runt.env[name])
        patch.delenv("JUPYTER_RUNT_STORE", raising=False)
        try:
            if start:
                made.start()
            yield made
        finally:
            try:
                made.close()
            finally:
                print(made.new_log() if made.log.exists() else "")
                shutil.rmtree(home, ignore_errors=True)
