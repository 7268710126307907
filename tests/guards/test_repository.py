"""What the repository holds: the product alone, in folders that are fixed, with names that mean something."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.guards.source import PACKAGE, ROOT, modules

FOLDERS = {"jupyter_runt", "labextension", "kernels", "notebooks", "tests", "jupyter-config", ".ci", ".github"}
MEANINGLESS = {"utils", "util", "helpers", "helper", "common", "misc", "stuff", "lib", "tools"}
MAX_BYTES = 1 << 20
BINARY = {".png", ".gz", ".sqlite"}

# Written as patterns that do not match themselves.
FORBIDDEN = {
    "a path of one machine": re.compile(
        r"(?<![\w.])/(?:work|root|Users)/|/home/(?!jovyan|user|you|me\b)[a-z]|/tmp/[w]\b"
    ),
    "a package registry's host": re.compile(
        r"(?:pypi|npmjs|pythonhosted|anaconda)\.(?:org|com)|registry\.[a-z]+\.[a-z]"
    ),
    "a note to oneself": re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b"),
    "how the project was worked on": re.compile(
        r"\bthe spik[e]\b|\bspike[s]/|\bissue \d|\blater issu[e]\b|\bthis issu[e]\b", re.IGNORECASE
    ),
}


def files() -> list[Path]:
    """The files git knows or would add; in an unpacked source distribution, all that are no product of the tests."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = [
            "git",
            "-c",
            "safe.directory=*",
            "-C",
            str(ROOT),
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]
        names = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split("\0")
        return sorted(ROOT / name for name in names if name and (ROOT / name).is_file())
    made = {
        ".venv",
        ".venv-oldkernel",
        ".venv-lab",
        ".venv-lab-oldest",
        "node_modules",
        "__pycache__",
        "build",
        "dist",
    } | {f".{name}_cache" for name in ("mypy", "pytest", "ruff")}
    return sorted(path for path in ROOT.rglob("*") if path.is_file() and not made & set(path.parts))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    found = []
    for path in files():
        if path.suffix in BINARY:
            continue
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), start=1):
            if FORBIDDEN[what].search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert not found, f"{what}:\n" + "\n".join(found)


def test_text_files_are_utf8_with_unix_line_ends_and_a_last_newline():
    faults = []
    for path in files():
        content = path.read_bytes()
        if path.suffix in BINARY or not content:
            continue
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            faults.append(f"{path}: not UTF-8")
        if b"\r\n" in content or not content.endswith(b"\n"):
            faults.append(f"{path}: line ends")
    assert not faults


def test_no_file_is_large():
    assert not [str(path) for path in files() if path.stat().st_size > MAX_BYTES]


def test_top_level_folders_are_the_fixed_ones():
    assert {path.relative_to(ROOT).parts[0] for path in files() if path.parent != ROOT} <= FOLDERS


def test_no_module_has_a_name_that_says_nothing():
    assert not [path for path in [*modules(), *(ROOT / "tests").rglob("*.py")] if path.stem in MEANINGLESS]


def test_every_folder_of_the_package_with_code_is_a_package():
    assert not {str(path.parent) for path in modules() if not (path.parent / "__init__.py").exists()}


def test_public_names_exist_and_are_documented():
    package = importlib.import_module(PACKAGE.name)
    names = package.__all__
    assert list(names) == sorted(set(names))
    assert set(names) <= set(dir(package))
    bare = [name for name in names if not name.startswith("__") and not getattr(package, name).__doc__]
    assert not bare
