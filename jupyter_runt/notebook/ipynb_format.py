"""Reads .ipynb, of nbformat 4 by our own code: importing nbformat takes a second, and only old files need it.

What only this product knows lies under the key `jupyter_runt`: of the notebook's metadata `parameters`,
`parameter_schema`, `metadata` and `extra`; of a cell's `id`, `cell_type`, `timeout`, `allow_errors`, `metadata` and
`extra`. Keys that mean nothing in .ipynb but something in YAML are kept under `extra.ipynb`: no file changes its
meaning by being converted.
"""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from jupyter_runt.errors import NotebookError, Problem
from jupyter_runt.notebook import keys, values
from jupyter_runt.notebook.durations import seconds
from jupyter_runt.notebook.json_places import JsonDocument
from jupyter_runt.notebook.model import LATER_TYPES, NBFORMAT_TYPES, Cell, Notebook, make_id
from jupyter_runt.notebook.report import Report, Where, expected, lookalike, spell

OURS = keys.RESERVED

SHARED = ("title", "kernelspec", "language_info")
"""The metadata that mean the same in both formats."""

NOTEBOOK_SECTION = keys.section(
    {
        "parameters": keys.mapping,
        "parameter_schema": keys.schemas,
        "metadata": keys.section(keys.METADATA),
        "extra": keys.mapping,
        "runtime_kernelspec": keys.text,
    }
)
CELL_SECTION = keys.section(
    {
        "id": keys.text,
        "cell_type": keys.one_of(LATER_TYPES),
        "timeout": keys.duration,
        "allow_errors": keys.boolean,
        "metadata": keys.mapping,
        "extra": keys.mapping,
    }
)

_KEYS_OF_TYPE = {
    "code": {"outputs", "execution_count"},
    "markdown": {"attachments"},
    "raw": {"attachments"},
}
_KEYS_OF_ALL = {"id", "cell_type", "source", "metadata"}


def read(text: str, path: str = "") -> Notebook:
    """The notebook in `text`; `path` is only named. Raises NotebookError with every fault."""
    document = JsonDocument(text, path)
    report, data = document.report, document.value
    report.stop()
    if not isinstance(data, dict):
        report.at(1, 1, f"no notebook: {expected('an object with `cells`', data, ())}")
        report.stop()
    data, old = _current(report, data, text, path)
    metadata = _mapping(report, ("metadata",), data.get("metadata"))
    cells = data.get("cells")
    if not isinstance(cells, list):
        report.add(("cells",), expected("a list of cells", cells, ("cells",)))
        cells = []
    ours = _mapping(report, ("metadata", OURS), metadata.pop(OURS, None))
    ours = values.from_json(ours)
    NOTEBOOK_SECTION(report, ("metadata", OURS), ours)
    found = _cells(report, document, cells, old)
    report.stop()
    known, foreign = _metadata(metadata, ours)
    return Notebook(
        cells=found,
        parameters=ours.get("parameters") or {},
        parameter_schema=ours.get("parameter_schema") or {},
        metadata=known,
        extra=_extra(data, ours, foreign),
        source_path=path,
        format="ipynb",
    )


