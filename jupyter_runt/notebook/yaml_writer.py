"""Writes a YAML notebook: sources as block literals, known keys first and always in one order, so that diffs read well.

The text is laid out here and not by PyYAML, which gives up block literals as soon as one line ends in a space.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from jupyter_runt.notebook import keys
from jupyter_runt.notebook.model import Cell, Notebook, portable

STEP = "  "
METADATA_ORDER = tuple(keys.METADATA)

# YAML looks for the colon of a key in one line and at most 1,024 characters; longer ones need a question mark.
_LONG_KEY = 1000

# What a literal can hold unharmed. CR, NEL and the Unicode line and paragraph separators would come back as newlines.
_LITERAL = re.compile("[\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_PLAIN = re.compile(r"[A-Za-z_/][\w./@+-]*(?: [\w./@+()-]+)*", re.ASCII)
_NOT_TEXT = frozenset({"yes", "no", "on", "off", "true", "false", "null"})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\x85": "\\N"}
_ESCAPED = re.compile('["\\\\]|[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]')


def write(notebook: Notebook, *, outputs: bool = False) -> str:
    """The notebook as YAML; `yaml_format.read` gives an equal one. Outputs are written only if asked."""
    notebook = portable(notebook)
    extra = dict(notebook.extra)
    parts = []
    for name, value in (
        ("version", extra.pop("version", None)),
        ("metadata", _ordered(notebook.metadata)),
        ("parameters", notebook.parameters),
        ("parameter_schema", notebook.parameter_schema),
    ):
        if value:
            parts.append(entry(name, value, ""))
    cells = spaced([item(fields(cell, outputs), STEP) for cell in notebook.cells])
    parts.append(f"cells:\n{cells}" if cells else "cells: []\n")
    parts.extend(entry(name, value, "") for name, value in extra.items())
    return spaced(parts)


def spaced(parts: list[str]) -> str:
    """Parts, a blank line between; none after a literal that keeps its blank lines, it would keep that too."""
    return "".join(part if part.endswith("\n\n") else f"{part}\n" for part in parts[:-1]) + "".join(parts[-1:])


def _ordered(metadata: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: metadata[key] for key in METADATA_ORDER if key in metadata}
    return {**known, **metadata}


def fields(cell: Cell, outputs: bool) -> dict[str, Any]:
    """What is written of a cell, in the order in which it is written."""
    data: dict[str, Any] = {"id": cell.id, "celltype": cell.cell_type}
    if cell.tags:
        data["tags"] = list(cell.tags)
    if cell.timeout is not None:
        data["timeout"] = int(cell.timeout) if cell.timeout.is_integer() else cell.timeout
    if cell.allow_errors:
        data["allow_errors"] = True
    data.update(cell.extra)
    if cell.metadata:
        data["metadata"] = cell.metadata
    data["source"] = cell.source
    if cell.attachments:
        data["attachments"] = cell.attachments
    if outputs and cell.execution_count is not None:
        data["execution_count"] = cell.execution_count
    if outputs and cell.outputs:
        data["outputs"] = list(cell.outputs)
    return data


def entry(key: Any, value: Any, indent: str) -> str:
    """`key: value` in lines that begin with `indent`; ends in a newline."""
    head = f"{indent}{flow(key)}:"
    if len(head) > _LONG_KEY:
        head = f"{indent}? {flow(key)}\n{indent}:"
    if isinstance(value, Mapping) and value:
        return f"{head}\n" + "".join(entry(k, v, indent + STEP) for k, v in value.items())
    if isinstance(value, list | tuple) and value:
        if all(_short(item) for item in value):
            line = f"{head} [{', '.join(map(flow, value))}]\n"
            if len(line) <= 100:
                return line
        return f"{head}\n" + "".join(item(each, indent + STEP) for each in value)
    return f"{head} {_scalar(value, indent)}\n"


def item(value: Any, indent: str) -> str:
    """`- value`; what belongs to it is indented by two more."""
    if isinstance(value, Mapping) and value:
        inner = indent + STEP
        entries = "".join(entry(k, v, inner) for k, v in value.items())
        return f"{indent}- {entries[len(inner) :]}"
    if isinstance(value, list | tuple) and value:
        items = "".join(item(each, indent + STEP) for each in value)
        return f"{indent}-\n{items}"
    return f"{indent}- {_scalar(value, indent)}\n"


def _scalar(value: Any, indent: str) -> str:
    """A scalar or an empty collection, without its final newline."""
    if isinstance(value, str) and "\n" in value:
        return literal(value, indent + STEP) or _quoted_lines(value, indent + STEP)
    return flow(value)


def literal(text: str, indent: str, deeper: int = len(STEP)) -> str | None:
    """`text` as a block literal; None when it holds characters that a literal would not give back.

    Its lines begin with `indent`, which is `deeper` than what the literal belongs to.
    """
    if not text.strip() or not _LITERAL.fullmatch(text):
        return None
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    # Where the first line is blank or begins with white space, a reader could not tell the indentation by itself.
    hint = str(deeper) if text[0] in " \t\n" else ""
    chomp = "-" if ends == 0 else "" if ends == 1 else "+"
    lines = [indent + line if line else "" for line in body.split("\n")] + [""] * (ends - 1)
    return f"|{hint}{chomp}\n" + "\n".join(lines)


def _quoted_lines(text: str, indent: str) -> str:
    """`text` in double quotes, one line of it a line, so that a diff of CRLF text still reads."""
    lines = [_escape(line) for line in text.splitlines(keepends=True)]
    # A continued line loses its leading white space, unless that is escaped.
    follow = [f"\\{line}" if line.startswith(" ") else line for line in lines[1:]]
    return '"' + f"\\\n{indent}".join([lines[0], *follow]) + '"'


def flow(value: Any) -> str:
    """Any value in one line."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return _float(value)
        case str():
            return value if _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT else quoted(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            return f"[{', '.join(map(flow, value))}]"
        case Mapping():
            return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
        case _:
            raise TypeError(f"YAML notebooks hold no {type(value).__name__}")


def quoted(text: str) -> str:
    """`text` in double quotes, in one line."""
    return f'"{_escape(text)}"'


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    written = repr(value)
    # YAML 1.1 takes 1e+20 for text: its floats have a point.
    return written if "." in written else written.replace("e", ".0e")


def _short(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple) and not (isinstance(value, str) and "\n" in value)


def _escape(text: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[0]) or _by_number(match[0]), text)


def _by_number(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
