from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_runt.errors import KernelError
from jupyter_runt.kernel.base import Exit
from jupyter_runt.kernel.exits import record_exit
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.identity import GONE, Identity
from jupyter_runt.kernel.oom import Victims
from jupyter_runt.kernel.process import KernelProcess
from tests.worker.house import until

SLEEP = "import time; time.sleep(60)"


def made(runtime: Path, run_id: str = "r1") -> KernelFolder:
    folder = KernelFolder(runtime, run_id, 1)
    folder.create()
    return folder


def start(runtime: Path, code: str, run_id: str = "r1") -> KernelProcess:
    folder = made(runtime, run_id)
    return KernelProcess.start([sys.executable, "-c", code], str(runtime), dict(os.environ), run_id, folder)


def noted(runtime: Path, pid: int) -> KernelFolder:
    """A kernel's folder that an earlier worker left."""
    identity = Identity.of(pid)
    assert identity is not None
    folder = made(runtime)
    folder.note_process(identity, Victims())
    return folder


def orphan(code: str) -> int:
    """The pid of a process whose parent is gone: not ours to wait for."""
    starter = (
        f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {code!r}], stdout=-3, stderr=-3).pid)"
    )
    return int(subprocess.run([sys.executable, "-c", starter], capture_output=True, check=True, timeout=20).stdout)


async def ended(process: KernelProcess) -> Exit:
    return await asyncio.wait_for(asyncio.shield(process.exited), 10)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is no kernel."""
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


def adopted(folder: KernelFolder, but_first: Callable[[], object] = lambda: None) -> Exit:
    """How a kernel that was adopted before `but_first` is said to have ended."""

    async def scenario() -> Exit:
        process = KernelProcess.saved(folder, "r1")
        but_first()
        return await ended(process)

    return asyncio.run(scenario())


def test_how_an_adopted_child_of_ours_ended_is_known_and_it_leaves_no_zombie(tmp_path):
    """Another performer of this very worker let go of it."""

    async def scenario() -> int:
        first = start(tmp_path, SLEEP)
        first.close()
        return first.identity.pid

    pid = asyncio.run(scenario())
    assert adopted(KernelFolder(tmp_path, "r1", 1), lambda: os.kill(pid, signal.SIGTERM)) == Exit(signal=15)
    assert Identity.start_of(pid) is None


def test_how_a_strangers_child_ended_is_read_from_its_zombie(tmp_path):
    """Its parent has not waited for it yet; a supervisor's note may be on its way."""
    parent = "import os, sys; pid = os.fork()\nif not pid: sys.stdin.read(); os._exit(7)\nprint(pid, flush=True); os.read(3, 1)"
    ours, theirs = os.pipe()
    os.dup2(ours, 3) if ours != 3 else None
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(3,)
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        folder = noted(tmp_path, int(process.stdout.readline()))
        assert adopted(folder, process.stdin.close) == Exit(status=7)
        os.close(theirs)


def test_how_a_kernel_ended_is_unknown_when_its_parent_kept_nothing(tmp_path):
    pid = orphan(SLEEP)
    folder = noted(tmp_path, pid)

    async def gone() -> None:
        os.kill(pid, signal.SIGKILL)
        await until(lambda: Identity.start_of(pid) is None, "init has waited for it")

    asyncio.run(gone())
    assert adopted(folder) == Exit(None, None)


@pytest.mark.parametrize(("code", "exit"), [(-9, Exit(signal=9)), (3, Exit(status=3)), (0, Exit(status=0))])
def test_a_supervisors_note_tells_how_a_kernel_ended_before_it_was_adopted(tmp_path, code, exit):
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        folder = noted(tmp_path, process.pid)
        born = Identity.start_of(process.pid)
        assert born is not None
    record_exit(tmp_path, process.pid, born, code)
    assert adopted(folder) == exit


def test_the_end_of_a_process_that_is_no_kernel_of_this_store_is_nobodys(tmp_path, stranger):
    folder = noted(tmp_path, stranger.pid)
    identity = folder.noted_process()
    assert identity is not None
    record_exit(tmp_path, identity.pid, identity.born + 1, 0)
    record_exit(tmp_path, identity.pid + 1, identity.born, 0)
    record_exit(tmp_path / "nowhere", identity.pid, identity.born, 0)
    assert not folder.exit.exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"pid": 1, "born": 1}', '{"pid": 4194304, "born": 7}', '{"pid": "x", "born": 1}', "{}"]
)
def test_a_note_that_leads_nowhere_names_no_process(tmp_path, text):
    folder = made(tmp_path)
    folder.process.write_text(text)
    assert adopted(folder) == Exit()


