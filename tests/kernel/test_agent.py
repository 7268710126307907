from __future__ import annotations

import contextlib
import fcntl
import json
import os
import queue
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from jupyter_runt.kernel import agent
from jupyter_runt.kernel.base import Message, Text
from tests.kernel.agent_kernel import AgentKernel, is_dead, is_message, joined, message, text

PYTHONS = [python for python in (sys.executable, os.environ.get("RUNT_TEST_OLD_PYTHON", "")) if python]


@pytest.fixture(scope="module", params=PYTHONS, ids=["newest", "oldest"][: len(PYTHONS)])
def python(request) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shared(python) -> Iterator[AgentKernel]:
    """For tests that leave the kernel as it was."""
    kernel = AgentKernel(python)
    yield kernel
    kernel.stop()


@pytest.fixture
def own(python) -> Iterator[AgentKernel]:
    """For tests that kill it, or teach it secrets."""
    kernel = AgentKernel(python)
    yield kernel
    kernel.stop()


# -- start -----------------------------------------------------------------------------------------------------------


def test_the_first_message_says_what_kernel_it_is(shared):
    content = message(shared.ready, "runt_ready").content
    assert content["status"] == "ok"
    assert content["pid"] == shared.process.pid
    assert content["language_info"]["name"] == "python"
    assert {"protocol_version", "implementation", "implementation_version", "banner", "ipykernel"} <= content.keys()


def test_user_code_sees_the_run_id_but_neither_the_folder_nor_our_modules(shared):
    shown = shared.text(
        "import os, sys\n"
        "print(os.environ['JUPYTER_RUNT_RUN_ID'], 'JUPYTER_RUNT_FOLDER' in os.environ, any('jupyter_runt' in p for p in sys.path))\n"
        "print(get_ipython().history_manager.hist_file)"
    )
    assert shown == "r1 False False\n:memory:\n"


def test_the_debugger_is_not_imported_but_can_be(shared):
    assert shared.text("import sys; print('debugpy' in sys.modules); import debugpy; print('ok')").endswith("ok\n")


