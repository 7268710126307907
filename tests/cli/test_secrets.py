"""Commands are given secrets, cells show them in every way there is, and then every file and every process is searched."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.cli.leaks import BEGIN, DISPLAYS, FAILURES, KEY, NASTY, PARAMETERS, PLAIN, SECRETS, SPELT, STREAMS, Search
from tests.cli.runt import PATIENCE, Runt, until

OLD = os.environ.get("RUNT_TEST_OLD_PYTHON", "")
RUNTIMES = ["python3", "foreign", *(["old"] if OLD else [])]
VARIABLES = {"RT_PLAIN": PLAIN, "RT_NASTY": NASTY}
REFERENCES = ["-r", "plain", "${RT_PLAIN}", "-r", "nasty", "${RT_NASTY}", "-r", "key", "${file:the-key}"]
LITERALS = ["-r", "plain", PLAIN, "-r", "nasty", NASTY, "-r", "key", KEY]
WAIT = "import os, time\nopen('begun', 'w').close()\nwhile not os.path.exists('go'): time.sleep(0.01)"
LEAKS = (STREAMS, SPELT, DISPLAYS, *FAILURES, WAIT)


@pytest.fixture(params=RUNTIMES)
def at(request: pytest.FixtureRequest, runt: Runt) -> Runt:
    """A home whose runtime python3 is the newest ipykernel, the oldest, or one that does not carry the agent."""
    if request.param != "python3":
        start = ["-c", "from ipykernel import kernelapp; kernelapp.launch_new_instance()"]
        start = start if request.param == "foreign" else ["-m", "ipykernel_launcher"]
        python = OLD if request.param == "old" else sys.executable
        spec = {"argv": [python, *start, "-f", "{connection_file}"], "display_name": "P", "language": "python"}
        runt.kernelspec("python3", spec)
    return runt


def asked(runt: Runt, questions: int) -> bool:
    return bool(runt("show", "last", "--events").out.count("input.requested") == questions)


def notebook(runt: Runt, *cells: str) -> str:
    runt.write("the-key", KEY)
    return runt.cells(BEGIN, *cells, **PARAMETERS)


@contextmanager
def at_its_gate(runt: Runt) -> Iterator[None]:
    """While the last cell waits."""
    until((runt.home / "begun").exists, "everything was printed", patience=PATIENCE)
    yield
    (runt.home / "go").touch()


def export_everything(runt: Runt, search: Search) -> None:
    cells = {cell["id"]: cell["status"] for cell in runt.show()["cells"]}
    assert {cells[name] for name in ("c1", "c2", "c3", "c4")} == {"succeeded"}
    for kind in ("ipynb", "yml", "html"):
        runt("export", "last", "-o", f"out.{kind}")
    for command in ("show last", "show last --events", "show last --json", "follow last", "ls --json"):
        said, complained = runt.start(*command.split()).communicate(timeout=PATIENCE)
        search.text(command, said + complained)


def test_execute_keeps_literal_secrets_to_itself_and_hides_them_in_its_arguments(at):
    search = Search(at, *SECRETS)
    options = ("--keep-going", "-v", "-o", "res.ipynb", "--report", "junit=r.xml")
    process = at.start("execute", notebook(at, *LEAKS), *LITERALS, *options)
    with at_its_gate(at):
        search.processes()
        search.files("the-key")
    said, complained = process.communicate(timeout=PATIENCE)
    search.text("what it said", said + complained)
    export_everything(at, search)
    search.files("the-key")
    assert sorted(search.seen) == []
    assert "********" in said


def test_a_worker_resolves_references_and_keeps_the_values_to_itself(at):
    with Search(at, *SECRETS) as search:
        at("submit", notebook(at, *LEAKS), *REFERENCES, "--keep-going", "--no-worker")
        worker = at.start("worker", "--until-empty", env=VARIABLES)
        with at_its_gate(at):
            search.files("the-key")
        said, complained = worker.communicate(timeout=PATIENCE)
    search.text("what it said", said + complained)
    export_everything(at, search)
    search.files("the-key")
    assert sorted(search.seen) == []


STARTUP = "import os, sys\nprint(os.environ['RT_PLAIN'])\nos.write(2, os.environ['RT_PLAIN'].encode())\n"
EARLIEST = STARTUP + "print(os.environ['RT_PLAIN'], file=sys.stderr, flush=True)\nc = get_config()\n"
LATEST = """
import faulthandler, logging, os
class Last:
    def __del__(self): raise ValueError(plain)
