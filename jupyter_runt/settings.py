"""One frozen Settings, from `jupyter_runt_config.py` or `.json`, the environment and options; later ones win.

In a configuration file the values stand under `c.Runt`, as `c.Runt.store = "sqlite:////srv/runt/store.sqlite"`. The server
extension reads the same files: its own settings stand under `c.RuntApp`, those of the server that loads it under `c.ServerApp`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from jupyter_runt.errors import UsageError

CONFIG_NAME = "jupyter_runt_config"
SERVER_SECTIONS = (
    "RuntApp",
    "ServerApp",
    "IdentityProvider",
    "PasswordIdentityProvider",
    "ExtensionApp",
    "JupyterApp",
    "Application",
)
"""What concerns a server alone, which checks it by itself: the extension, the classes it is made of, and who may use it."""
STORE_VARIABLE = "JUPYTER_RUNT_STORE"

MOST_PRIORITY = 1_000_000
"""Of a run, and below zero likewise."""

NOTIFY_ON = ("failed", "critical", "warning", "no_data", "recovered", "waiting", "succeeded", "ended")
"""What somebody may be notified of. `run.notifications` says what each of them means."""
NOTIFY_TARGET = re.compile(r"\$\{(file:[^{}]+|[A-Za-z_]\w*(:-)?)\}", re.ASCII)
"""A target is one reference and nothing else: the URL that it stands for is a secret, and what stands here is stored with runs.
`${NAME:-}` is one that may be missing."""
NOTIFY_REMEDY = "put its URL into a variable of the worker and write ${NAME}, or into a file and write ${file:PATH}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation may choose. Times are in seconds, unless the name says otherwise."""

    store: str = ""
    """The store's URL; '' is the default one in Jupyter's data directory."""
    concurrency: int = 4
    """Runs that one worker drives at once."""
    idle_exit: float = 300.0
    """After this time without work a worker that was started for waiting runs ends itself."""
    orphan_timeout: float = 3600.0
    """A kernel that no worker drives ends itself after this time."""
    retention_days: float = 30.0
    """Days after its end in which a run is kept; 0: for ever."""
    retention_bytes: int = 5_000_000_000
    """Above this the runs that ended first are removed earlier; 0: no limit."""
    template_folders: tuple[str, ...] = ()
    """Folders with notebooks to be run by name, before Jupyter's own."""
    notify_on: tuple[str, ...] = ("failed", "critical", "recovered", "waiting")
    """What is told of a notebook's runs where it says nothing itself; words of NOTIFY_ON."""
    notify_to: tuple[str, ...] = ()
    """Whom it is told to: references to the URLs of Apprise's services, as ${SLACK_WEBHOOK_URL}."""
    notify_most: int = 10
    """Messages about one monitor, or notebook, to one target within `notify_within`; more are held back."""
    notify_within: float = 3600.0
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
                except (
                    Exception,
                    SystemExit,
                ) as error:  # a configuration file is somebody's program: anything may be raised
                    raise UsageError(f"{path}: {type(error).__name__}: {error}") from error
                _refuse_slips(path, config)
                found |= _checked(path, dict(config.get("Runt", {})))
    return found


def _has_config(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, CONFIG_NAME + suffix)) for suffix in (".py", ".json"))


def _refuse_slips(path: Path, config: Mapping[str, Any]) -> None:
    """The file is ours: what stands at a wrong place there would be ignored without a word."""
    for name in config:
        if name != "Runt" and name not in SERVER_SECTIONS:
            raise UsageError(
                f"{path}: unknown section {name!r}",
                remedy="Settings stand under Runt, as c.Runt.concurrency = 8, those of the server extension under RuntApp. "
                "What else configures a server belongs in jupyter_server_config.",
            )
    for name in config.get("RuntApp", ()):
        if name != "store" and name in _kinds():
            raise UsageError(f"{path}: {name} is no setting of RuntApp", remedy=f"Write c.Runt.{name}.")


_WORDS = {"str": "text", "int": "a whole number", "float": "a number of seconds", "tuple[str, ...]": "a list of texts"}
_ACCEPTED = {"str": str, "int": int, "float": int | float, "tuple[str, ...]": list | tuple}

_ZERO_IS_NO_LIMIT = ("retention_days", "retention_bytes")


def _checked(path: Path, given: dict[str, Any]) -> dict[str, Any]:
    kinds = _kinds()
    for name, value in given.items():
        if name not in kinds:
            raise UsageError(
                f"{path}: unknown setting Runt.{name}",
                remedy=f"Settings are {', '.join(kinds)}; those of the server extension stand under RuntApp.",
            )
        kind = kinds[name]
        fits = isinstance(value, _ACCEPTED[kind]) and not isinstance(value, bool)
        if fits and isinstance(value, list | tuple):
            given[name] = tuple(value)
            fits = all(isinstance(item, str) for item in value)
        if not fits:
            word = "a number of days" if name.endswith("_days") else _WORDS[kind]
            raise UsageError(f"{path}: Runt.{name} must be {word}, not {value!r}")
        if isinstance(value, int | float) and not (value > 0 or (value == 0 and name in _ZERO_IS_NO_LIMIT)):
            least = "0 (no limit) or more" if name in _ZERO_IS_NO_LIMIT else "more than 0"
            raise UsageError(f"{path}: Runt.{name} must be {least}, not {value!r}")
    _check_notify(path, given)
    return given


def _check_notify(path: Path, given: Mapping[str, Any]) -> None:
    for word in given.get("notify_on", ()):
        if word not in NOTIFY_ON:
            raise UsageError(f"{path}: Runt.notify_on has {word!r}", remedy=f"Its words are {', '.join(NOTIFY_ON)}.")
    if not all(NOTIFY_TARGET.fullmatch(target) for target in given.get("notify_to", ())):  # not shown: it is a secret
        raise UsageError(f"{path}: Runt.notify_to holds a target that is no reference", remedy=f"{NOTIFY_REMEDY}.")


def _kinds() -> dict[str, str]:
    """Each setting and its type, as it is written."""
    return {each.name: str(each.type) for each in fields(Settings) if each.name != "named"}
