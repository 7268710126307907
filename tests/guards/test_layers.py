"""A layer imports only lower ones, and the pure ones touch no clock, no chance and no outside world."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.guards.source import PACKAGE, attributes, imports, modules, place

# Names on one line do not import each other.
LAYERS = (
    {"errors"},
    {"boot", "columns", "ids", "settings", "_version"},
    {"events"},
    {"notebook", "run", "schedules"},
    {"store", "kernel"},
    {"client", "worker"},
    {"server", "cli", "monitoring"},
    {"magics"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
PURE_BELOW = 4

# Neither is code: marker and data of the installed package.
NOT_CODE = {"py.typed", "templates", "__pycache__", "labextension"}

OUTSIDE_WORLD = {
    "asyncio", "concurrent", "ipykernel", "jupyter_client", "jupyter_server", "multiprocessing", "psycopg", "random", "secrets",
    "selectors", "signal", "socket", "sqlite3", "subprocess", "threading", "time", "tornado", "uuid", "zmq", "zoneinfo",
}  # fmt: skip
OUTSIDE_ATTRIBUTES = {
    "date.today", "datetime.now", "datetime.today", "datetime.utcnow", "os.environ", "os.getenv", "os.getpid", "os.urandom",
}  # fmt: skip
ALLOWED = {
    ("ids", "random.Random"): "the type of an argument: the caller brings the chance",
    ("settings", "os.environ"): "reads the environment so that nobody else has to",
    ("notebook", "os.getpid"): "library.py writes files: a scratch file's name must be this writer's own",
    ("notebook", "threading"): "likewise",
    **{
        ("schedules", f"zoneinfo.{name}"): "the rules of time zones are files, the same for whoever asks"
        for name in ("ZoneInfo", "ZoneInfoNotFoundError", "available_timezones")
    },
}


def unit_of(path: Path) -> str:
    """The name in LAYERS that a file belongs to: its folder, or itself when it stands at the top."""
    top = path.relative_to(PACKAGE).parts[0]
    return top.removesuffix(".py")


def imported_unit(name: str) -> str | None:
    """The unit behind an imported name; '' is the package itself, None is somebody else's code."""
    head, *rest = name.split(".")
    if head != PACKAGE.name:
        return None
    return rest[0] if rest and rest[0] in LEVEL else ""


def layer_faults(unit: str, tree: ast.AST) -> list[tuple[int, str]]:
    """Lines of `unit` that import what is not below it."""
    faults = []
    for line, name in imports(tree):
        target = imported_unit(name)
        if target is None or target == unit:
            continue
        if target == "":
            faults.append((line, f"{unit} imports the package itself: take {name} from its own module"))
        elif LEVEL[target] >= LEVEL[unit]:
            faults.append((line, f"{unit} (layer {LEVEL[unit]}) imports {target} (layer {LEVEL[target]})"))
    return faults


def purity_faults(unit: str, tree: ast.AST) -> list[tuple[int, str]]:
    """Lines of a pure `unit` that reach for the outside world."""
    reached = [(line, name) for line, name in imports(tree) if name.split(".")[0] in OUTSIDE_WORLD]
    for line, name in [*attributes(tree), *imports(tree)]:
        if (short := ".".join(name.split(".")[-2:])) in OUTSIDE_ATTRIBUTES:
            reached.append((line, short))
    return [(line, f"{unit} is pure, but uses {name}") for line, name in reached if (unit, name) not in ALLOWED]


def test_every_part_of_the_package_has_its_layer():
    parts = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.name not in NOT_CODE}
    assert parts - {"__init__", "__main__"} <= LEVEL.keys()


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_lower_layers(path):
    unit = unit_of(path)
    tree = ast.parse(path.read_text("utf-8"))
    faults = layer_faults(unit, tree) if unit in LEVEL else []
    if unit in LEVEL and LEVEL[unit] < PURE_BELOW:
        faults += purity_faults(unit, tree)
    assert not faults, "\n".join(f"{place(path, line)}: {fault}" for line, fault in faults)


def test_the_agent_imports_nothing_of_ours():
    """It is started in environments where this package is not installed."""
    path = PACKAGE / "kernel" / "agent.py"
    ours = [place(path, line) for line, name in imports(ast.parse(path.read_text("utf-8"))) if PACKAGE.name in name]
    assert not ours


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("events", "from jupyter_runt.run.state import apply"),
        ("run", "from jupyter_runt.notebook.model import Notebook"),
        ("run", "def late():\n    import jupyter_runt.store.sqlite"),
        ("client", "from jupyter_runt import worker"),
        ("store", "from jupyter_runt import __version__"),
    ],
)
def test_the_guard_sees_an_import_of_a_layer_that_is_not_below(unit, code):
    assert layer_faults(unit, ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "import time",
        "from time import monotonic",
        "import asyncio.queues",
        "from datetime import datetime\nat = datetime.now()",
        "import datetime\nat = datetime.datetime.now",
        "import os\nhome = os.environ['HOME']",
        "from os import environ",
        "from random import choice",
    ],
)
def test_the_guard_sees_the_outside_world_in_a_pure_layer(code):
    assert purity_faults("run", ast.parse(code))


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("run", "import os.path\nos.path.join('a', 'b')"),
        ("run", "from datetime import timedelta"),
        ("ids", "from random import Random"),
    ],
)
def test_the_guard_lets_pure_code_pass(unit, code):
    assert not purity_faults(unit, ast.parse(code))
