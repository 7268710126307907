"""What a run holds, a piece at a time and whole: blobs put back, the pieces of a text joined."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_runt.errors import NotFound, Refused
from jupyter_runt.events.codec import inline, resolve
from jupyter_runt.run.document import Blob
from jupyter_runt.run.outputs import size
from jupyter_runt.run.view import view_of
from jupyter_runt.store import history
from jupyter_runt.store.base import Store

NAMES_SHOWN = 20


def view(store: Store, run_id: str) -> dict[str, Any]:
    """The run as faces show it: one read when it has ended, else folded. Raises RunNotFound."""
    snapshot = store.snapshot(run_id)
    if snapshot is not None:
        found: dict[str, Any] = json.loads(snapshot)
        return found
    return view_of(run_id, history.events(store, run_id))


def cell(store: Store, run_id: str, cell_id: str, *, largest: int | None = None) -> dict[str, Any]:
    """One cell of the view with its source; NotFound names those that there are, Refused when it has more than `largest`
    bytes of outputs."""
    cells = view(store, run_id)["cells"]
    found: dict[str, Any] | None = next((each for each in cells if each["id"] == cell_id), None)
    if found is None:
        known = _few([each["id"] for each in cells])
        raise NotFound(f"Run {run_id} has no cell {cell_id!r:.80}.", remedy=f"Its cells are {known}.")
    _refuse_more(found["outputs"], largest, f"The outputs of cell {cell_id!r} of run {run_id} have")
    (submitted,) = store.read(run_id, 0, 1)
    notebook = inline(submitted, store.blob).data["notebook"]
    source = next(each["source"] for each in notebook["cells"] if each["id"] == cell_id)
    return {**found, "source": source, "outputs": [whole(output, store.blob) for output in found["outputs"]]}


def whole(output: Mapping[str, Any], blob: Blob) -> dict[str, Any]:
    """An output of the view as nbformat has it."""
    found: dict[str, Any] = resolve(output, blob)
    if found["output_type"] == "stream":
        found["text"] = "".join(found["text"])
    return found


def results(store: Store, run_id: str) -> list[dict[str, Any]]:
    """The run's named results: see `Result.to_json`; the newest last."""
    # A snapshot of an older release has none.
    found: list[dict[str, Any]] = view(store, run_id).get("results", [])
    return found


def result(store: Store, run_id: str, name: str, *, largest: int | None = None) -> dict[str, Any]:
    """One named result with its MIME bundle, `data` and `metadata`; NotFound and Refused as of `cell`."""
    known = results(store, run_id)
    found = next((each for each in known if each["name"] == name), None)
    if found is None:
        listed = f"Its results are {_few([each['name'] for each in known])}." if known else "It has recorded none."
        raise NotFound(f"Run {run_id} has no result {name!r:.80}.", remedy=listed)
    (event,) = store.read(run_id, found["seq"] - 1, 1)
    _refuse_more(event.data, largest, f"The result {name!r} of run {run_id} has")
    data = inline(event, store.blob).data
    return {**found, "mime": list(data["data"]), "data": data["data"], "metadata": data.get("metadata", {})}


def _refuse_more(value: Any, largest: int | None, what: str) -> None:
    if largest is not None and (found := size(value)) > largest:
        raise Refused(
            f"{what} {found >> 20} MiB: too much to be held in memory.",
            remedy="Its notebook comes in pieces, and its events with references to blobs.",
        )


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more