last = Last()
logging.getLogger("IPKernelApp").error(plain); get_ipython().kernel.log.error("%r", nasty)
faulthandler.dump_traceback_later(0.05); import time; time.sleep(0.1)
"""


@pytest.mark.parametrize("python", [sys.executable, *([OLD] if OLD else [])])
def test_what_a_kernel_says_before_its_first_cell_and_in_its_own_log_shows_no_secret(runt, python):
    """Startup files, the kernel's configuration, its log of every message, what its destructors say."""
    spec = {"argv": [python, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--debug"], "language": "python"}
    runt.kernelspec("python3", {**spec, "display_name": "P"})
    profile = "ipython/profile_default"
    runt.write(f"{profile}/startup/00.py", STARTUP + "raise ValueError(os.environ['RT_PLAIN'])")
    runt.write(f"{profile}/ipython_kernel_config.py", EARLIEST)
    search = Search(runt, *SECRETS)
    runt("submit", notebook(runt, LATEST, WAIT), *REFERENCES, "--no-worker")
    worker = runt.start("worker", "--until-empty", env=VARIABLES)
    with at_its_gate(runt):
        search.files("the-key")
        log = b"".join(path.read_bytes() for path in runt.home.rglob("k/*/stderr"))
    runt.end(worker)
    search.files("the-key")
    assert b"execute_request" in log
    assert sorted(search.seen) == []
    assert runt.show()["status"] == "succeeded"


def test_the_last_words_of_a_kernel_that_does_not_start_show_no_secret(runt):
    program = "import os, sys; sys.exit('x' * 100 + os.environ['RT_PLAIN'] + 'y' * 3990)"
    runt.kernelspec(
        "broken",
        {"argv": [sys.executable, "-c", program, "{connection_file}"], "display_name": "P", "language": "python"},
    )
    search = Search(runt, PLAIN[-12:])
    said = runt("execute", notebook(runt), *REFERENCES, "-k", "broken", env=VARIABLES, code=3)
    search.text("what it said", said.out + said.err)
    search.files("the-key")
    assert "yyy" in said.err
    assert sorted(search.seen) == []


def test_a_kernel_that_is_killed_leaves_no_secret_behind(runt):
    search = Search(runt, *SECRETS)
    dying = STREAMS + "\nsys.stdout.write(plain[:12])\nimport signal; os.kill(os.getpid(), signal.SIGSEGV)"
    runt("execute", notebook(runt, dying), *LITERALS, code=3)
    search.files("the-key")
    assert sorted(search.seen) == []


def test_submit_refuses_a_literal_secret_and_names_the_ways(runt):
    said = runt("submit", notebook(runt), "-r", "plain", PLAIN, code=2).err
    assert PLAIN not in said
    for way in ("${VARIABLE}", "${file:PATH}", "`execute`"):
        assert way in said
    search = Search(runt, PLAIN)
    search.files()
    assert search.seen == set()
    assert runt.json("ls") == []


def test_submit_says_that_no_living_worker_has_the_variable_and_which_ones_it_looked_at(runt):
    source = runt.cells("print(len(token))", parameters={"token": None})
    reference = (source, "-r", "token", "${RT_PLAIN}")
    worker = runt.start("worker")
    (known,) = until(lambda: runt.json("workers"), "the worker is known")
    said = runt("submit", *reference, code=2, env=VARIABLES).err  # this process has it, but the worker will not
    assert "No worker has ${RT_PLAIN} for the parameter 'token'" in said
    assert str(known["worker_id"]) in said
    worker.terminate()
    worker.wait(PATIENCE)
    assert "this process, which would start one" in runt("submit", *reference, code=2).err
    runt("submit", *reference, "--no-worker")  # whoever comes later may have it
    runt("worker", "--until-empty", env=VARIABLES)
    assert runt.show()["status"] == "succeeded"
    runt("run", *reference, env=VARIABLES)


def test_a_rerun_of_what_had_a_literal_secret_asks_for_it_again(runt):
    runt("execute", runt.cells("print(len(token))", parameters={"token": None}), "-r", "token", PLAIN)
    said = runt("rerun", "last", "--no-worker", code=2).err
    assert "the secret parameter token was not kept" in said
    assert "-r token '${VARIABLE}'" in said
    assert "would be stored" in runt("rerun", "last", "-r", "token", PLAIN, "--no-worker", code=2).err
    assert len(runt.json("ls")) == 1


ASK = "import getpass\ngiven = getpass.getpass('Code: ')\nagain = input('Again: ')\nprint(len(given), given == again)"


def test_replies_are_in_no_file_and_in_no_log(runt):
    with Search(runt, PLAIN) as search:
        runt("submit", runt.cells(ASK, WAIT), "--input", "wait", "--no-worker")
        worker = runt.start("worker", "--until-empty", "--log-level", "debug")
        for question in (1, 2):
            until(partial(asked, runt, question), "it asks")
            search.text("reply", runt("reply", "last", given=f"{PLAIN}\n").err)
        with at_its_gate(runt):
            search.files()
        search.text("worker", runt.end(worker).err)
    runt("export", "last", "-o", "out.ipynb")
    search.files()
    assert f"{len(PLAIN)} True" in runt("follow", "last").out
    assert sorted(search.seen) == []


def test_answers_given_to_execute_are_in_no_file_and_those_given_to_submit_are_said_to_be(runt):
    search = Search(runt, PLAIN)
    assert "True" in runt("execute", runt.cells(ASK), "--answer", PLAIN, "--answer", PLAIN).out
    search.files()
    assert sorted(search.seen) == []
    said = runt("submit", "n.yml", "--answer", PLAIN, "--no-worker").err
    assert "the answers are kept in the queue" in said
