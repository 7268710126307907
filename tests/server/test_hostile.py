"""Whatever a client sends, it is told what is wrong with it, or it runs: nothing is a defect of the server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.live import LiveServer

SERVER = {"start_worker": False}
TEXT = "parameters:\n  size: 1\ncells:\n- id: c1\n  source: print(size)\n"
BOMB = "".join(
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n",
        *(
            f"{new}: &{new} [{', '.join(f'*{old}' for _ in range(9))}]\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "cells:\n- source: x\n  metadata: {b: *i}\n",
    ]
)
NBFORMAT: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"notebook": "cells: " + "[" * 20_000}, 422),
        ({"notebook": "cells:\n" + "".join(" " * level + "- \n" for level in range(1000))}, 422),
        ({"notebook": BOMB}, 422),
        ({"notebook": "cells:\0"}, 422),
        ({"notebook": "#" * (65 << 20)}, 422),
        ({"notebook": '{"cells": ' + "[" * 20_000, "name": "a.ipynb"}, 422),
        ({"notebook": '{"cells": [], "nbformat": ' + "9" * 5000 + "}", "name": "a.ipynb"}, 422),
        ({"notebook": {**NBFORMAT, "nbformat": 4.5, "nbformat_minor": "x", "cells": {}}}, 422),
        ({"notebook": {**NBFORMAT, "cells": [1, None, {"cell_type": 3}, {"cell_type": "code", "source": {}}]}}, 422),
        ({"notebook": {**NBFORMAT, "cells": [{"cell_type": "code", "source": "x", "outputs": 3, "id": []}]}}, 422),
        ({"notebook": {**NBFORMAT, "metadata": {"x": nested(90)}}}, 201),
        ({"notebook": {**NBFORMAT, "metadata": {"x": nested(100)}}}, 400),
        ({"notebook": TEXT, "parameters": {"size": nested(90)}}, 422),
        ({"notebook": TEXT, "parameters": {"size": 1 << 3000}}, 201),
        ({"notebook": TEXT, "parameters": {"a b": 1, "": 2, "\0": 3}}, 422),
        (
            {
                "notebook": TEXT.replace(": 1", ": a"),
                "parameters": {"size": "a\0b \N{SNOWMAN} ${X:-${file:/etc/passwd}}"},
            },
            422,
        ),
        ({"notebook": TEXT.replace(": 1", ": a"), "parameters": {"size": "a\0b \N{SNOWMAN}"}}, 201),
        ({"notebook": TEXT, "name": "../../etc/passwd.yml"}, 201),
        ({"notebook": TEXT, "cwd": "x/" * 2000}, 404),
        ({"notebook": TEXT, "cwd": "/etc/passwd"}, 404),
        ({"path": "a\\..\\b.yml"}, 404),
        ({"path": "%2e%2e/%2e%2e/etc/passwd"}, 404),
        ({"path": "\N{SNOWMAN}" * 300}, 404),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_a_hostile_submit_is_answered(live: LiveServer, asked: dict[str, Any], status: int):
    answer = live.post("runt/api/runs", json=asked)
    assert answer.status == status, answer.text[:1000]
    if status != 201:
        told = answer.json()
        assert told["message"]
        assert len(answer.body) < 20_000
    log = live.new_log()
    assert "Traceback" not in log
    assert "[E " not in log


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("runs/{run}/cells/%ff", 400), ("runs/{run}/cells/%00", 404), ("runs/{run}/cells/" + "x" * 6000, 404),
        ("runs/{run}/results/%F0%9F%98%80", 404), ("runs/{run}/events?after=%ff", 400), ("runs/{run}/events?after=-1", 400),
        ("runs/{run}/events?after=9007199254740991", 200), ("runs/{run}/events?after=" + "9" * 29, 400),
        ("runs/{run}/notebook?format=%00", 400), ("templates/%ff", 400), ("templates/..%2f..%2fetc%2fpasswd", 404),
        ("blobs/" + "f" * 64, 404), ("blobs/" + "f" * 63, 404), ("runs?label=%F0%9F%98%80=1", 200),
        ("runs?" + "&".join(f"x{number}=1" for number in range(500)), 400), ("runs?" + "status=failed&" * 500, 400),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_a_hostile_address_is_answered(live: LiveServer, path: str, status: int):
    answer = live.get("runt/api/" + path.format(run=live.submit("1")))
    assert answer.status == status, answer.text[:1000]
    assert answer.headers["Content-Type"] == "application/json"
    answer.json()
    log = live.new_log()
    assert "Traceback" not in log
    assert "[E " not in log


def test_a_run_with_everything_strange_in_it_is_listed_and_shown(live: LiveServer):
    asked = {
        "notebook": TEXT, "name": "\N{SNOWMAN}%'\"<b>.yml", "labels": {"\N{SNOWMAN}=": "<script>", "a b": "\0\N{GRINNING FACE}"},
    }  # fmt: skip
    run_id = live.post("runt/api/runs", json=asked, headers={"Idempotency-Key": "\xe9 x"}).json()["run_id"]
    shown = live.get(f"runt/api/runs/{run_id}").json()
    assert (shown["name"], shown["labels"]) == (asked["name"], asked["labels"])
    rows = live.get("runt/api/runs?text=%3CSCRIPT").json()["runs"]
    assert [row["run_id"] for row in rows] == [run_id]
    assert live.get("runt/api/runs?label=a%20b=%00%F0%9F%98%80").json()["runs"] == rows
