"""Carries an edit that was made in an .ipynb editor over to the YAML file that the editor's notebook was made of.

What the edit left alone stays as it is written, comments included. Three notebooks are compared: the file's own, the one
that the editor had at first and the one that it has now, so that what conversions and editors change by themselves is
no edit. The result is read again; a file that does not say what it should is written anew as a whole instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from jupyter_runt.errors import NotebookError, UsageError
from jupyter_runt.notebook import ipynb_format, keys, yaml_format, yaml_writer
from jupyter_runt.notebook.merging import merged, same
from jupyter_runt.notebook.model import Cell, Notebook, unused
from jupyter_runt.notebook.yaml_nodes import Document
from jupyter_runt.notebook.yaml_patch import Edit, Item, Patch, Unpatchable, applied, comments

_SIMPLE = ("cell_type", "tags", "timeout", "allow_errors", "outputs", "execution_count")
_MAPPINGS = ("metadata", "attachments", "extra")
_CELL_ORDER = ("id", *keys.TYPE_KEYS, "tags", "timeout", "allow_errors", "", "metadata", "source", "attachments")
_TOP_ORDER = ("version", "metadata", "parameters", "parameter_schema", "cells")


@dataclass(frozen=True, slots=True)
class Revision:
    """The file's new text. In what had to be written anew, or all of it, so many comments went."""

    text: str
    anew: bool = False
    comments_lost: int = 0


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A cell as it is to be; `index` is that of the file's cell that it was, None for a new one."""

    index: int | None
    cell: Cell


