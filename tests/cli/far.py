"""The command line at a real server, beside the same command line at that server's store."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from jupyter_runt.cli.main import main
from tests.cli.runt import Ended, Runt
from tests.server.live import LiveServer


class Far:
    """`near` is the store, `far` the server in front of it; both in one home."""

    def __init__(self, server: LiveServer) -> None:
        self.server, self.near = server, server.runt
        self.env = {"JUPYTER_RUNT_SERVER": server.url, "JUPYTER_RUNT_TOKEN": server.token}

    def far(self, *arguments: object, env: Mapping[str, str] | None = None, **options: Any) -> Ended:
        """Runs it at the server to its end, in a process of its own."""
        return self.near(*arguments, env={**self.env, **(env or {})}, **options)

    def start(self, *arguments: object, env: Mapping[str, str] | None = None, **options: Any) -> Any:
        """Leaves it running at the server."""
        return self.near.start(*arguments, env={**self.env, **(env or {})}, **options)

    def both(self, *arguments: object, code: int = 0, given: str = "") -> Ended:
        """Runs it both ways in this process: exit code, output and messages are the same."""
        words = [str(word) for word in arguments]
        near = _here(self.near, words, {"JUPYTER_RUNT_STORE": self.near.url}, given)
        far = _here(self.near, words, self.env, given)
        assert far == near
        assert far.code == code, far.err
        return far


def sent(runt: Runt, run_id: str) -> dict[str, Any]:
    """What the run's first event says of what was submitted, without where and by whom."""
    data: dict[str, Any] = json.loads(runt("show", run_id, "--events").out.splitlines()[0])["data"]
    for name in ("path", "runtime", "requested_by", "via"):
        data.pop(name, None)
    data["notebook"].pop("source_path", None)
    return data


def _here(runt: Runt, words: list[str], env: Mapping[str, str], given: str) -> Ended:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(runt.home)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        for name, value in env.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(words)
    return Ended(code, out.getvalue(), err.getvalue())
