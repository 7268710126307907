"""A run for GitHub's runner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_runt.cli.render.base import Look
from jupyter_runt.cli.render.github import GitHubRenderer, command
from jupyter_runt.cli.render.places import Places
from jupyter_runt.events import Event
from tests.cli.logs import DATA, Log, Stream, recorded


def shown(events: list[Event], source: str = "", **environ: str) -> tuple[str, str]:
    out, err = Stream(), Stream()
    renderer = GitHubRenderer(Look(source_path=source), out, err, environ, token=lambda: "TOKEN")
    for event in events:
        renderer.event(event)
    renderer.close()
    return out.getvalue(), err.getvalue()


def test_every_cell_is_a_group_and_the_failing_line_is_annotated(monkeypatch, tmp_path):
    monkeypatch.chdir(DATA.parent)
    summary = tmp_path / "summary.md"
    _, err = shown(recorded("trouble"), str(DATA / "trouble.yml"), GITHUB_STEP_SUMMARY=str(summary))
    lines = err.splitlines()
    assert sum(line.startswith("::group::") for line in lines) == lines.count("::endgroup::") == 4
    title = "title=ZeroDivisionError in cell fetch"
    assert f"::error file=data/trouble.yml,line=29,{title}::ZeroDivisionError: division by zero" in lines
    assert "| fetch | ❌ failed |" in summary.read_text("utf-8")


def test_commands_are_escaped():
    written = command("error", "100%\nsure", file="a,b:c.yml", title="x\ry")
    assert written == "::error file=a%2Cb%3Ac.yml,title=x%0Dy::100%25%0Asure"


@pytest.mark.parametrize(
    "chunks", [["::error::x\n"], ["  ::", "error::x\n"], ["a\r::set-output name=x::y\n"], ["#", "#[error]x\n"]]
)
def test_a_cells_own_text_is_no_command(chunks):
    log = Log("a")
    log.begin()
    log.start("a")
    for chunk in chunks:
        log.out("a", chunk)
    log.finish("a")
    text = "".join(chunks)
    assert shown(log.events)[0] == f"::stop-commands::TOKEN\n{text}::TOKEN::\n"


def test_a_command_in_two_halves_of_an_open_line_is_none():
    log = Log("a", "b")
    log.begin()
    log.start("a")
    log.out("a", ":")
    log.finish("a")
    log.start("b")
    log.out("b", ":error::x")
    log.finish("b")
    assert shown(log.events)[0] == ":\n::stop-commands::TOKEN\n:error::x\n::TOKEN::\n"


def test_an_ipynb_gives_the_line_if_each_source_line_has_its_own(tmp_path):
    source = 'x = "ü"\ny = 1\nx / y'
    cells = [{"cell_type": "code", "id": "a", "source": source.splitlines(keepends=True)}]
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": cells}, indent=1), "utf-8")
    first = path.read_text("utf-8").splitlines().index('    "x = \\"\\u00fc\\"\\n",') + 1
    submitted = {"cells": [{"id": "a", "line": first}], "notebook": {"cells": [{"id": "a", "source": source}]}}
    places = Places(str(path), submitted)
    assert [places.line("a", inside) for inside in (0, 1, 2, 3)] == [first, first, first + 1, first + 2]
    Path(path).write_text(json.dumps({"cells": cells}), "utf-8")
    assert Places(str(path), submitted).line("a", 3) == first
