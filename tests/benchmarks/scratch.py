"""A home, a store and notebooks of their own for one work, so that nothing of the user's is read, changed or waited for."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.process import Failed

ROOT = Path(__file__).resolve().parents[2]
# What is installed has been compiled, and so is our source tree after its first round.
LEFT_OUT = ("JUPYTER", "IPYTHON", "CI", "PYTHONDONTWRITEBYTECODE")


class Scratch:
    """A folder with what the programs of one work share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store" / "runs.sqlite"
        self.url = f"sqlite:///{self.store}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)},
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTER_RUNT_STORE": self.url,
            "PYTHONPATH": str(ROOT),
        }
        self.store.parent.mkdir()

    def notebook(self, name: str, sources: Sequence[str]) -> Path:
        """An .ipynb of code cells."""
        cells: list[dict[str, object]] = [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(sources)
        ]
        spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = self.folder / f"{name}.ipynb"
        path.write_text(
            json.dumps({"cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5})
        )
        return path

    def shipped(self, name: str, **given: object) -> Path:
        """A notebook that we ship, as an .ipynb whose parameters are in a cell, so that every program runs the same."""
        from jupyter_runt.notebook import injection, library, parameters

        notebook = library.load(ROOT / "notebooks" / f"{name}.yml")
        path = self.folder / f"{name}.ipynb"
        library.save(injection.inject(notebook, parameters.merge(notebook, [given]), "python"), path)
        return path

    def forget_runs(self) -> None:
        """Removes the store, for works that would fill the disk."""
        shutil.rmtree(self.store.parent)
        self.store.parent.mkdir()


def script(name: str) -> list[str]:
    """The command that runs an installed script of this environment; ours also from the source tree."""
    path = Path(sys.executable).parent / name
    if path.exists():
        return [str(path)]
    if name == "jupyter-runt":
        return [sys.executable, "-m", "jupyter_runt.cli"]
    raise Failed(f"{name} is not installed: pip install -e '.[bench]'")
