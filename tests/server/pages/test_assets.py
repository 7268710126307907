"""The pages' own files: small modules without a build, kept by browsers under a version, read by nobody from outside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jupyter_runt.server.pages.assets import FOLDER, assets
from tests.server.live import LiveServer

FILES = sorted(path for path in FOLDER.iterdir() if path.is_file())
SERVER = {"start_worker": False}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_small_and_loads_nothing_from_elsewhere(path: Path):
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    assert not re.findall(r"(?:src|href|url|import|from)\s*[=(]?\s*[\"'(](?:https?:)?//[^\"']*", text)
    assert not re.search(r"\beval\(|new Function|\.outerHTML|insertAdjacentHTML|document\.write", text)
    assert not re.search(r"\son\w+=|style=", text) or path.suffix != ".html"


def test_html_is_set_in_one_place_alone_and_comes_from_the_servers_sanitiser():
    found = {path.name: path.read_text().count("innerHTML") for path in FILES}
    assert {name: count for name, count in found.items() if count} == {"cell.js": 2}


def test_files_are_kept_for_ever_under_their_version_and_asked_for_anew_under_any_other(live: LiveServer):
    version = assets().version
    for name, content in assets().files.items():
        answer = live.get(f"runt/static/{version}/{name}")
        assert answer.body == content
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Type"].startswith("text/css" if name.endswith(".css") else "text/javascript")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert live.get(f"runt/static/older/{name}").headers["Cache-Control"] == "no-cache"
    page = live.get("runt/")
    assert f"/runt/static/{version}/list.js" in page.text


def test_nothing_else_is_served_and_nothing_to_strangers(live: LiveServer):
    for name in ("run.html", "..%2fpage.py", "%2e%2e%2fpage.py", "nope.js"):
        assert live.get(f"runt/static/x/{name}").status == 404
    assert live.get("runt/static/x/page.js", token=None).status == 302
