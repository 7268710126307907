"""Finding, loading and saving notebooks; templates; what this release does not support yet; the starter notebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_runt.errors import NotebookError, OutputPathError
from jupyter_runt.notebook import (
    Cell,
    Notebook,
    durations,
    features,
    injection,
    library,
    parameters,
    starter,
    yaml_format,
)

YAML = "metadata: {title: T, description: D}\nparameters: {n: 1}\ncells:\n  - {id: a, source: print(n)}\n"
needs_a_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with one template beside it in Jupyter's data path."""
    templates = tmp_path / "data" / "jupyter_runt" / "templates"
    templates.mkdir(parents=True)
    (templates / "daily.nb.yml").write_text(YAML)
    (templates / "broken.yml").write_text("a: b")
    (templates / "notes.txt").write_text("none")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "data"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def test_a_name_is_a_path_first_and_a_template_else(folder: Path) -> None:
    found = library.find("daily")
    assert found.name == "daily.nb.yml"
    assert library.find("daily.nb.yml") == found
    (folder / "daily").mkdir()
    assert library.find("daily") == found
    (folder / "daily.nb.yml").write_text(YAML)
    assert library.find("daily.nb.yml") == Path("daily.nb.yml")


def test_extra_folders_win(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "daily.yml").write_text(YAML)
    assert library.find("daily", [mine]) == mine / "daily.yml"


def test_what_is_not_found_names_the_searched_and_the_nearest(folder: Path) -> None:
    with pytest.raises(NotebookError) as caught:
        library.find("dayly")
    assert str(folder.parent / "data") in caught.value.message
    assert caught.value.remedy == "did you mean 'daily'?"
    (folder / "report.yml").write_text(YAML)
    with pytest.raises(NotebookError, match=r"did you mean 'report\.yml'"):
        library.find("./reprot.yml")
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(NotebookError, match="no such file"):
            library.find(name)


def test_templates_are_listed_with_what_they_say_of_themselves(folder: Path) -> None:
    found = {template.name: template for template in library.templates()}
    assert (found["daily"].title, found["daily"].description, found["daily"].parameters) == ("T", "D", {"n": 1})
    assert "broken" not in found


def test_jupyter_core_is_only_loaded_to_look_for_templates() -> None:
    heavy = "{'jupyter_core', 'yaml', 'nbformat', 'jsonschema'}"
    code = f"import sys, jupyter_runt.notebook.library; print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", ["a.yml", "a.ipynb", "a.json", "-"])
def test_every_kind_of_input_gives_the_same_notebook(tmp_path: Path, name: str) -> None:
    notebook = yaml_format.read(YAML)
    text = library.dump(notebook, ".yml" if name.endswith("yml") else ".ipynb")
    if name == "-":
        assert library.load("-", text) == library.load("-", YAML) == notebook
        assert library.load("-", text).source_path == "<stdin>"
        return
    path = tmp_path / name
    path.write_text(text)
    loaded = library.load(path)
    assert loaded == notebook
    assert (loaded.source_path, loaded.format) == (str(path), "yaml" if name == "a.yml" else "ipynb")


BAD_FILES = {
    "empty": (b" \n", "the file is empty"),
    "binary": (b"\x7fELF\0\0", "is a binary file, no notebook"),
    "utf-16": ("cells:".encode("utf-16"), "is UTF-16 text"),
    "latin-1": ("cells:\n  - source: é".encode("latin-1"), "the byte 0xe9 is no UTF-8"),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES.keys())
@pytest.mark.parametrize("name", ["a.yml", "a.ipynb"])
def test_what_is_no_text_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotebookError, match=message) as caught:
        library.load(path)
    assert caught.value.problems[0].path == str(path)
    if "byte" in message:
        assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 13)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="no such file"):
        library.load(tmp_path / "none.yml")
    with pytest.raises(NotebookError, match="is a directory"):
        library.load(tmp_path)
    os.mkfifo(tmp_path / "pipe.yml")
    with pytest.raises(NotebookError, match="is no regular file"):
        library.load(tmp_path / "pipe.yml")
    (tmp_path / "a.py").write_text("print()")
    with pytest.raises(NotebookError, match=r"\.py files are no notebooks"):
        library.load(tmp_path / "a.py")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(NotebookError, match="is larger than 64 MiB"):
        library.load(path)


