"""`%runt` in plain IPython: text that only scrolls, a view that lives while it waits, and nothing at the prompt."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.cli.runt import PATIENCE, Runt, until
from tests.magics.ipython import PLAIN, IPython, ipython

RUN = r"\d{8}-\d{6}-\w{6}"
TRACEBACK = "ZeroDivisionError                         Traceback (most recent call last)"
GATED = (
    "import os, time\nprint('begun', flush=True)\nwhile not os.path.exists({gate!r}): time.sleep(.02)\nprint('over')"
)


@pytest.fixture
def terminal(lived_in: Runt) -> Iterator[IPython]:
    with ipython(lived_in, *PLAIN) as session:
        yield session


def gated(runt: Runt, name: str) -> str:
    """A notebook that says `begun`, and goes on when there is a file called `NAME.go`."""
    return runt.cells(GATED.format(gate=f"{name}.go"), name=f"{name}.yml")


def last(runt: Runt) -> str:
    """The status of the newest run."""
    status: str = runt.show()["status"]
    return status


def test_a_run_is_told_of_and_then_leaves_the_prompt_alone(lived_in, terminal):
    shown = terminal(f"%runt run {gated(lived_in, 'quiet')}")
    assert len(shown) == 2, shown
    told = re.fullmatch(rf"Run ({RUN}) is \w+: `%runt follow \1` shows it live, `%runt cancel \1` ends it\.", shown[0])
    assert told, shown
    assert re.fullmatch(rf"Out\[1\]: <Run {told[1]} of 'quiet.yml': \w+, 0/1 cells>", shown[1])
    lived_in.write("quiet.go", "")
    until(lambda: last(lived_in) == "succeeded", "the run has ended")
    written = len(terminal.raw)
    assert terminal("6 * 7") == ["Out[2]: 42"]
    assert terminal.raw[written:].decode().startswith("6 * 7"), "something was written at the prompt"
    assert re.fullmatch(rf"Out\[3\]: <Run {told[1]} of 'quiet.yml': succeeded, 1/1 cells, .+>", terminal("_1")[0])


def test_waiting_shows_the_run_as_the_command_line_does(lived_in, terminal):
    terminal.start(f"run = %runt run {gated(lived_in, 'live')} --wait")
    terminal.wait_for("begun")
    terminal.wait_for("▶ c1")
    terminal.wait_for("0/1")
    lived_in.write("live.go", "")
    shown = terminal.prompt()
    assert shown[:2] == ["begun", "over"]
    assert re.fullmatch(r"✓ c1  .+", shown[2])
    assert re.fullmatch(r"succeeded: 1 cell in .+", shown[3])
    assert terminal("run.status") == ["Out[2]: 'succeeded'"]


def test_ctrl_c_detaches_and_following_comes_back(lived_in, terminal):
    terminal.start(f"%runt run {gated(lived_in, 'held')} --wait")
    terminal.wait_for("begun")
    terminal.type("\x03")
    shown = terminal.prompt()
    run_id = lived_in.show()["run_id"]
    told = f"Run {run_id} goes on: `%runt follow {run_id}` comes back to it, `%runt cancel {run_id}` ends it."
    assert [line.removeprefix("^C") for line in shown if "goes on" in line] == [told]
    assert last(lived_in) == "running"
    terminal.start("run = %runt follow")
    terminal.wait_for("▶ c1")
    lived_in.write("held.go", "")
    assert "over" in terminal.prompt()
    assert terminal("run.outputs.text") == [r"Out[3]: 'begun\nover\n'"]


def test_ctrl_c_detaches_from_wait_as_well(lived_in, terminal):
    terminal(f"run = %runt run {gated(lived_in, 'waited')}")
    terminal.start("print('so', 'far'); run.wait()")
    terminal.wait_for("so far")
    terminal.type("\x03")
    assert [line for line in terminal.prompt() if "goes on: `%runt follow" in line]
    lived_in.write("waited.go", "")
    assert terminal("run.wait().status") == ["Out[3]: 'succeeded'"]


def test_questions_are_asked_and_passwords_are_not_shown(lived_in, terminal):
    source = "import getpass\nprint('hello', input('name? '))\nprint(len(getpass.getpass('word: ')))"
    terminal.start(f"%runt run {lived_in.cells(source, name='asks.yml')} --wait")
    terminal.wait_for("name?")
    terminal.type("bob\n")
    terminal.wait_for("hello bob")
    terminal.wait_for("word:")
    terminal.type("s3cret-word\n")
    assert "11" in terminal.prompt()
    assert b"s3cret" not in terminal.raw


def test_a_question_that_is_left_is_answered_later(lived_in, terminal):
    terminal.start(f"%runt run {lived_in.cells('print(input())', name='left.yml')} --wait")
    terminal.until(lambda: last(lived_in) == "waiting", "it waits for an answer")
    terminal.type("\x04")
    terminal.wait_for("goes on waiting: %runt reply")
    terminal.type("\x03")
    assert "goes on: `%runt follow" in terminal.prompt()[-1]
    terminal.start("%runt reply last")
    terminal.type("well\n")
    assert "has the reply" in terminal.prompt()[-1]
    assert "well" in terminal("%runt follow")


def test_a_question_of_wait_that_somebody_else_answers_goes_away(lived_in, terminal):
    terminal(f"run = %runt run {lived_in.cells('''print('hello', input('name? '))''', name='both.yml')}")
    terminal.start("run.wait().outputs.text")
    terminal.wait_for("name?")
    lived_in("reply", "last", "alice")
    shown = terminal.prompt()
    assert "It needs no answer any more." in shown[-2]
    assert shown[-1] == r"Out[2]: 'hello alice\n'"
    assert terminal("1 + 1") == ["Out[3]: 2"], "the interrupt that ended the prompt was for that alone"


def test_runs_are_listed_and_shown_with_their_outputs(lived_in, terminal):
    lived_in("run", lived_in.cells("print('one')\nprint('two')", "7 * 6", name="shown.yml"))
    run_id = lived_in.show()["run_id"]
    assert terminal("%runt ls --notebook shown")[1].split()[0] == "RUN"
    assert any(line.startswith(f"{run_id}  succeeded  2/2    shown.yml") for line in terminal.lines)
    shown = terminal("%runt show")
    assert shown[0] == "shown.yml: succeeded"
    assert [line.split("  ")[-1] for line in shown if line.startswith("      ")] == ["one", "two", "42"]
    assert shown[-1].startswith(f"Out[2]: <Run {run_id} of 'shown.yml': succeeded, 2/2 cells")


def test_a_sweep_tells_how_far_it_is_and_shows_its_table_once(lived_in, terminal):
    source = "import jupyter_runt\njupyter_runt.result('twice', size * 2)"
    notebook = lived_in.cells(source, name="sweep.yml", parameters={"size": 0})
    shown = terminal(f"sweep = %runt sweep {notebook} -p size 1,20 --wait")
    assert shown[0].endswith("2/2 runs have ended")
    assert shown[1].split() == ["RUN", "size", "STATUS", "CELLS", "TOOK", "twice"]
    assert [line.split()[1::2][0] for line in shown[2:]] == ["1", "20"]
    assert [line.split()[-1] for line in shown[2:]] == ["2", "40"]
    assert b"0/2 runs have ended" in terminal.raw
    assert re.fullmatch(rf"2 runs are queued: `%runt ls --label sweep={RUN}` lists them\.",
                        terminal(f"%runt sweep {notebook} -p size 3,4")[0])  # fmt: skip
    terminal("_.wait()")


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("%runt run nowhere.yml", "NotebookError", "no such file"),
        ("%runt run", "UsageError", "needs a notebook"),
        ("%runt walk", "UsageError", "There is no command 'walk'"),
        ("%runt show 19991231-nobody", "RunNotFound", "There is no run '19991231-nobody'"),
        ("%runt run bad.yml --wait --check", "RunFailed", "ZeroDivisionError: division by zero"),
    ],
)
def test_errors_are_one_message(lived_in, terminal, line, kind, words):
    lived_in.cells("1/0", name="bad.yml")
    shown = [each for each in terminal(line) if each.startswith(f"{kind}: ")]
    assert len(shown) == 1, terminal.text
    assert words in shown[0]
    assert "Traceback" not in terminal.text.replace(TRACEBACK, ""), "only the run's own, which its outputs have"


def test_every_command_has_help(lived_in, terminal):
    shown = terminal("%runt run?")
    assert shown[0].startswith("usage: %runt run")
    assert any("%runt run report.yml -p day 2026-11-20" in line for line in shown)
    assert any(line.startswith("  %runt sweep ") for line in terminal("%runt"))


def test_leaving_ipython_leaves_the_run(lived_in, terminal):
    terminal(f"run = %runt run {gated(lived_in, 'leave')}")
    terminal.type("exit()\n")
    assert terminal.end() == 0
    assert terminal.lines[-1].endswith("exit()"), "something was said at the end"
    lived_in.write("leave.go", "")
    until(lambda: last(lived_in) == "succeeded", "the run goes on to its end")


def test_a_window_that_is_closed_while_it_waits_leaves_the_run(lived_in, terminal):
    terminal.start(f"%runt run {gated(lived_in, 'closed')} --wait")
    terminal.wait_for("begun")
    terminal.hang_up()
    terminal.process.wait(PATIENCE)
    assert last(lived_in) == "running"
    lived_in.write("closed.go", "")
    until(lambda: last(lived_in) == "succeeded", "the run goes on to its end")


def test_the_prompt_with_menus_completes_and_shows_the_same(lived_in):
    lived_in.cells("print('all is well')", name="menus.yml")
    with ipython(lived_in) as terminal:
        terminal.begin("%runt run men")
        terminal.type("\t")
        terminal.wait_for("%runt run menus.yml")
        terminal.type(" --wait\r")
        shown = terminal.prompt()
        assert "all is well" in shown
        assert any(line.startswith("succeeded: 1 cell") for line in shown)
        assert re.match(rf"Out\[1\]: <Run {RUN} of 'menus.yml': succeeded", shown[-1])


def test_an_embedded_shell_runs_notebooks_without_a_terminal(lived_in):
    notebook = lived_in.cells("import jupyter_runt\njupyter_runt.result('answer', 42)", name="embedded.yml")
    script = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'jupyter_runt')\n"
        f"run = shell.run_line_magic('runt', 'run {notebook} --wait')\n"
        "print(run.result('answer') + 1, run.status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=lived_in.home, env=lived_in.env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "43 succeeded"
    assert "Traceback" not in done.stderr