def _current(report: Report, data: dict[str, Any], text: str, path: str) -> tuple[dict[str, Any], bool]:
    """The file in the structure of nbformat 4, and whether it had to be converted."""
    major = data.get("nbformat", 4 if "cells" in data else None)
    if major is None and "worksheets" not in data:
        report.at(1, 1, "this JSON file holds no notebook", "a notebook has `cells` and `nbformat`")
    elif major is not None and (isinstance(major, bool) or not isinstance(major, int) or not 1 <= major <= 4):
        report.add(("nbformat",), expected("1 to 4", major, ("nbformat",)), "a newer release may read it")
    report.stop()
    if major == 4:
        return data, False
    # A second to import, and only files from before 2015 need it.
    nbformat: Any = importlib.import_module("nbformat")

    try:
        with warnings.catch_warnings():
            # It warns of ids that it makes itself.
            warnings.simplefilter("ignore")
            old = nbformat.reader.reads(json.dumps({"nbformat": 3, "nbformat_minor": 0, **data}))
            new = dict(json.loads(json.dumps(nbformat.convert(old, 4))))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, nbformat.ValidationError) as error:
        message = f"nbformat {major or 3} cannot be converted: {type(error).__name__} {error}"
        raise NotebookError([Problem(message, path)], remedy="open it in Jupyter and save it again") from error
    # The converter's ids are random and its `orig_nbformat` should never be written: both would differ at each reading.
    new["cells"] = [{key: value for key, value in cell.items() if key != "id"} for cell in new["cells"]]
    new["metadata"] = {key: value for key, value in new["metadata"].items() if not key.startswith("orig_nbformat")}
    return new, True