def test_saving_replaces_the_file_and_keeps_link_and_permissions(tmp_path: Path) -> None:
    target = tmp_path / "real.yml"
    target.write_text("old")
    target.chmod(0o640)
    link = tmp_path / "link.yml"
    link.symlink_to(target)
    library.save(yaml_format.read(YAML), link)
    assert link.is_symlink()
    assert library.load(target).parameters == {"n": 1}
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yml", "real.yml"]


def test_an_output_that_cannot_be_written_is_known_before(tmp_path: Path) -> None:
    library.check_output(tmp_path / "a.ipynb")
    (tmp_path / "dir.ipynb").mkdir()
    for name, message in {
        "none/a.ipynb": "its folder does not exist",
        "dir.ipynb": "is a directory",
        "a.docx": "unknown output format '.docx'",
        "a": "unknown output format ''",
    }.items():
        with pytest.raises(OutputPathError, match=message):
            library.check_output(tmp_path / name)


@needs_a_user
def test_a_read_only_place_is_known_before(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").touch(0o400)
    with pytest.raises(OutputPathError, match="cannot be written"):
        library.check_output(tmp_path / "a.ipynb")
    tmp_path.chmod(0o500)
    with pytest.raises(OutputPathError, match="its folder cannot be written"):
        library.check_output(tmp_path / "b.ipynb")


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yml"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputPathError, match="No space left on device"):
        library.save(yaml_format.read(YAML), path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.yml"]
    assert path.read_text() == "old"


LATER = """\
cells:
  - id: a
    when: x > 1
    needs: [b]
    retry: {attempts: 3}
    source: |
      x
  - {id: q, type: sql, source: select 1}
"""


def test_features_of_later_releases_are_named_with_their_place() -> None:
    notebook = yaml_format.read(LATER, "a.yml")
    assert [str(problem).partition(" (")[0] for problem in features.unsupported(notebook)] == [
        "a.yml:7: cell 'a': `when` is not supported yet",
        "a.yml:7: cell 'a': `needs` is not supported yet",
        "a.yml:7: cell 'a': `retry` is not supported yet",
        "a.yml:8: cell 'q': sql cells are not supported yet",
    ]


def test_without_them_the_rest_runs_and_what_is_left_out_is_said() -> None:
    reduced, left_out = features.without_unsupported(yaml_format.read(LATER, "a.yml"))
    assert len(left_out) == 4
    assert [(cell.unsupported, cell.skip) for cell in reduced.cells] == [((), False), (("sql cells",), True)]
    plain = Notebook(cells=(Cell(id="a"),))
    assert features.without_unsupported(plain) == (plain, [])
    assert features.unsupported(plain) == []


@pytest.mark.parametrize("suffix", [".yml", ".ipynb"])
def test_the_starter_notebook_runs_as_it_is(suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = library.parse(starter.starter(suffix).encode(), f"first{suffix}")
    values = parameters.merge(notebook, [{"rows": 2}])
    run = injection.inject(notebook, values, "python", parameters.secrets(notebook))
    names: dict[str, object] = {}
    for cell in run.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
    assert capsys.readouterr().out == "Hello, reader!\n  1     1\n  2     4\n"
    assert not features.unsupported(notebook)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(90, 90), ("90", 90), ("90s", 90), ("10m", 600), ("1h", 3600), ("1.5 h", 5400), (0.5, 0.5), (0, 0)],
)
def test_durations_are_seconds(value: object, seconds: float) -> None:
    assert durations.seconds(value) == seconds


@pytest.mark.parametrize("value", ["", "1w", "-1", -1, True, None, [], float("nan"), float("inf"), 10**400, "1h30m"])
def test_other_things_are_no_durations(value: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        durations.seconds(value)


def test_a_stored_notebook_is_plain_json() -> None:
    notebook = yaml_format.read(
        "parameters: {d: 2024-01-01, x: .inf, m: {1: a}}\ncells: [{id: a, source: x}]\n", "a.yml"
    )
    stored = json.dumps(notebook.to_json(), allow_nan=False)
    again = Notebook.from_json(json.loads(stored))
    assert again == notebook
    assert (again.cells[0].line, again.source_path) == (2, "a.yml")
    assert again.cell("a").source == "x"
    with pytest.raises(KeyError):
        again.cell("b")