def test_without_an_ipykernel_one_line_says_what_is_missing(tmp_path):
    (tmp_path / "ipykernel").mkdir()
    (tmp_path / "ipykernel" / "__init__.py").write_text("")
    (tmp_path / "ipykernel" / "_version.py").write_text("__version__ = '6.28.0'\nversion_info = (6, 28, 0)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "JUPYTER_RUNT_FOLDER": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, agent.__file__], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    assert done.stderr == f"jupyter-runt: ipykernel 6.29 or newer is needed in {sys.executable}, found 6.28.0\n"


# -- streams ---------------------------------------------------------------------------------------------------------


def test_text_and_messages_keep_their_order(shared):
    records = shared.run(
        "import sys\nfrom IPython.display import display\n"
        "print('a'); print('b', file=sys.stderr); display('c', display_id='x'); print('d'); 5"
    )
    shapes = [
        (record.name, record.text) if isinstance(record, Text) else (record.type, record.content.get("data"))
        for record in joined(records)
    ]
    assert shapes == [
        ("stdout", "a\n"),
        ("stderr", "b\n"),
        ("display_data", {"text/plain": "'c'"}),
        ("stdout", "d\n"),
        ("execute_result", {"text/plain": "5"}),
        ("execute_reply", None),
    ]


def test_a_write_of_no_text_raises_as_ever(shared):
    records = shared.run("import sys\nsys.stdout.write(b'x')")
    assert message(records, "error").content["ename"] == "TypeError"


def test_lone_surrogates_are_shown_as_escapes(shared):
    assert shared.text(r"print('a\udcffb\ud83d')") == "a\\udcffb\\ud83d\n"


def test_a_flush_waits_for_nobody_and_loses_nothing(shared):
    lines = shared.text("for i in range(20_000): print(i, flush=True)").splitlines()
    assert lines == [str(i) for i in range(20_000)]


def test_an_attached_console_still_gets_everything_before_the_idle(shared):
    while True:  # a new subscriber misses what is sent before the kernel knows it
        shared.run("pass")
        with contextlib.suppress(queue.Empty):
            shared.client.get_iopub_msg(timeout=0.1)
            break
    msg_id = shared.send("print('one', flush=True)\nfor i in range(1000): print('x')\n5")
    seen = ""
    while True:
        got = shared.client.get_iopub_msg(timeout=20)
        if got["parent_header"].get("msg_id") != msg_id:
            continue
        if got["msg_type"] == "stream":
            seen += got["content"]["text"]
        if got["msg_type"] == "execute_result":
            seen += "=5"
        if got["content"].get("execution_state") == "idle":
            break
    assert seen == "one\n" + "x\n" * 1000 + "=5"
    shared.until(lambda record: is_message(record, "execute_reply") and record.parent == msg_id)


def test_what_subprocesses_and_c_code_print_is_in_their_cell_and_in_order(shared):
    for number in range(5):
        records = shared.run(
            f"import os, ctypes\nos.system('echo shell {number}')\nctypes.CDLL(None).puts(b'c {number}')\n"
            f"ctypes.CDLL(None).fflush(None)\nos.write(2, b'raw {number}\\n')\n{number}"
        )
        assert text(records, "stdout") == f"shell {number}\nc {number}\n"
        assert text(records, "stderr") == f"raw {number}\n"
        assert is_message(records[-2], "execute_result")


def test_characters_split_between_two_writes_to_the_pipe_are_whole(shared):
    code = "import os, time\nfor byte in 'é€😀'.encode(): os.write(1, bytes([byte])); time.sleep(0.002)"
    assert shared.text(code) == "é€😀"
    assert shared.text("import os\nos.write(1, ('€' * 5000).encode())\nNone") == "€" * 5000
    assert shared.text("import os\nos.write(1, b'a\\xffb\\n')\nNone") == "a\ufffdb\n"


def test_a_thread_that_outlives_its_cell_keeps_its_parent(shared):
    first = shared.send(
        "import threading\ngo, done = threading.Event(), threading.Event()\n"
        "def late():\n    go.wait(20); print('late'); done.set()\n"
        "threading.Thread(target=late).start()"
    )
    records = shared.run("print('second'); go.set(); done.wait(20); print('end')")
    assert text(records) == "second\nend\n"
    assert text([record for record in shared.everything() if record.parent == first]) == "late\n"


def test_one_huge_print_arrives_whole_with_a_small_reader(own):
    msg_id = own.send("print('é' * 25_000_000)")
    size, largest, done = 0, 0, False
    while not done:
        own.reader.arm(2)
        for record in own.reader.read(1 << 20):
            if isinstance(record, Text):
                assert record.text.strip("é") in ("", "\n")
                size += len(record.text)
                largest = max(largest, len(record.text))
            done = done or (is_message(record, "execute_reply") and record.parent == msg_id)
        own.reader.free(own.reader.cursor)
    assert size == 25_000_001
    assert largest <= 1 << 20
    assert len(list((own.folder / "journal").iterdir())) <= 3


def test_a_stream_message_of_user_code_is_text(shared):
    code = (
        "kernel = get_ipython().kernel\n"
        "kernel.send_response(kernel.iopub_socket, 'stream', {'name': 'stderr', 'text': 'direct'})\nNone"
    )
    assert text(shared.run(code), "stderr") == "direct"


def test_a_signal_handler_that_prints_in_the_middle_of_a_print_loses_nothing(shared):
    shown = shared.text(
        "import signal\ncount = 0\n"
        "def tick(*_):\n    global count; count += 1; print('tick')\n"
        "before = signal.signal(signal.SIGALRM, tick)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n"
        "for i in range(20_000): print('line')\n"
        "signal.setitimer(signal.ITIMER_REAL, 0); _ = signal.signal(signal.SIGALRM, before)\nprint('count', count)"
    )
    assert shown.count("line") == 20_000
    assert shown.count("tick") == int(shown.rpartition("count ")[2])
    assert "\0" not in shown


# -- messages --------------------------------------------------------------------------------------------------------


def test_buffers_and_values_that_are_no_json_survive(shared):
    records = shared.run(
        "from comm import create_comm\nimport datetime\n"
        "c = create_comm(target_name='t', data={'x': float('nan')}, buffers=[b'\\0\\n\\xff', memoryview(b'second')])\n"
        "from IPython.display import publish_display_data\npublish_display_data({'application/json': {'a': [1, None]}})"
    )
    opened = message(records, "comm_open")
    assert list(opened.buffers) == [b"\0\n\xff", b"second"]
    assert opened.content["data"]["x"] == "nan"
    assert message(records, "display_data").content["data"] == {"application/json": {"a": [1, None]}}


def test_a_request_dropped_by_the_kernels_abort_queue_has_a_reply(shared):
    message_ = shared.client.session.msg(
        "execute_request", {"code": "import time; time.sleep(0.2); 1/0", "silent": False, "stop_on_error": True}
    )
    shared.client.shell_channel.send(message_)
    dropped = shared.send("print('never')")
    records = shared.until(lambda record: is_message(record, "execute_reply") and record.parent == dropped)
    reply = message([record for record in records if record.parent == dropped], "execute_reply")
    assert reply.content["status"] == "aborted"


# -- processes -------------------------------------------------------------------------------------------------------


def test_forked_children_are_journalled_once_even_if_they_exit_hard(shared):
    records = shared.run(
        "import os\nfor i in range(5):\n    pid = os.fork()\n    if not pid:\n        print('child', i); os._exit(0)\n"
        "    _ = os.waitpid(pid, 0)\nprint('parent')"
    )
    assert text([record for record in records if isinstance(record, Text) and not record.process]) == "parent\n"
    children = [record for record in joined(records) if isinstance(record, Text) and record.process]
    assert sorted(record.text for record in children) == [f"child {i}\n" for i in range(5)]
    shared.reader.free(shared.reader.cursor)
    assert [name for name in os.listdir(shared.folder / "journal") if name[0] not in "0c"] == []


def test_a_pool_of_forked_workers_prints_through_the_journal(shared):
    records = shared.run(
        "import multiprocessing, sys\ndef work(i):\n    print('worker', i)\n    return i\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool: total = sum(pool.map(work, range(20)))\nprint(total)"
    )
    lines = sorted(text(joined(records)).splitlines())
    assert lines == sorted([*(f"worker {i}" for i in range(20)), "190"])


def test_everything_printed_before_a_kill_is_there(own):
    own.send("i = 0\nwhile True: print('line', i); i += 1")
    records = own.until(lambda record: isinstance(record, Text) and re.search(r"line \d{5}\n", record.text))
    own.kill()
    while fresh := own.reader.read():
        records += fresh
    lines = text(records).split("\n")
    whole, last = lines[:-1], lines[-1]
    assert whole == [f"line {i}" for i in range(len(whole))]
    assert f"line {len(whole)}".startswith(last)


def test_what_is_printed_at_exit_is_journalled(own):
    own.run("import atexit, os; _ = atexit.register(lambda: (print('good'), os.system('echo bye')))")
    own.client.shutdown()
    assert own.process.wait(20) == 0
    assert text(own.reader.read()) == "good\nbye\n"


# -- gate ------------------------------------------------------------------------------------------------------------


def test_a_stale_epoch_is_refused(own):
    assert own.text("print(1)", metadata={"jupyter_runt": {"epoch": 5}}) == "1\n"
    stale = own.send("print('stale')", metadata={"jupyter_runt": {"epoch": 4}})
    refused = message(own.until(lambda record: is_message(record, "runt_refused")), "runt_refused")
    assert refused.parent == stale
    assert refused.content == {"reason": "stale_epoch", "epoch": 4, "highest": 5}
    assert own.text("print(2)", metadata={"jupyter_runt": {"epoch": 6}}) == "2\n"


def test_a_repeated_request_runs_once(own):
    ours = {"jupyter_runt": {"epoch": 1}}
    own.run("print(1)", metadata=ours, msg_id="same-id")
    own.send("print(2)", metadata=ours, msg_id="same-id")
    assert message(own.until(lambda r: is_message(r, "runt_refused")), "runt_refused").content["reason"] == "repeated"
    assert own.text("print(3)", metadata=ours) == "3\n"


def test_a_request_of_ours_without_an_epoch_is_refused_and_harms_nothing(own):
    sent = own.send("print('no')", metadata={"jupyter_runt": {}})
    records = own.until(lambda record: is_message(record, "runt_refused"))
    assert message(records, "runt_refused").parent == sent
    assert own.text("print('yes')", metadata={"jupyter_runt": {"epoch": 1}}) == "yes\n"


def test_a_repetition_raises_the_epoch_all_the_same(own):
    own.run("1", metadata={"jupyter_runt": {"epoch": 1}}, msg_id="m1")
    own.send("1", metadata={"jupyter_runt": {"epoch": 2}}, msg_id="m1")
    own.until(lambda record: is_message(record, "runt_refused"))
    own.send("print('stale')", metadata={"jupyter_runt": {"epoch": 1}}, msg_id="m2")
    refused = own.until(lambda record: is_message(record, "runt_refused") and record.parent == "m2")
    assert message(refused, "runt_refused").content["reason"] == "stale_epoch"


def test_a_console_without_an_epoch_passes(shared):
    assert shared.text("print('console')") == "console\n"


# -- redaction -------------------------------------------------------------------------------------------------------

SECRET = "s3cr3t-t0ken"


def test_secrets_are_redacted_everywhere_and_are_in_no_metadata(own):
    ours = {"jupyter_runt": {"epoch": 1, "secrets": [SECRET]}}
    records = own.run(
        "import sys, os\nfrom IPython.display import display, HTML\nt = 's3cr3t' + '-t0ken'\n"
        "sys.stdout.write('a ' + t[:5]); sys.stdout.write(t[5:] + ' b '); sys.stdout.write(t[:7])\n"
        "display(HTML(f'<b>{t}</b>'))\nprint(t, file=sys.stderr)\nos.system(f'echo {t}')\n"
        "print(get_ipython().kernel.get_parent()['metadata'])\nraise ValueError(t)",
        metadata=ours,
    )
    assert text(records, "stdout").startswith("a ******** b s3cr3t-")  # the last is no secret but its beginning
    assert text(records, "stderr") == "********\n"
    assert message(records, "display_data").content["data"]["text/html"] == "<b>********</b>"
    assert message(records, "error").content["evalue"] == "********"
    assert "********\n" in text(records, "stdout")
    own.kill()
    stored = b"".join(path.read_bytes() for path in (own.folder / "journal").iterdir()) + own.errors.read_bytes()
    assert SECRET.encode() not in stored
    for piece in text(records).splitlines():
        assert SECRET not in piece


def test_a_tail_that_could_begin_a_secret_comes_out_at_the_end_of_its_cell(own):
    own.run("1", metadata={"jupyter_runt": {"epoch": 1, "secrets": [SECRET, "short"]}})
    assert own.text("print('s3cr', end='')") == "s3cr"
    assert own.text("print('3t-t0ken short')") == "3t-t0ken short\n"


# -- input -----------------------------------------------------------------------------------------------------------


def test_an_input_is_journalled_as_asked_and_as_taken_without_its_value(shared):
    msg_id = shared.send("print('before', end='')\nname = input('who? ')\nprint('hello')")
    asked = shared.until(lambda record: is_message(record, "input_request"))
    assert text(asked) == "before"
    assert message(asked, "input_request").content == {"prompt": "who? ", "password": False}
    shared.client.input("xyzzy")
    rest = shared.until(lambda record: is_message(record, "execute_reply"))
    taken = [record.type for record in rest if isinstance(record, Message)]
    assert taken == ["runt_input_taken", "execute_reply"]
    assert isinstance(rest[0], Message)
    assert rest[0].parent == msg_id
    assert "xyzzy" not in str(rest)
    assert shared.text("print(name)") == "xyzzy\n"


def test_an_interrupted_input_is_over_before_the_cell_is(shared):
    msg_id = shared.send("import getpass\ngetpass.getpass('secret? ')")
    asked = message(shared.until(lambda record: is_message(record, "input_request")), "input_request")
    assert asked.content["password"] is True
    shared.process.send_signal(signal.SIGINT)
    rest = shared.until(lambda record: is_message(record, "execute_reply") and record.parent == msg_id)
    assert message(rest, "execute_reply").content["ename"] == "KeyboardInterrupt"
    kinds = [record.type for record in rest if isinstance(record, Message)]
    assert kinds.index("runt_input_taken") < kinds.index("execute_reply")


# -- trouble ---------------------------------------------------------------------------------------------------------


def test_a_full_disk_loses_output_visibly_and_never_the_kernel(python):
    kernel = AgentKernel(python)
    try:
        kernel.send(
            "import resource as r\nsoft, hard = r.getrlimit(r.RLIMIT_FSIZE)\n"
            "r.setrlimit(r.RLIMIT_FSIZE, (128 << 10, hard))  # the second segment is larger than that\n"
            "for i in range(50_000): print(i)\nr.setrlimit(r.RLIMIT_FSIZE, (soft, hard))"
        )
        reply = kernel.client.get_shell_msg(timeout=30)
        assert reply["content"]["status"] == "ok"
        time.sleep(agent.RETRY)  # the agent asks again no sooner
        records = kernel.run("print('again')")
        lost = message(kernel.everything(), "runt_lost").content
        assert lost["reason"] == "disk_full"
        assert lost["bytes"] > 100_000
        assert text(records) == "again\n"
    finally:
        kernel.stop()


def test_a_kernel_that_nobody_drives_ends_itself_with_its_children(python, tmp_path):
    lock = tmp_path / "worker.lock"
    with lock.open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        kernel = AgentKernel(python, driver=json.dumps({"lock": str(lock), "orphan_timeout": 0.4}))
        try:
            child = int(kernel.text("import subprocess; print(subprocess.Popen(['sleep', '1000']).pid)"))
            with pytest.raises(subprocess.TimeoutExpired):
                kernel.process.wait(1.0)  # longer than a kernel without a driver would live
            fcntl.lockf(held, fcntl.LOCK_UN)
            assert kernel.process.wait(20) == -signal.SIGKILL
            assert is_dead(child)
        finally:
            kernel.stop()
