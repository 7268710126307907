"""A run's named results as Python values: JSON as it was, a table as a DataFrame, anything else as what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_runt.cli.render.bundle import bundle_text
from jupyter_runt.client.base import Client
from jupyter_runt.kernel import frames
from jupyter_runt.magics import table
from jupyter_runt.run.results import TABLE


class Bundle(Mapping[str, Any]):
    """A result that is no JSON: its MIME bundle, which a cell shows as the run did."""

    def __init__(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        self._data, self._metadata = data, metadata

    def __getitem__(self, mime: str) -> Any:
        return self._data[mime]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return bundle_text(self._data)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return dict(self._data), dict(self._metadata)


class Results(Mapping[str, Any]):
    """A run's results by name, in the order in which they were recorded; each is fetched when it is asked for."""

    def __init__(self, client: Client, run_id: str, listed: list[dict[str, Any]]) -> None:
        """`listed` are the results of the run's view."""
        self._client, self._run_id = client, run_id
        self._listed = {each["name"]: each for each in listed}
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._listed:
            raise KeyError(name)
        if name not in self._values:
            self._values[name] = value(self._client.result(self._run_id, name))
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)

    def _rows(self) -> list[list[str]]:
        return [[name, text_of(each), each["cell_id"] or ""] for name, each in self._listed.items()]

    def __repr__(self) -> str:
        return table.as_text(["NAME", "VALUE", "CELL"], self._rows()) if self._listed else "no named results"

    def _repr_html_(self) -> str | None:
        return table.as_html(["NAME", "VALUE", "CELL"], self._rows()) if self._listed else None


def text_of(listed: Mapping[str, Any]) -> str:
    """A result of a run's view: the beginning of its text, or what it can be had as."""
    return listed["text"] or f"<{', '.join(listed['mime'])}>"


def value(result: Mapping[str, Any]) -> Any:
    """What `Client.result` gave, as a Python value."""
    data = result["data"]
    if TABLE in data and (frame := frames.read(data[TABLE])) is not None:
        return frame
    if "application/json" in data:
        return data["application/json"]
    if set(data) == {"text/plain"}:
        text = data["text/plain"]
        return "".join(text) if isinstance(text, list) else text
    return Bundle(data, result["metadata"])