def revise(text: str, before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Revision:
    """The YAML file `text`, edited as the .ipynb object `before`, which was made of it, was edited to become `after`.

    Cells are known by the ids of the .ipynb objects. Outputs are written only if the file has some.
    Raises NotebookError for faults in any of the three, UsageError when `before` is no notebook of `text`.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    plain = text.removeprefix(mark)
    lines = re.findall(r"[^\n]*\n|[^\n]+$", plain) if "\r\n" in plain else []
    plain = plain.replace("\r\n", "\n")
    edit = _Edit(plain, before, after, path)
    if not edit.changed:
        return Revision(text)
    found = edit.patched()
    if found is None:
        found = Revision(
            yaml_writer.write(edit.wanted, outputs=edit.outputs), True, len(comments(edit.document, plain))
        )
    return replace(found, text=mark + _ended_like(lines, found.text))


class _Edit:
    """One edit of one file."""

    def __init__(self, text: str, before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> None:
        self.text, self.path = text, path
        self.base = yaml_format.read(text, path)
        self.document = Document(text, path)
        self.old, self.new = _object(before, path), _object(after, path)
        if len(self.old.cells) != len(self.base.cells):
            raise UsageError(
                "the notebook `before` the edit has other cells than the file", remedy="read the file again"
            )
        raw = self.document.value.get("cells") or []
        self.raw: list[dict[Any, Any]] = raw
        self.has_ids = not raw or any(isinstance(cell.get("id"), str) for cell in raw)
        self.outputs = any(cell.outputs or cell.execution_count is not None for cell in self.base.cells)
        self.cells = self._cells(before, after)
        self.wanted = self._wanted()

    @property
    def changed(self) -> bool:
        return [each.index for each in self.cells] != [*range(len(self.raw))] or self.wanted != self.base

    # -- what is wanted ----------------------------------------------------------------------------------------------

    def _wanted(self) -> Notebook:
        names = ("parameters", "parameter_schema", "metadata", "extra")
        found = {name: merged(*(getattr(each, name) for each in (self.base, self.old, self.new))) for name in names}
        return replace(self.base, cells=tuple(each.cell for each in self.cells), **found)

    def _cells(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[_Wanted]:
        known = {_id(data): index for index, data in enumerate(before["cells"])}
        known.pop("", None)
        indexes = [known.pop(_id(data), None) for data in after["cells"]]
        taken = {self.base.cells[index].id for index in indexes if index is not None}
        result = []
        for index, data, cell in zip(indexes, after["cells"], self.new.cells, strict=True):
            if index is not None:
                result.append(_Wanted(index, self._revised(index, cell)))
                continue
            # Not the id among our metadata: that is the original's, where this is a copy.
            made = replace(self._without_outputs(cell), id=unused(_id(data) or cell.id, taken))
            taken.add(made.id)
            result.append(_Wanted(None, replace(made, source=_ended(made.source))))
        return result

    def _revised(self, index: int, new: Cell) -> Cell:
        base, old = self.base.cells[index], self.old.cells[index]
        found: dict[str, Any] = {
            name: getattr(base if same(getattr(old, name), getattr(new, name)) else new, name) for name in _SIMPLE
        }
        found |= {name: merged(getattr(base, name), getattr(old, name), getattr(new, name)) for name in _MAPPINGS}
        if new.source != old.source:
            multiline = "\n" in new.source
            found["source"] = _ended(new.source) if multiline or base.source.endswith("\n") else new.source
            if found["source"] == base.source + "\n":
                found["source"] = base.source
        return self._without_outputs(replace(base, **found))

    def _without_outputs(self, cell: Cell) -> Cell:
        """What the file does not keep, and what only other types of cells have, is left out."""
        if cell.cell_type != "code" or not self.outputs:
            cell = replace(cell, outputs=(), execution_count=None)
        return replace(cell, attachments={}) if cell.cell_type not in ("markdown", "raw") else cell

    # -- the text ----------------------------------------------------------------------------------------------------

    def patched(self) -> Revision | None:
        """The text with the edit alone; None when it cannot be had."""
        try:
            patch = Patch(self.text, self.document)
            result = applied(self.text, self._edits(patch))
            found = yaml_format.read(result, self.path)
        except (Unpatchable, ValueError, NotebookError):
            return None
        return Revision(result, comments_lost=patch.comments_lost()) if self._says_it(found) else None

    def _says_it(self, found: Notebook) -> bool:
        if len(found.cells) != len(self.cells):
            return False
        for cell, each in zip(found.cells, self.cells, strict=True):
            named = self.has_ids if each.index is None else isinstance(self.raw[each.index].get("id"), str)
            wanted = each.cell if named else replace(each.cell, id=cell.id)
            # Newlines at the very end are layout: where they are many, or the file ends without one, they may differ.
            if replace(cell, source=cell.source.rstrip("\n")) != replace(wanted, source=wanted.source.rstrip("\n")):
                return False
        names = ("parameters", "parameter_schema", "metadata", "extra")
        return all(same(getattr(found, name), getattr(self.wanted, name)) for name in names)

    def _edits(self, patch: Patch) -> list[Edit]:
        root, top = self.document.root, self.document.value
        new = dict(top)
        for name in ("parameters", "parameter_schema", "metadata"):
            _put(new, name, merged(top.get(name) or {}, getattr(self.base, name), getattr(self.wanted, name)), top)
        _put_extra(new, self.base.extra, self.wanted.extra)
        edits = [*patch.mapping(root, top, new, _TOP_ORDER)]
        return [*edits, *self._cell_edits(patch)]

    def _cell_edits(self, patch: Patch) -> list[Edit]:
        root = self.document.root
        entries = patch.entries(root)
        assert root is not None
        key, node = next(((key, value) for name, key, value in entries if name == "cells"), (None, None))
        if not self.raw or node is None or key is None:
            if not self.cells:
                return []
            items = yaml_writer.spaced(
                [yaml_writer.item(self._fields(each.cell), yaml_writer.STEP) for each in self.cells]
            )
            if node is None or key is None:
                return [patch.added(root, entries, f"cells:\n{items}", "cells", _TOP_ORDER)]
            return [patch.replaced(key, node, f"\n{items}")]
        if not self.cells:
            return [patch.replaced(key, node, " []\n")]
        indent = " " * node.start_mark.column
        wanted = []
        for each in self.cells:
            if each.index is None:
                wanted.append(Item(None, text=yaml_writer.item(self._fields(each.cell), indent)))
            else:
                old = self.raw[each.index]
                new = self._raw(each.index, each.cell)
                order = [name for slot in _CELL_ORDER for name in (each.cell.extra if slot == "" else (slot,))]
                edits = () if same(old, new) else [*patch.mapping(node.value[each.index], old, new, order)]
                wanted.append(Item(each.index, edits))
        return [patch.items(node, wanted)]

    def _fields(self, cell: Cell) -> dict[str, Any]:
        """A new cell, written in the habits of the file: with an id, with the type of a code cell, or without."""
        found = yaml_writer.fields(cell, self.outputs)
        if not self.has_ids:
            del found["id"]
        untyped = any(not any(data.get(key) for key in keys.TYPE_KEYS) for data in self.raw)
        if cell.cell_type == "code" and (untyped or not self.raw):
            del found["celltype"]
        return found

    def _raw(self, index: int, new: Cell) -> dict[Any, Any]:
        """The file's own mapping of a cell, with what changed in it."""
        old, raw = self.base.cells[index], self.raw[index]
        result = dict(raw)
        if new.cell_type != old.cell_type:
            given = [key for key in keys.TYPE_KEYS if raw.get(key) is not None] or ["celltype"]
            result.update(dict.fromkeys(given, new.cell_type))
        if new.source != old.source:
            result["source"] = new.source
        metadata = dict(raw.get("metadata") or {})
        if new.tags != old.tags:
            metadata.pop("tags", None)
            _put(result, "tags", list(new.tags), raw)
        _put(result, "metadata", merged(metadata, old.metadata, new.metadata), raw)
        _put_extra(result, old.extra, new.extra)
        for name, value in (
            ("timeout", new.timeout),
            ("allow_errors", new.allow_errors or None),
            ("attachments", new.attachments or None),
            ("outputs", list(new.outputs) or None),
            ("execution_count", new.execution_count),
        ):
            if not same(getattr(old, name), getattr(new, name)):
                _put(result, name, value, raw)
        return result


def _object(notebook: Mapping[str, Any], path: str) -> Notebook:
    """An .ipynb object. Its faults have no places, for nobody has seen a text of it."""
    if notebook.get("nbformat", 4) != 4 or "cells" not in notebook:
        raise UsageError("an edited notebook must be an object of nbformat 4", remedy="send it as the editor has it")
    try:
        return ipynb_format.read(json.dumps(notebook), path)
    except NotebookError as error:
        raise NotebookError(
            [replace(each, line=0, column=0) for each in error.problems], remedy=error.remedy
        ) from error


def _id(cell: Mapping[str, Any]) -> str:
    found = cell.get("id")
    return found if isinstance(found, str) else ""


def _put(target: dict[Any, Any], name: str, value: Any, raw: Mapping[Any, Any]) -> None:
    """Sets a key; what is empty has none, unless it had one already."""
    if value or (name in raw and raw[name] == value):
        target[name] = value
    elif raw.get(name) or value is None:
        target.pop(name, None)


def _put_extra(target: dict[Any, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for key in old:
        if key not in new:
            target.pop(key, None)
    target.update({key: value for key, value in new.items() if key not in old or not same(old[key], value)})


def _ended_like(old: list[str], text: str) -> str:
    """The text with CRLF where the old lines have it; none are given of a file without. New lines end as the one above."""
    if not old:
        return text
    new = text.split("\n")
    ends = ["\r\n" if line.endswith("\r\n") else "\n" for line in old]
    if "\n" not in ends[:-1] and (ends[-1] == "\r\n" or not old[-1].endswith("\n")):
        return "\r\n".join(new)
    matcher = SequenceMatcher(None, [line.rstrip("\r\n") for line in old], new)
    end, result = ends[0], ""
    for tag, low, high, start, stop in matcher.get_opcodes():
        for number, line in enumerate(new[start:stop]):
            kept = low + number
            end = ends[kept] if tag != "insert" and kept < high else end
            result += line + (end if start + number + 1 < len(new) else "")
    return result


def _ended(source: str) -> str:
    """With a final newline, as a block literal has it."""
    return source if not source or source.endswith("\n") else f"{source}\n"
