"""One frozen Settings, from `jupyter_runt_config.py` or `.json`, the environment and options; later ones win.

In a configuration file the values stand under `c.Runt`, as `c.Runt.store = "sqlite:////srv/runt/store.sqlite"`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from jupyter_runt.errors import UsageError

CONFIG_NAME = "jupyter_runt_config"
STORE_VARIABLE = "JUPYTER_RUNT_STORE"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation may choose. Times are in seconds."""

    store: str = ""
    """The store's URL; '' is the default one in Jupyter's data directory."""
    concurrency: int = 4
    """Runs that one worker drives at once."""
    idle_exit: float = 300.0
    """After this time without work a worker that was started for waiting runs ends itself."""
    orphan_timeout: float = 3600.0
    """A kernel that no worker drives ends itself after this time."""
    template_folders: tuple[str, ...] = ()
    """Folders with notebooks to be run by name, before Jupyter's own."""
    named: bool = False
    """Whether somebody named the store (a default one that cannot be written is replaced, a named one is not)."""


def load(environ: Mapping[str, str], *, store: str | None = None) -> Settings:
    """The settings of this process. UsageError names the file and the key that cannot be used."""
    settings = replace(Settings(), **_from_files())
    chosen = store or environ.get(STORE_VARIABLE) or settings.store
    return replace(settings, store=chosen or default_store(), named=bool(chosen))


def default_store() -> str:
    """The store in Jupyter's data directory."""
    from jupyter_core.paths import jupyter_data_dir

    return f"sqlite:///{Path(jupyter_data_dir()) / 'jupyter_runt' / 'store.sqlite'}"


def _from_files() -> dict[str, Any]:
    from jupyter_core.paths import jupyter_config_path

    folders = [folder for folder in reversed(jupyter_config_path()) if _has_config(folder)]
    if not folders:
        return {}
    from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

    found: dict[str, Any] = {}
    for folder in folders:
        for loader, suffix in ((JSONFileConfigLoader, ".json"), (PyFileConfigLoader, ".py")):
            path = Path(folder, CONFIG_NAME + suffix)
            if path.is_file():
                try:
                    config = loader(path.name, str(folder)).load_config()
                except Exception as error:  # a configuration file is somebody's program: anything may be raised
                    raise UsageError(f"{path}: {type(error).__name__}: {error}") from error
                found |= _checked(path, dict(config.get("Runt", {})))
    return found


def _has_config(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, CONFIG_NAME + suffix)) for suffix in (".py", ".json"))


def _checked(path: Path, given: dict[str, Any]) -> dict[str, Any]:
    kinds = {each.name: each.type for each in fields(Settings) if each.name != "named"}
    accepted = {"str": str, "int": int, "float": int | float, "tuple[str, ...]": list | tuple}
    for name, value in given.items():
        if name not in kinds:
            raise UsageError(f"{path}: unknown setting Runt.{name}", remedy=f"Settings are {', '.join(kinds)}.")
        if isinstance(value, bool) or not isinstance(value, accepted[str(kinds[name])]):
            raise UsageError(f"{path}: Runt.{name} must be {kinds[name]}, not {value!r}")
        if isinstance(value, list):
            given[name] = tuple(value)
    return given
