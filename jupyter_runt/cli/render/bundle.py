"""Outputs as text: what a terminal can show of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jupyter_runt.cli.render.ansi import printable, strip
from jupyter_runt.cli.render.tables import size

_BARE = re.compile(r"<[\w.]+ object(?: at 0x[0-9a-fA-F]+)?>")
"""The repr of an object that says nothing about itself."""

_READABLE = ("text/markdown", "text/latex")
_PICTURED = ("image/png", "image/svg+xml", "image/jpeg", "text/html", "application/pdf")


def bundle_text(data: Mapping[str, Any]) -> str:
    """A MIME bundle on a terminal, without a last newline: its own text when that says anything, else what there is and
    how large. '' for an empty bundle."""
    plain = _text(data.get("text/plain", ""))
    richer = [mime for mime in data if mime != "text/plain"]
    if plain and not (richer and _BARE.fullmatch(plain.strip())):
        return plain.removesuffix("\n")
    for mime in _READABLE:
        if mime in data:
            return _text(data[mime]).removesuffix("\n")
    shown = next((mime for mime in (*_PICTURED, *richer) if mime in data), None)
    return plain if shown is None else f"<{shown} {size(_bytes(shown, data[shown]))}>"


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bytes(mime: str, value: Any) -> int:
    text = _text(value)
    encoded = (
        mime.startswith(("image/", "audio/", "video/")) and not mime.endswith("+xml")
    ) or mime == "application/pdf"
    return len(text.strip()) * 3 // 4 if encoded else len(text.encode("utf-8", "surrogatepass"))


def traceback_text(output: Mapping[str, Any]) -> str:
    """An error output's traceback, escape sequences included, without a last newline."""
    lines = "\n".join(output.get("traceback") or ()).removesuffix("\n")
    return lines or error_line(output)


def error_line(error: Mapping[str, Any]) -> str:
    """`ValueError: bad number`: an exception in one line."""
    name = printable(str(error.get("ename") or "Error"))
    value = " ".join(printable(str(error.get("evalue") or "")).split())
    if len(value) > 300:
        value = value[:299] + "…"
    return f"{name}: {value}" if value else name


def output_text(output: Mapping[str, Any]) -> str:
    """Any nbformat output as plain text; all but a stream's ends with a newline."""
    kind = output["output_type"]
    if kind == "stream":
        return _text(output["text"])
    text = strip(traceback_text(output)) if kind == "error" else bundle_text(output.get("data", {}))
    return text + "\n" if text else ""