def _metadata(metadata: dict[str, Any], ours: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The metadata that YAML can hold under the same name, and the rest."""
    own = dict(ours.get("metadata") or {})
    made = ours.get("runtime_kernelspec")
    kernelspec = metadata.get("kernelspec")
    if made and isinstance(kernelspec, dict):
        # Written for other programs beside `runtime`; if one of them chose another kernel since, that choice holds.
        if kernelspec.get("name") == made:
            metadata.pop("kernelspec")
        else:
            own.pop("runtime", None)
    known: dict[str, Any] = {}
    foreign: dict[str, Any] = {}
    for key, value in metadata.items():
        (known if _means_the_same(key, value) else foreign)[key] = value
    return keys.without_repeated_name({**known, **own}), foreign


def _means_the_same(key: str, value: Any) -> bool:
    """Whether YAML would take this key of another program for nothing else."""
    if key not in SHARED:
        return key not in keys.METADATA and not lookalike(key, keys.METADATA)
    trial = Report("")
    keys.METADATA[key](trial, (key,), value)
    return not trial.problems


def _extra(data: Mapping[str, Any], ours: Mapping[str, Any], foreign: dict[str, Any]) -> dict[str, Any]:
    extra = dict(ours.get("extra") or {})
    kept = dict(extra.pop("ipynb", None) or {})
    top = {key: value for key, value in data.items() if key not in ("cells", "metadata", "nbformat", "nbformat_minor")}
    minor = data.get("nbformat_minor")
    if isinstance(minor, int) and minor > 5:
        kept["nbformat_minor"] = minor
    if foreign:
        kept["metadata"] = {**kept.get("metadata", {}), **foreign}
    if top:
        kept["top"] = {**kept.get("top", {}), **top}
    return {**extra, "ipynb": kept} if kept else extra


def _cells(report: Report, document: JsonDocument, cells: list[Any], old: bool) -> tuple[Cell, ...]:
    """The cells, each with an id of its own; where two share one the first keeps it, as in JupyterLab."""
    found: list[Cell | None] = []
    for index, data in enumerate(cells):
        if isinstance(data, dict):
            found.append(_cell(report, ("cells", index), data, _line(document, index, old)))
        else:
            report.add(("cells", index), expected("a cell", data, ("cells", index)))
    present = [cell for cell in found if cell is not None]
    first: dict[str, int] = {}
    for number, cell in enumerate(present):
        if cell.id:
            first.setdefault(cell.id, number)
    taken = set(first)
    result = []
    for number, cell in enumerate(present):
        if first.get(cell.id) != number:
            cell = replace(cell, id=make_id(number + 1, cell.cell_type, cell.source, taken))
            taken.add(cell.id)
        result.append(cell)
    return tuple(result)


def _line(document: JsonDocument, index: int, old: bool) -> int:
    if not old:
        return document.source_line(("cells", index, "source"))
    inner = ("worksheets", 0, "cells", index)
    return document.source_line((*inner, "input")) or document.source_line((*inner, "source"))


def _cell(report: Report, where: Where, data: dict[str, Any], line: int) -> Cell | None:
    cell_type = data.get("cell_type")
    if cell_type not in NBFORMAT_TYPES:
        place = (*where, "cell_type")
        report.add(place, expected(f"one of {', '.join(NBFORMAT_TYPES)}", cell_type, place))
        return None
    metadata = dict(_mapping(report, (*where, "metadata"), data.get("metadata")))
    ours_where = (*where, "metadata", OURS)
    ours = values.from_json(_mapping(report, ours_where, metadata.pop(OURS, None)))
    before = len(report.problems)
    CELL_SECTION(report, ours_where, ours)
    if len(report.problems) > before:
        return None
    known = _KEYS_OF_ALL | _KEYS_OF_TYPE[cell_type]
    foreign = {key: value for key, value in data.items() if key not in known}
    extra = dict(ours.get("extra") or {})
    if foreign:
        extra["ipynb"] = {**(extra.get("ipynb") or {}), **foreign}
    given = ours.get("id") or data.get("id")
    timeout = ours.get("timeout")
    return Cell(
        id=given if isinstance(given, str) else "",
        cell_type=ours.get("cell_type", cell_type) if cell_type == "raw" else cell_type,
        source=_text(report, (*where, "source"), data.get("source")),
        tags=_tags(report, (*where, "metadata", "tags"), metadata.pop("tags", None)),
        metadata={**metadata, **(ours.get("metadata") or {})},
        timeout=None if timeout is None else seconds(timeout),
        allow_errors=ours.get("allow_errors") is True,
        attachments=_mapping(report, (*where, "attachments"), None if cell_type == "code" else data.get("attachments")),
        outputs=_outputs(report, (*where, "outputs"), data.get("outputs")) if cell_type == "code" else (),
        execution_count=_count(data.get("execution_count")) if cell_type == "code" else None,
        extra=extra,
        line=line,
    )


def _text(report: Report, where: Where, found: Any) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, list) and all(isinstance(line, str) for line in found):
        return "".join(found)
    report.add(where, expected("text, or a list of lines", found, where))
    return ""


def _tags(report: Report, where: Where, found: Any) -> tuple[str, ...]:
    """Tags; commas inside one, which nbformat forbids, separate two."""
    if found is None:
        return ()
    names = found if isinstance(found, list) else [found]
    if not all(isinstance(name, str) for name in names):
        report.add(where, expected("a list of text", found, where))
        return ()
    parts = [part for name in names for part in ([name] if "," not in name else map(str.strip, name.split(",")))]
    return tuple(dict.fromkeys(part for part in parts if part))


def _outputs(report: Report, where: Where, found: Any) -> tuple[dict[str, Any], ...]:
    if found is None:
        return ()
    if not isinstance(found, list):
        report.add(where, expected("a list", found, where))
        return ()
    for index, output in enumerate(found):
        if not isinstance(output, dict):
            report.add((*where, index), expected("an output", output, (*where, index)))
    return tuple(map_texts(output, _joined) for output in found if isinstance(output, dict))


def map_texts(output: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """An output, `change` done to what a file may hold as a list of lines: a stream's text, and all data but JSON."""
    result = dict(output)
    if output.get("output_type") == "stream" and "text" in output:
        result["text"] = change(output["text"])
    data = output.get("data")
    if isinstance(data, dict):
        result["data"] = {mime: item if mime.endswith("json") else change(item) for mime, item in data.items()}
    return result


def _joined(lines: Any) -> Any:
    texts = isinstance(lines, list) and all(isinstance(line, str) for line in lines)
    return "".join(lines) if texts else lines


def _count(found: Any) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _mapping(report: Report, where: Where, found: Any) -> dict[str, Any]:
    if isinstance(found, dict):
        return found
    if found is not None:
        report.add(where, f"{spell(where)}: {expected('an object', found, ()).removeprefix('the file: ')}")
    return {}
