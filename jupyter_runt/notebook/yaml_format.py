"""Reads a YAML notebook. All of a file's faults are told at once, each with its line and column."""

from __future__ import annotations

from typing import Any

from jupyter_runt.notebook import keys
from jupyter_runt.notebook.durations import seconds
from jupyter_runt.notebook.model import Cell, Notebook, make_id
from jupyter_runt.notebook.report import Report, Where, expected, spell
from jupyter_runt.notebook.yaml_nodes import Document

CELL = keys.section(keys.CELL)
TOP = keys.section(keys.TOP)


def read(text: str, path: str = "") -> Notebook:
    """The notebook in `text`; `path` is only named. Raises NotebookError with every fault.

    A file without `cells` is a notebook only when its name ends in `.nb.yml` or `.nb.yaml`.
    """
    document = Document(text, path)
    report, data = document.report, document.value
    if data is None:
        report.stop()
        report.at(1, 1, "the file is empty", "a notebook has `cells`; `jupyter runt new FILE` writes a first one")
    elif not isinstance(data, dict):
        report.add((), expected("a mapping with `cells`", data, ()), "`jupyter runt new FILE` writes a first one")
    if not isinstance(data, dict):
        report.stop()
    TOP(report, (), data)
    if "cells" not in data and not path.endswith((".nb.yml", ".nb.yaml")) and not report.problems:
        report.at(1, 1, "no `cells`: this YAML file is no notebook", "name it *.nb.yml if it is one")
    cells = _cells(report, document, data.get("cells"))
    report.stop()
    return Notebook(
        cells=cells,
        parameters=data.get("parameters") or {},
        parameter_schema={name: schema or {} for name, schema in (data.get("parameter_schema") or {}).items()},
        metadata=keys.without_repeated_name(data.get("metadata") or {}),
        extra={key: value for key, value in data.items() if key not in keys.TOP_FIELDS},
        source_path=path,
        format="yaml",
    )


def read_value(text: str, path: str = "") -> Any:
    """Any YAML value, read with the care and limits of a notebook: the values and files of values of a command line."""
    document = Document(text, path)
    document.report.stop()
    return document.value


def _cells(report: Report, document: Document, found: Any) -> tuple[Cell, ...]:
    if found is None:
        return ()
    if not isinstance(found, list):
        report.add(("cells",), expected("a list of cells", found, ("cells",)), "begin each cell with `- id: …`")
        return ()
    taken: dict[str, int] = {}
    for index, data in enumerate(found):
        where = ("cells", index)
        if isinstance(data, dict):
            CELL(report, where, data)
            _check_id(report, (*where, "id"), data.get("id"), taken)
        else:
            report.add(where, expected("a mapping with `source`", data, where), "write `- source: |`")
    cells = []
    for index, data in enumerate(found):
        if isinstance(data, dict):
            cell = _cell(report, document, ("cells", index), data, taken)
            taken[cell.id] = taken.get(cell.id, cell.line)
            cells.append(cell)
    return tuple(cells)


def _check_id(report: Report, where: Where, found: Any, taken: dict[str, int]) -> None:
    if not isinstance(found, str):
        return
    if not found.strip():
        report.add(where, expected("text that is not empty", found, where), "leave the key out to have an id made")
    elif found in taken:
        report.add(where, f"{spell(where)}: the id {found!r} is used twice", f"first in line {taken[found]}")
    else:
        taken[found] = report.place(where, False)[0] if report.place else 0


def _cell(report: Report, document: Document, where: Where, data: dict[Any, Any], taken: dict[str, int]) -> Cell:
    cell_type = _cell_type(report, where, data)
    source = _source(report, where, data)
    metadata, tags = _metadata_and_tags(report, where, data)
    _check_kind(report, where, cell_type, data)
    given, outputs = data.get("id"), data.get("outputs")
    position = int(where[-1]) + 1
    return Cell(
        id=given if isinstance(given, str) else make_id(position, cell_type, source, taken),
        cell_type=cell_type,
        source=source,
        metadata=metadata,
        tags=tags,
        timeout=_timeout(data.get("timeout")),
        allow_errors=data.get("allow_errors") is True,
        attachments=data.get("attachments") or {},
        outputs=tuple(outputs) if isinstance(outputs, list) else (),
        execution_count=data.get("execution_count"),
        extra={key: value for key, value in data.items() if key not in keys.CELL_FIELDS},
        line=document.source_line((*where, "source") if "source" in data else where),
    )


def _cell_type(report: Report, where: Where, data: dict[Any, Any]) -> str:
    given = {key: data[key] for key in keys.TYPE_KEYS if data.get(key) is not None}
    if len(set(map(str, given.values()))) > 1:
        last = list(given)[-1]
        message = f"{spell(where)}: {' and '.join(given)} say different things"
        report.add((*where, last), message, "give one of them", key=True)
    found = next(iter(given.values()), "code")
    return found if found in keys.CELL_TYPES else "code"


def _source(report: Report, where: Where, data: dict[Any, Any]) -> str:
    place = (*where, "source")
    found = data.get("source")
    if isinstance(found, str):
        return found
    if "source" not in data:
        report.add(where, f"{spell(where)}: a cell needs `source`", "write `source: |` and indent the source below it")
    elif isinstance(found, list):
        return _joined(report, place, found)
    elif found is not None:
        report.add(place, expected("text", found, place), "write `source: |` and indent the source below it")
    return ""


def _joined(report: Report, where: Where, lines: list[Any]) -> str:
    """A list of lines as one text. Lines of .ipynb carry their newlines; those that people write in YAML do not."""
    for index, line in enumerate(lines):
        if not isinstance(line, str):
            report.add((*where, index), expected("a line of text", line, (*where, index)), "quote it")
    texts = [line for line in lines if isinstance(line, str)]
    return ("" if any(line.endswith("\n") for line in texts) else "\n").join(texts)


def _metadata_and_tags(report: Report, where: Where, data: dict[Any, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    found = data.get("metadata")
    metadata = dict(found) if isinstance(found, dict) else {}
    names = _texts(data.get("tags"))
    if keys.RESERVED in metadata:
        keys.reserved(report, (*where, "metadata", keys.RESERVED), None)
    if metadata.get("tags") is not None:
        inner = (*where, "metadata", "tags")
        keys.list_of(keys.tag)(report, inner, metadata["tags"])
        names += _texts(metadata["tags"])
    metadata.pop("tags", None)
    return metadata, tuple(dict.fromkeys(names))


def _texts(found: Any) -> list[str]:
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _check_kind(report: Report, where: Where, cell_type: str, data: dict[Any, Any]) -> None:
    """What only some types of cells have: outputs and attachments."""
    for key in ("outputs", "execution_count"):
        if data.get(key) is not None and cell_type != "code":
            report.add((*where, key), f"{spell(where)}: only code cells have {key}", key=True)
    if data.get("attachments") and cell_type not in ("markdown", "raw"):
        report.add((*where, "attachments"), f"{spell(where)}: only markdown and raw cells have attachments", key=True)
    count = data.get("execution_count")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
        place = (*where, "execution_count")
        report.add(place, expected("a whole number", count, place))
    attachments = data.get("attachments")
    for name, bundle in (attachments if isinstance(attachments, dict) else {}).items():
        keys.mapping(report, (*where, "attachments", name), bundle)


def _timeout(found: Any) -> float | None:
    try:
        return None if found is None else seconds(found)
    except ValueError:
        return None  # reported by the table of keys
