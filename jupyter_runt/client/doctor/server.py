"""Whether Jupyter servers show the runs: the extension is switched on, and which servers do so now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from jupyter_runt.client import servers
from jupyter_runt.client.doctor.finding import Finding
from jupyter_runt.store.base import Store


def findings(store: Store) -> Iterator[Finding]:
    """Living servers prove it; where there is none, Jupyter's configuration tells what the next one will do."""
    from jupyter_core.paths import jupyter_config_path

    living = servers.servers(store)
    for server in living:
        yield Finding("server", f"the runs are shown at {server.page()}")
    if not living:
        yield switched(jupyter_config_path())


def switched(folders: Sequence[str]) -> Finding:
    """What the .json files in Jupyter's configuration folders, the most important one first, say of the extension."""
    said = None
    for folder in map(Path, reversed(folders)):
        for file in (*sorted(folder.glob("jupyter_server_config.d/*.json")), folder / "jupyter_server_config.json"):
            said = _said(file, said)
    if said:
        return Finding("server", "Jupyter servers show the runs; none runs now: `jupyter runt serve` starts one")
    how = "is switched off" if said is False else "is not switched on"
    return Finding(
        "server",
        f"the extension {how} in Jupyter's configuration: `jupyter server extension enable jupyter_runt` lets every Jupyter server "
        "show the runs; `jupyter runt serve` does so anyway",
        "note",
    )


def _said(file: Path, before: bool | None) -> bool | None:
    try:
        found = json.loads(file.read_text())["ServerApp"]["jpserver_extensions"]["jupyter_runt"]
    except (OSError, ValueError, KeyError, TypeError):
        return before
    return bool(found)
