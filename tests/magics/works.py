"""What runs of these tests do, and what holds them until a test lets them go."""

from __future__ import annotations

from tests.cli.runt import Runt


def held(name: str) -> str:
    """Code that waits, in a run or in the notebook itself, until `let_go` of the same name."""
    return f"import os, time\nwhile not os.path.exists({f'{name}.go'!r}):\n    time.sleep(0.01)"


def let_go(runt: Runt, name: str) -> None:
    runt.write(f"{name}.go", "")
