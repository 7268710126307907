"""How an `execute` ends: each exit code, signals, a kernel that dies, a process that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runt import Runt, read_to, until

SLOW = "import time\nprint('begun', flush=True)\nend = time.time() + 60\nwhile time.time() < end: time.sleep(.05)"
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + SLOW


def begun(runt: Runt, *arguments: object) -> subprocess.Popen[str]:
    """An `execute` whose cell has said that it runs."""
    process = runt.start("execute", *arguments)
    read_to(process, "begun\n")
    return process


@pytest.mark.parametrize(
    ("source", "options", "code", "reason"),
    [
        ("1 / 0", [], 1, "cell_error"),
        ("raise SystemExit(3)", [], 1, "cell_error"),
        ("import os; print('last words'); os._exit(3)", [], 3, "kernel_died"),
        ("import os, signal; print('last words'); os.kill(os.getpid(), signal.SIGKILL)", [], 3, "kernel_died"),
        (SLOW, ["--cell-timeout", "0.3"], 4, "cell_timeout"),
        (SLOW, ["--run-timeout", "1s"], 4, "run_timeout"),
        ("input()", [], 1, "input_unavailable"),
    ],
)
def test_each_end_has_its_exit_code_and_reason(runt, source, options, code, reason):
    ended = runt("execute", runt.cells(source, "print('never')"), *options, "-o", "o.ipynb", code=code)
    run = runt.show()
    assert run["reason"] == reason
    assert [cell["status"] for cell in run["cells"]] == ["failed", "cancelled"]
    assert "n.yml:1" in ended.err
    assert ("last words" in (runt.home / "o.ipynb").read_text()) == ("last words" in source)
    assert "never" not in ended.out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_keeps_and_writes_what_was_shown(runt, number, code):
    process = begun(runt, runt.cells(SLOW, "2"), "-o", "o.ipynb")
    process.send_signal(number)
    runt.end(process, code=code)
    run = runt.show()
    assert (run["status"], [cell["status"] for cell in run["cells"]]) == ("cancelled", ["cancelled", "cancelled"])
    assert "begun" in (runt.home / "o.ipynb").read_text()


def test_a_ctrl_c_while_the_run_is_being_queued_cancels_it(runt):
    runt.write(
        "sitecustomize.py",
        "import os, signal\nfrom jupyter_runt.client.local import LocalClient\nsubmit = LocalClient.submit\n"
        "def interrupted(self, request):\n    os.kill(os.getpid(), signal.SIGINT)\n    return submit(self, request)\n"
        "LocalClient.submit = interrupted\n",
    )
    runt("execute", runt.cells("1"), env={"PYTHONPATH": f"{runt.home}{os.pathsep}{runt.env['PYTHONPATH']}"}, code=130)
    assert runt.show()["status"] == "cancelled"


def test_a_second_ctrl_c_kills_a_kernel_that_does_not_listen(runt):
    process = begun(runt, runt.cells(DEAF), "-o", "o.ipynb")
    process.send_signal(signal.SIGINT)
    until(lambda: "signal.handled" in runt("show", "last", "--events").out, "the first one is heeded")
    process.send_signal(signal.SIGINT)
    runt.end(process, code=130)
    assert runt.show()["status"] == "cancelled"
    assert "begun" in (runt.home / "o.ipynb").read_text()


def test_a_run_cancelled_by_somebody_else_ends_with_6(runt):
    process = begun(runt, runt.cells(SLOW), "-o", "o.ipynb")
    runt("cancel", "last")
    runt.end(process, code=6)
    assert "begun" in (runt.home / "o.ipynb").read_text()


def test_an_interrupt_from_elsewhere_fails_the_cell_only(runt):
    process = begun(runt, runt.cells(SLOW, "print('after')"), "--keep-going")
    runt("interrupt", "last")
    ended = runt.end(process, code=1)
    assert "after" in ended.out
    assert [cell["status"] for cell in runt.show()["cells"]] == ["failed", "succeeded"]


def test_a_pause_holds_the_next_cell_until_resume(runt):
    flag = runt.home / "go"
    process = begun(
        runt,
        runt.cells(
            f"import os, time\nprint('begun', flush=True)\nwhile not os.path.exists({str(flag)!r}): time.sleep(.01)",
            "3",
        ),
    )
    runt("pause", "last")
    flag.touch()
    until(lambda: runt.show()["cells"][0]["status"] == "succeeded", "the first cell is done")
    run = runt.show()
    assert (run["paused"], run["cells"][1]["status"]) == (True, "pending")
    runt("resume", "last")
    assert runt.end(process).out == "3\n"


def test_after_kill_9_of_execute_its_kernel_ends_itself_and_the_run_does_not_stay_running(runt):
    process = begun(runt, runt.cells(SLOW))
    assert len(runt.kernels()) == 1
    process.kill()
    until(lambda: not runt.kernels(), "the kernel is gone", patience=30)
    until(lambda: runt.show()["status"] == "cancelled", "the run has ended")
    assert runt.show()["reason"] == "abandoned"


def test_a_surviving_kernel_is_taken_over_by_a_worker(runt):
    flag = runt.home / "go"
    source = f"import os, time\nprint('begun', flush=True)\nwhile not os.path.exists({str(flag)!r}): time.sleep(.01)\nprint('done')"
    process = begun(runt, runt.cells(source), "--survive")
    kernels = runt.kernels()
    process.kill()
    process.wait()
    worker = runt.start("worker", "--until-empty")
    until(lambda: "run.adopted" in runt("show", "last", "--events").out, "the worker has it")
    assert runt.kernels() == kernels
    flag.touch()
    runt.end(worker)
    assert "".join(output["text"] for output in runt.show()["cells"][0]["outputs"]) == "begun\ndone\n"


def test_two_executes_at_once_do_not_disturb_each_other(runt):
    both = [runt.start("execute", runt.cells(f"for i in range(300): print({n}, i)", name=f"{n}.yml")) for n in (1, 2)]
    for number, process in enumerate(both, 1):
        assert runt.end(process).out == "".join(f"{number} {i}\n" for i in range(300))
    assert [row["status"] for row in runt.json("ls")] == ["succeeded", "succeeded"]


def waits_for(runt: Runt, prompt: str) -> None:
    until(
        lambda: runt.json("ls", "--status", "waiting") and runt.show()["input"]["prompt"] == prompt,
        f"it asks {prompt!r}",
    )


def test_a_question_is_answered_from_another_process(runt):
    source = runt.cells("import getpass\nprint(input('name? '), len(getpass.getpass('word: ')))")
    process = runt.start("execute", source, "--input", "wait", "-q")
    for prompt, given in (("name? ", ["bob"]), ("word: ", ["s3cret-word"])):
        waits_for(runt, prompt)
        runt("reply", "last", *given)
    assert runt.end(process).out.endswith("bob 11\n")
    assert "s3cret" not in runt("show", "last", "--events").out


def test_a_reply_may_come_by_standard_input(runt):
    process = runt.start("execute", runt.cells("print(input('name? '))"), "--input", "wait", "-q")
    waits_for(runt, "name? ")
    runt("reply", "last", given="from stdin\n")
    assert runt.end(process).out.endswith("from stdin\n")


def test_a_fork_invalid_utf8_and_late_threads_are_kept(runt):
    source = runt.cells(
        "import os, subprocess, threading\n"
        "child = os.fork()\n"
        "if not child:\n    print('child', flush=True)\n    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "subprocess.run(['printf', r'caf\\351 \\377!\\n'])\n"
        "go = threading.Event()\n"
        "late = threading.Thread(target=lambda: (go.wait(), print('late')))\n"
        "late.start()",
        "go.set(); late.join(); print('second')",
    )
    runt("execute", source, "-o", "o.ipynb")
    first, second = ("".join("".join(o["text"]) for o in cell["outputs"]) for cell in runt.read("o.ipynb")["cells"])
    assert "child\n" in first
    assert "caf\ufffd \ufffd!\n" in first
    assert "second" in second
    assert (first + second).count("late") == 1


def test_what_is_printed_passes_through_little_memory(runt):
    source = runt.cells("for i in range(400): print('x' * 99_999)")
    measured = (
        "import sys; from jupyter_runt.cli.main import main; code = main(sys.argv[1:])\n"
        # Not getrusage: its peak begins with the size of the process that forked this one.
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(peak.split()[1], file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run([sys.executable, "-c", measured, "execute", source, "-q", "-o", "o.ipynb"],
                           env=runt.env, cwd=runt.home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           text=True, timeout=60, check=False)  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stderr.split()[-1]) < 100 * 1024
    assert Path(runt.home, "o.ipynb").stat().st_size > 40_000_000


def test_standard_streams_may_be_closed(runt):
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-m", "jupyter_runt.cli", "execute", runt.cells("print(1)")],
        env=runt.env, cwd=runt.home,
    )  # fmt: skip
    assert process.wait(30) == 0
    assert runt.show()["status"] == "succeeded"
    assert os.path.exists(runt.path)


def test_a_look_at_the_list_ends_the_run_of_a_killed_execute_at_once(runt):
    process = begun(runt, runt.cells(SLOW))
    process.kill()
    process.wait()
    runt("ls")
    until(lambda: runt.show()["status"] == "cancelled", "the run has ended", patience=10)
    assert runt.show()["reason"] == "abandoned"
    assert not runt.kernels()


def test_nohup_keeps_a_run_from_ending_with_its_terminal(runt):
    source = runt.cells(
        "print('begun', flush=True)\nimport os, time\nwhile not os.path.exists('go'): time.sleep(.01)\nprint('end')"
    )
    process = runt.start("execute", source, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    read_to(process, "begun\n")
    process.send_signal(signal.SIGHUP)
    (runt.home / "go").touch()
    assert runt.end(process).out == "end\n"


def test_the_report_is_written_even_when_the_result_cannot_be(runt):
    (runt.home / "out").mkdir()
    source = runt.cells("import os\nos.rmdir('out')")
    ended = runt("execute", source, "-o", "out/done.ipynb", "--report", "junit=report.xml", code=2)
    assert "jupyter runt export" in ended.err
    assert "<testcase" in (runt.home / "report.xml").read_text()
