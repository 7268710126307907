"""Bad input: one clear message with the place and the remedy, the right exit code, nothing broken, nothing stuck."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import fresh
from tests.cli.runt import PYTHON3, Ended, Runt

FILES: dict[str, tuple[str | bytes, str]] = {
    "empty.yml": ("", "is empty"),
    "blank.ipynb": ("\n \n", "is empty"),
    "binary.yml": (bytes(range(256)), "binary"),
    "picture.ipynb": (b"\x89PNG\r\n\x1a\n\0\0", "binary"),
    "latin.yml": ("cells: [{source: 'caf\u00e9'}]".encode("latin-1"), "latin.yml:1:22: the byte 0xe9"),
    "text.ipynb": ("hello", "text.ipynb:1:1"),
    "list.yml": ("- a\n- b", "list.yml:1:1"),
    "scalar.yml": ("just words", "scalar.yml:1:1"),
    "no-cells.yml": ("metadata: {title: x}", "cells"),
    "unclosed.yml": ("cells: [", "unclosed.yml:"),
    "tab.yml": ("cells:\n\t- source: 1", "tab.yml:2:1"),
    "twice.yml": ("cells: []\ncells: []", "twice.yml:2:1: duplicate key 'cells'"),
    "same-id.yml": ("cells:\n- {id: a, source: 1}\n- {id: a, source: 2}", "same-id.yml:3"),
    "no-as-id.yml": ("cells: [{id: no, source: '1'}]", "quote it"),
    "on-as-title.yml": ("metadata: {title: on}\ncells: []", "on-as-title.yml:1:19"),
    "bomb.yml": ("a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)), "bomb.yml"),
    "object.yml": ("cells: !!python/object/apply:os.system [id]", "object.yml:1:8"),
    "loop.yml": ("cells: &a [*a]", "loop.yml:1"),
    "deep.yml": ("cells: " + "[" * 5000, "deep.yml"),
    "unknown-key.yml": ("cells: [{sorce: '1'}]", "did you mean 'source'"),
    "bad-type.yml": ("cells: [{celltype: cod, source: '1'}]", "did you mean 'code'"),
    "bad-timeout.yml": ("metadata: {timeout: soon}\ncells: []", "bad-timeout.yml:1:21"),
    "when.yml": ("cells: [{id: a, when: 'x > 1', source: '1'}]", "not supported yet"),
    "sql.yml": ("cells: [{id: a, celltype: sql, source: 'select 1'}]", "not supported yet"),
    "cut.ipynb": ('{"cells": [{"cell_type": "code"', "cut.ipynb:1"),
    "future.ipynb": ('{"cells": [], "metadata": {}, "nbformat": 5, "nbformat_minor": 0}', "1 to 4"),
    "other.json": ('{"name": "package"}', "no notebook"),
    "script.py": ("print(1)", ".py files are no notebooks"),
}  # fmt: skip


@pytest.fixture(scope="module")
def home() -> Iterator[Runt]:
    """A home with the bad files, for tests that leave nothing in its store."""
    for made in fresh():
        for name, (content, _) in FILES.items():
            made.write(name, content)
        (made.home / "folder.yml").mkdir()
        os.mkfifo(made.home / "pipe.yml")
        yield made
        assert made.json("ls") == []


def refused(ended: Ended, said: str) -> None:
    assert said in ended.err
    assert ended.err.startswith("jupyter runt: ")
    assert len(ended.err.splitlines()) <= 4, ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_every_trap_is_named_with_its_place(home):
    answers = home("validate", *FILES, "--json", code=2).json()
    for answer, (name, (_, said)) in zip(answers, FILES.items(), strict=True):
        found = "\n".join(
            f"{p['path']}:{p['line']}:{p['column']}: {p['message']} {p['remedy']}" for p in answer["problems"]
        )
        assert not answer["valid"], name
        assert said in found, found


@pytest.mark.parametrize(
    "name", ["empty.yml", "binary.yml", "tab.yml", "bomb.yml", "object.yml", "cut.ipynb", "when.yml", "script.py"]
)
def test_execute_refuses_a_bad_file(home, name):
    refused(home("execute", name, "-o", "o.ipynb", code=2), FILES[name][1])
    assert not (home.home / "o.ipynb").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope.yml"], "nope.yml"),
        (["./nope/nope.yml"], "no such file"),
        (["emty.yml"], "did you mean 'empty.yml'"),
        (["folder.yml"], "is a directory"),
        (["."], "is a directory"),
        (["pipe.yml"], "no regular file"),
        (["/dev/null"], "no regular file"),
        (["good.yml", "-k", "nope"], "Known runtimes: "),
        (["good.yml", "-o", "nope/o.ipynb"], "mkdir -p"),
        (["good.yml", "-o", "folder.yml/o.pdf"], ".pdf"),
        (["good.yml", "-o", "o.txt"], ".ipynb"),
        (["good.yml", "-o", "/proc/o.ipynb"], "cannot be written"),
        (["-"], "is empty"),
        (["-", "-"], "once"),
    ],
)
def test_a_wrong_path_or_name_is_told_before_the_run(home, arguments, said):
    home.cells("1", name="good.yml")
    refused(home("execute", *arguments, code=2), said)


def test_what_is_not_supported_is_left_out_if_asked(runt):
    runt.write(
        "w.yml",
        "cells: [{id: a, when: 'True', source: print(1)}, {id: q, celltype: sql, source: select}, {id: b, source: print(2)}]",
    )
    ended = runt("execute", "w.yml", "--skip-unsupported")
    assert ended.out == "1\n2\n"
    assert ended.err.count("warning:") >= 2


def test_a_kernelspec_whose_program_is_missing(runt):
    runt.kernelspec(
        "gone", {"argv": ["/no/such/python", "{connection_file}"], "display_name": "G", "language": "python"}
    )
    refused(runt("execute", runt.cells("1"), "-k", "gone", code=3), "/no/such/python")


def test_a_kernel_that_exits_at_start_is_quoted(runt):
    argv = [sys.executable, "-c", "import sys; sys.exit('no licence today')", "{connection_file}"]
    runt.kernelspec("exits", {"argv": argv, "display_name": "E", "language": "python"})
    ended = runt("execute", runt.cells("1"), "-k", "exits", code=3)
    assert "no licence today" in ended.err
    assert runt.show()["reason"] == "kernel_start_failed"
    assert runt.show()["cells"][0]["status"] == "cancelled"


@pytest.mark.parametrize(
    "content",
    ["{", '{"argv": []}', "[]", '{"display_name": "x"}', '{"argv": "python", "display_name": "x", "language": "y"}'],
)
def test_a_broken_kernelspec_is_no_defect_of_ours(runt, content):
    runt.write("data/kernels/broken/kernel.json", content)
    ended = runt("execute", runt.cells("1"), "-k", "broken", code=None)
    assert ended.code in (2, 3)
    assert "broken" in ended.err
    runt("runtimes")


def test_a_python_without_ipykernel_says_so(runt):
    runt.kernelspec("bare", {**PYTHON3, "argv": [sys.executable, "-S", *PYTHON3["argv"][1:]]})
    ended = runt("execute", runt.cells("1"), "-k", "bare", code=3)
    assert "ipykernel" in ended.err


# -- the store ---------------------------------------------------------------------------------------------------------


def corrupted(path: Path) -> None:
    path.write_bytes(b"this is no database, " * 500)


def newer(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


@pytest.mark.parametrize(("damage", "said"), [(corrupted, "is no SQLite database"), (newer, "has version 99")])
@pytest.mark.parametrize(
    "command", [["execute", "n.yml"], ["ls"], ["show", "last"], ["submit", "n.yml"], ["worker", "--until-empty"]]
)
def test_a_store_that_cannot_be_read_is_5_and_stays_as_it_is(runt, damage, said, command):
    runt("ls")
    damage(runt.path)
    runt.cells("1")
    before = runt.path.read_bytes()
    refused(runt(*command, code=5), said)
    assert runt.path.read_bytes() == before
    assert "store" in runt("doctor", code=5).out
    runt.path.unlink()  # nothing is left to check at the end


def test_a_store_below_what_is_no_folder(runt):
    runt.write("file", "")
    refused(
        runt("execute", runt.cells("1"), "--store", f"sqlite:///{runt.home}/file/store.sqlite", code=5),
        "file/store.sqlite",
    )


def test_an_unwritable_default_store_is_replaced_with_a_warning(runt):
    runt.write("data/jupyter_runt", "in the folder's place")
    environment = {"JUPYTER_RUNT_STORE": ""}
    ended = runt("execute", runt.cells("print(1)"), "-o", "o.ipynb", env=environment)
    assert ended.err.startswith("warning: ")
    assert "temporary" in ended.err
    assert ended.out == "1\n"
    assert runt.read("o.ipynb")["cells"][0]["outputs"]
    assert runt("ls", env=environment, code=5).out == ""


@pytest.fixture
def tiny_disk(runt) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = runt.home / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True, check=False
    ).returncode:
        pytest.skip("no right to mount")
    yield folder
    for pid in runt.processes():
        os.kill(pid, 9)
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_told_and_the_store_stays_readable(runt, tiny_disk):
    url = f"sqlite:///{tiny_disk}/store.sqlite"
    runt("execute", runt.cells("1"), "--store", url, "--id", "before")
    with open(tiny_disk / "filler", "wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
    refused(runt("execute", "n.yml", "--store", url, code=5), "No space left")
    (tiny_disk / "filler").unlink()
    runt("execute", "n.yml", "--store", url, "--id", "after")
    assert [row["run_id"] for row in runt("ls", "--store", url, "--json").json()] == ["after", "before"]


def test_a_read_only_disk(runt, tiny_disk):
    url = f"sqlite:///{tiny_disk}/store.sqlite"
    runt("execute", runt.cells("1"), "--store", url)
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    refused(runt("execute", "n.yml", "--store", url, code=5), "cannot be")
    refused(runt("execute", "n.yml", "-o", tiny_disk / "o.ipynb", code=2), "cannot be written")


# -- settings ----------------------------------------------------------------------------------------------------------


def test_settings_come_from_the_configuration_file(runt):
    other = f"sqlite:///{runt.home}/other/store.sqlite"
    environment = {"JUPYTER_RUNT_STORE": ""}
    runt.write(
        "config/jupyter_runt_config.json",
        json.dumps({"Runt": {"store": other, "template_folders": [str(runt.home / "mine")]}}),
    )
    runt.write("mine/hello.yml", "cells: [{source: print('hello')}]")
    assert runt("execute", "hello", "-q", env=environment).out == "hello\n"
    assert runt("status", "--json", env=environment).json()["store"] == other
    assert runt("status", "--json").json()["store"] == runt.url, "the environment wins"
    runt.write("config/jupyter_runt_config.py", f"c.Runt.store = {runt.url!r}")
    assert runt("status", "--json", env=environment).json()["store"] == runt.url


def test_what_concerns_the_server_extension_alone_is_no_concern_of_a_command(runt):
    settings = ["c.RuntApp.start_worker = False", "c.RuntApp.store = 'memory:'", "c.ServerApp.port = 8899"]
    runt.write("config/jupyter_runt_config.py", "\n".join(settings))
    assert runt("status", "--json").json()["store"] == runt.url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c.Runt.stoer = 'x'", "unknown setting Runt.stoer"),
        ("c.Runner.store = 'x'", "unknown section 'Runner'"),
        ("c.ContentsManager.hide = True", "belongs in jupyter_server_config"),
        ("c.Runt.start_worker = False", "those of the server extension stand under RuntApp"),
        ("c.RuntApp.concurrency = 8", "Write c.Runt.concurrency."),
        ("c.Runt.concurrency = 'four'", "must be a whole number, not 'four'"),
        ("c.Runt.concurrency = 0", "more than 0"),
        ("c.Runt.idle_exit = True", "must be a number of seconds"),
        ("c.Runt.retention_days = '30d'", "must be a number of days, not '30d'"),
        ("c.Runt.retention_bytes = -1", "must be 0 (no limit) or more, not -1"),
        ("c.Runt.template_folders = 'x'", "must be a list of texts"),
        ("1 / 0", "ZeroDivisionError"),
        ("c.Runt.", "SyntaxError"),
        ("raise SystemExit(0)", "SystemExit"),
    ],
)
def test_a_bad_setting_is_named_with_its_file(runt, text, said):
    runt.write("config/jupyter_runt_config.py", text)
    ended = runt("ls", code=2)
    assert said in ended.err
    assert "jupyter_runt_config.py" in ended.err
