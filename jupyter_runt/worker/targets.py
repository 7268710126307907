"""Where notifications go: references resolved to URLs as a run's parameters are, and one message handed to a process that sends it."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from jupyter_runt.events import codec
from jupyter_runt.kernel.env_file import read_env_file
from jupyter_runt.kernel.process import environment
from jupyter_runt.notebook import references
from jupyter_runt.run.notifications import Message
from jupyter_runt.store.base import Store
from jupyter_runt.worker import prepare

COMMAND = (sys.executable, "-P", "-m", "jupyter_runt.worker.delivery")
REMEDY = "set it where workers are started, or in the run's --env-file"
SEND_SECONDS = 30.0
"""For one attempt at one target, Apprise's own time to start included."""
END_SECONDS = 2.0


class Failure(NamedTuple):
    """Why a message was not sent. Nobody need try a `lasting` one again."""

    error: str
    lasting: bool = False


def url_of(store: Store, run_id: str, target: str) -> str:
    """The URL that a target stands for, '' for one that may be missing. It is a secret. ParameterError names what is not there;
    RunNotFound, StoreError."""
    (first,) = store.read(run_id, 0, 1)
    submitted = codec.inline(first, store.blob).data
    launch = prepare.launch_of(submitted)
    env = {**environment(), **launch.env}
    if submitted.get("env_file"):
        env |= read_env_file(Path(submitted["env_file"]))
    return str(
        references.resolve(target, env, lambda path: (Path(launch.cwd) / Path(path).expanduser()).read_text(), {})
    )


async def send(url: str, message: Message, seconds: float = SEND_SECONDS) -> Failure | None:
    """None when it was sent. Whoever cancels it ends the process that sends it, too."""
    try:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the run
        )
    except OSError as error:
        return Failure(f"no process that sends it can be started: {error.strerror}")
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        # The pipe stays open: the process ends when it does not.
        process.stdin.write(json.dumps({"url": url, **asdict(message)}).encode() + b"\n")
        answer = json.loads(await asyncio.wait_for(process.stdout.readline(), seconds))
    except TimeoutError:
        return Failure(f"it took longer than {seconds:g} s")
    except (ValueError, OSError):
        return Failure("the process that sends it has ended")
    finally:
        process.stdin.close()
        try:  # it ends by itself, as a rule: to kill what is just ending confuses asyncio
            await asyncio.wait_for(process.wait(), END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
    return Failure(**answer) if answer["error"] else None
