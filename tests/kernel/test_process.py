from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_runt.errors import KernelError
from jupyter_runt.kernel.base import Exit
from jupyter_runt.kernel.process import GONE, Identity, KernelProcess
from tests.worker.house import until

SLEEP = "import time; time.sleep(60)"


def start(folder: Path, code: str, run_id: str = "r1") -> KernelProcess:
    return KernelProcess.start([sys.executable, "-c", code], str(folder), dict(os.environ), run_id, folder / "stderr")


async def ended(process: KernelProcess) -> Exit:
    return await asyncio.wait_for(asyncio.shield(process.exited), 10)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is no kernel of ours to wait for."""
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(("code", "exit"), [
    ("raise SystemExit(3)", Exit(status=3)),
    ("pass", Exit(status=0)),
    ("import os; os.kill(os.getpid(), 9)", Exit(signal=9)),
], ids=["status", "well", "signal"])  # fmt: skip
def test_how_our_child_ended_is_known(tmp_path, code, exit):
    async def scenario() -> Exit:
        return await ended(start(tmp_path, code))

    assert asyncio.run(scenario()) == exit


def test_an_adopted_process_is_watched_but_how_it_ended_is_unknown(tmp_path, stranger):
    async def scenario() -> Exit:
        identity = Identity.of(stranger.pid)
        assert identity is not None
        KernelProcess(identity, "r1").save(tmp_path / "process.json")
        adopted = KernelProcess.saved(tmp_path / "process.json", "r1")
        assert adopted is not None
        assert not adopted.exited.done()
        stranger.kill()
        return await ended(adopted)

    assert asyncio.run(scenario()) == Exit(None, None)


@pytest.mark.parametrize(
    "noted", ["", "{", "[]", '{"pid": 1, "born": 1}', '{"pid": 4194304, "born": 7}', '{"pid": "x"}']
)
def test_a_note_that_leads_nowhere_names_no_process(tmp_path, noted):
    (tmp_path / "process.json").write_text(noted)
    assert KernelProcess.saved(tmp_path / "process.json", "r1") is None


def test_a_later_process_of_the_same_pid_is_another_one(stranger):
    identity = Identity.of(stranger.pid)
    assert identity is not None
    assert identity.alive
    assert not Identity(identity.pid, identity.born - 1).alive


def test_a_zombie_is_dead(stranger):
    stranger.kill()
    os.waitid(os.P_PID, stranger.pid, os.WEXITED | os.WNOWAIT)
    assert Identity.of(stranger.pid) is None


def test_nobody_is_gone_at_once_and_takes_no_signal():
    async def scenario() -> Exit:
        process = KernelProcess(GONE, "no-such-run")
        assert process.exited.done()
        process.stop("kill")
        return await ended(process)

    assert asyncio.run(scenario()) == Exit(None, None)


def test_its_streams_are_nobodys_and_it_leads_a_session(tmp_path):
    code = "import os, sys; print(os.getsid(0) == os.getpid(), os.readlink('/proc/self/fd/0'), os.readlink('/proc/self/fd/1'), file=sys.stderr)"

    async def scenario() -> None:
        await ended(start(tmp_path, code))

    asyncio.run(scenario())
    assert (tmp_path / "stderr").read_text().split() == ["True", "/dev/null", "/dev/null"]
    assert (tmp_path / "stderr").stat().st_mode & 0o777 == 0o600


def test_a_kill_also_finds_those_that_left_the_group(tmp_path):
    code = f"import subprocess, sys; print(subprocess.Popen(['sleep', '60'], start_new_session=True).pid, file=sys.stderr)\n{SLEEP}"

    async def scenario() -> int:
        process = start(tmp_path, code, "run-with-strays")
        await until(lambda: (tmp_path / "stderr").read_text().endswith("\n"), "the stray is there")
        process.stop("kill")
        assert await ended(process) == Exit(signal=signal.SIGKILL)
        return int((tmp_path / "stderr").read_text())

    stray = asyncio.run(scenario())
    assert Identity.of(stray) is None


@pytest.mark.parametrize(("argv", "cwd"), [(["/no/such/program"], "/"), ([sys.executable], "/no/such/folder")])
def test_what_cannot_be_started_is_named(tmp_path, argv, cwd):
    async def scenario() -> None:
        KernelProcess.start(argv, cwd, {}, "r1", tmp_path / "stderr")

    with pytest.raises(KernelError, match=argv[0]):
        asyncio.run(scenario())


def test_letting_go_leaves_it_alive(tmp_path):
    async def scenario() -> Identity:
        process = start(tmp_path, SLEEP)
        process.close()
        return process.identity

    identity = asyncio.run(scenario())
    assert identity.alive
    os.kill(identity.pid, signal.SIGKILL)
    os.waitpid(identity.pid, 0)
