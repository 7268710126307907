"""README's requests are sent to a real server, as they stand there."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.guards.markdown import blocks
from tests.server.live import LiveServer

REQUESTS = [block for block in blocks("README.md") if block.language == "bash" and "curl" in block.text]


@pytest.mark.parametrize("block", REQUESTS, ids=str)
def test_the_requests_shown_do_what_is_said_of_them(live: LiveServer, block) -> None:
    live.write("auth", f"Authorization: token {live.token}\n").rename(live.home / ".runt-auth")
    shown = block.text.replace("http://localhost:8899/", live.url)
    assert live.url in shown
    ended = subprocess.run(
        ["bash", "-euo", "pipefail"], input=shown.replace("curl ", "curl --fail --max-time 30 "),
        env={**live.runt.env, "PATH": os.environ["PATH"]}, cwd=live.home,
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert '"store":' in ended.stdout
    assert "event: end" in ended.stdout
    assert '"status":"succeeded"' in ended.stdout.replace(" ", "")
    done = json.loads((live.home / "done.ipynb").read_text())
    assert any(cell["outputs"] for cell in done["cells"] if cell["cell_type"] == "code")


def test_the_readme_shows_requests() -> None:
    assert REQUESTS