def test_a_note_from_another_boot_or_namespace_names_no_process(tmp_path, stranger, monkeypatch):
    monkeypatch.setattr("jupyter_runt.kernel.folder.here", lambda: "machine/boot-1/pid:[1]/0")
    folder = noted(tmp_path, stranger.pid)
    assert folder.noted_process() == Identity.of(stranger.pid)
    monkeypatch.setattr("jupyter_runt.kernel.folder.here", lambda: "machine/boot-2/pid:[1]/0")
    assert folder.noted_process() is None
    assert adopted(folder) == Exit()


def test_a_later_process_of_the_same_pid_is_another_one(stranger):
    identity = Identity.of(stranger.pid)
    assert identity is not None
    assert identity.alive
    assert not Identity(identity.pid, identity.born - 1).alive


def test_a_zombie_is_dead(stranger):
    stranger.kill()
    os.waitid(os.P_PID, stranger.pid, os.WEXITED | os.WNOWAIT)
    assert Identity.of(stranger.pid) is None


def test_a_zombie_tells_how_it_ended(stranger):
    identity = Identity.of(stranger.pid)
    assert identity is not None
    assert identity.exit_code() is None, "it lives"
    stranger.kill()
    os.waitid(os.P_PID, stranger.pid, os.WEXITED | os.WNOWAIT)
    assert identity.exit_code() == -9
    assert Identity(identity.pid, identity.born - 1).exit_code() is None
    stranger.wait()
    assert identity.exit_code() is None


def test_nobody_is_gone_at_once_and_takes_no_signal(tmp_path):
    async def scenario() -> Exit:
        process = KernelProcess(made(tmp_path), GONE, "no-such-run", Victims())
        assert process.exited.done()
        process.stop("kill")
        return await ended(process)

    assert asyncio.run(scenario()) == Exit(None, None)


def test_its_streams_are_nobodys_and_it_leads_a_session(tmp_path):
    code = "import os, sys; print(os.getsid(0) == os.getpid(), os.readlink('/proc/self/fd/0'), os.readlink('/proc/self/fd/1'), file=sys.stderr)"

    async def scenario() -> None:
        await ended(start(tmp_path, code))

    asyncio.run(scenario())
    stderr = KernelFolder(tmp_path, "r1", 1).stderr
    assert stderr.read_text().split() == ["True", "/dev/null", "/dev/null"]
    assert stderr.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("how", "killed"),
    [
        ("start_new_session=True", True),
        ("process_group=0, env={}", True),
        ("start_new_session=True, env={}", False),
    ],
    ids=["session", "group and environment", "session and environment"],
)
def test_a_kill_also_finds_those_that_left_the_group_unless_they_left_everything(tmp_path, how, killed):
    code = f"import subprocess, sys; print(subprocess.Popen(['/bin/sleep', '60'], {how}).pid, file=sys.stderr)\n{SLEEP}"
    stderr = KernelFolder(tmp_path, "run-with-strays", 1).stderr

    async def scenario() -> Identity | None:
        process = start(tmp_path, code, "run-with-strays")
        await until(lambda: stderr.read_text().endswith("\n"), "the stray is there")
        stray = Identity.of(int(stderr.read_text()))
        process.stop("kill")
        assert await ended(process) == Exit(signal=signal.SIGKILL)
        if killed:
            await until(lambda: not (stray and stray.alive), "it is gone")
        return stray

    stray = asyncio.run(scenario())
    assert stray is not None
    assert stray.alive == (not killed)
    if stray.alive:
        os.kill(stray.pid, signal.SIGKILL)


def test_what_a_dead_kernel_left_in_its_session_is_found(tmp_path):
    code = "import subprocess, sys, os; print(subprocess.Popen(['/bin/sleep', '60'], env={}).pid, file=sys.stderr); os._exit(1)"

    async def scenario() -> Identity | None:
        process = start(tmp_path, code)
        await ended(process)
        left = Identity.of(int(KernelFolder(tmp_path, "r1", 1).stderr.read_text()))
        process.end_strays(signal.SIGKILL)
        await until(lambda: not (left and left.alive), "it is gone")
        return left

    assert asyncio.run(scenario()) is not None


def test_a_kernel_that_cannot_be_noted_does_not_live(tmp_path, monkeypatch):
    def full(folder: KernelFolder, identity: Identity, victims: Victims) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(KernelFolder, "note_process", full)

    async def scenario() -> None:
        start(tmp_path, f"import sys; print('begun', file=sys.stderr, flush=True); {SLEEP}", "never-noted")

    with pytest.raises(OSError, match="No space"):
        asyncio.run(scenario())
    left = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if carries(pid, b"never-noted")]
    assert left == []


def carries(pid: int, text: bytes) -> bool:
    try:
        return text in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize(("argv", "cwd"), [(["/no/such/program"], "/"), ([sys.executable], "/no/such/folder")])
def test_what_cannot_be_started_is_named(tmp_path, argv, cwd):
    async def scenario() -> None:
        KernelProcess.start(argv, cwd, {}, "r1", made(tmp_path))

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
