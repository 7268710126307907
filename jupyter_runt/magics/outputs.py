"""What a run's cells showed: as nbformat outputs, as a part of its picture, and shown again in another notebook."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from jupyter_runt.cli.render.ansi import still
from jupyter_runt.cli.render.bundle import bundle_text, output_text, traceback_text
from jupyter_runt.client.contents import whole
from jupyter_runt.kernel.recording import publish
from jupyter_runt.magics.picture import GREY, pre
from jupyter_runt.notebook import markup
from jupyter_runt.run.document import Blob
from jupyter_runt.run.outputs import size
from jupyter_runt.run.results import OURS

LARGEST_TEXT, LARGEST_PICTURE, LARGEST = 20_000, 2_000_000, 4_000_000
"""Characters of one text, of one encoded picture, and of all outputs in a picture of the run, which a notebook keeps."""
TOLD_LINES, TOLD_CHARACTERS, TOLD_ALL = 20, 4000, 200_000
"""Of a cell's text where no HTML is shown, and characters of all cells'."""
BASE64 = re.compile(r"[A-Za-z0-9+/]+=*")
LONGEST_WORDS = 200
"""Of a picture's text, for whoever does not see it."""
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


class Outputs(Mapping[str, list[dict[str, Any]]]):
    """A run's outputs by cell, as nbformat has them. As a cell's value it shows them, as though they were made here."""

    def __init__(self, outputs: Mapping[str, list[dict[str, Any]]]) -> None:
        self._outputs = outputs

    def __getitem__(self, cell_id: str) -> list[dict[str, Any]]:
        return self._outputs[cell_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._outputs)

    def __len__(self) -> int:
        return len(self._outputs)

    def __repr__(self) -> str:
        counted = ", ".join(f"{cell}: {len(outputs)}" for cell, outputs in self._outputs.items())
        return f"<Outputs {counted or 'of no cell'}>"

    @property
    def text(self) -> str:
        """Everything as a terminal would show it, in the order of the cells."""
        return "".join(output_text(output) for outputs in self._outputs.values() for output in outputs)

    def _ipython_display_(self) -> None:
        for output in (output for outputs in self._outputs.values() for output in outputs):
            if "data" in output:
                # Shown again inside of another run, a named result would become one of that run's own.
                metadata = {name: each for name, each in output.get("metadata", {}).items() if name != OURS}
                publish(output["data"], metadata)
            else:
                text = output["text"] if output["output_type"] == "stream" else traceback_text(output) + "\n"
                print(text, end="")


def read(view: Mapping[str, Any], blob: Blob) -> Outputs:
    """All outputs of a view, with what large ones refer to."""
    return Outputs(
        {cell["id"]: [whole(each, blob) for each in cell["outputs"]] for cell in view["cells"] if cell["status"]}
    )


def drawn(view: Mapping[str, Any], blob: Blob) -> dict[str, str]:
    """HTML by cell, of those that have outputs; of what is too much, the end of a text and a word of the rest."""
    budget = LARGEST
    found: dict[str, str] = {}
    for cell in view["cells"]:
        parts: list[str] = []
        for output in cell["outputs"]:
            if budget <= 0:
                found[cell["id"]] = "\n".join([*parts, _remark("more is shown by run.outputs")])
                return found
            parts.append(_output(output, blob))
            budget -= len(parts[-1])
        if parts:
            found[cell["id"]] = "\n".join(parts)
    return found


def told(view: Mapping[str, Any], blob: Blob) -> dict[str, list[str]]:
    """The last lines of text by cell, for what shows no HTML."""
    budget = TOLD_ALL
    found: dict[str, list[str]] = {}
    for cell in view["cells"]:
        if budget <= 0:
            break
        text = "".join(_told(output, blob) for output in cell["outputs"][-TOLD_LINES:])
        text = still(text).rstrip()
        if shown := text[-TOLD_CHARACTERS:].splitlines():
            cut = len(text) > TOLD_CHARACTERS or max(len(shown), len(cell["outputs"])) > TOLD_LINES
            found[cell["id"]] = ["…"] * cut + shown[-TOLD_LINES:]
            budget -= min(len(text), TOLD_CHARACTERS)
    return found


def _told(output: Mapping[str, Any], blob: Blob) -> str:
    if output["output_type"] == "stream":
        return _last(output["text"], blob)[0]
    if size(output) > 4 * LARGEST_PICTURE:
        return f"… an output of {size(output) >> 20} MiB\n"
    return output_text(whole(output, blob))


def _output(output: Mapping[str, Any], blob: Blob) -> str:
    if output["output_type"] == "stream":
        return _stream(output["text"], blob)
    if size(output) > 4 * LARGEST_PICTURE:
        return _remark(f"an output of {size(output) >> 20} MiB is shown by run.outputs")
    found = whole(output, blob)
    if found["output_type"] == "error":
        return pre(_end(still(traceback_text(found))))
    return bundle(found["data"])


def _stream(pieces: Sequence[Any], blob: Blob) -> str:
    """The last pieces only: a text may have hundreds of megabytes."""
    text, more = _last(pieces, blob)
    return pre(_end(still(text).rstrip("\n"), more=more))


def _last(pieces: Sequence[Any], blob: Blob) -> tuple[str, bool]:
    """Enough of a text's end, and whether there is more before it."""
    text, kept = "", list(pieces)
    while kept and len(text) <= LARGEST_TEXT:
        text = whole({"output_type": "stream", "text": [kept.pop()]}, blob)["text"] + text
    return text, bool(kept)


def bundle(data: Mapping[str, Any]) -> str:
    """A MIME bundle as harmless HTML: the richest of its forms that can be."""
    for mime in PICTURES:
        if mime in data and size(data[mime]) <= LARGEST_PICTURE and BASE64.fullmatch(encoded := _unbroken(data[mime])):
            return _img(f"data:{mime};base64,{encoded}", data)
    if "image/svg+xml" in data and size(data["image/svg+xml"]) <= LARGEST_PICTURE:
        return _img(f"data:image/svg+xml,{quote(_text(data['image/svg+xml']), errors='replace')}", data)
    if "text/html" in data and size(data["text/html"]) <= LARGEST_PICTURE:
        found = markup.sanitised(_text(data["text/html"]))
        if found.strip():
            return f'<div style="overflow:auto">{found}</div>'
    if "text/markdown" in data and size(data["text/markdown"]) <= LARGEST_TEXT:
        return markup.markdown(_text(data["text/markdown"]))
    return pre(_end(still(bundle_text(data))))


def _unbroken(value: Any) -> str:
    return "".join(_text(value).split())


def _img(source: str, data: Mapping[str, Any]) -> str:
    words = html.escape(bundle_text({"text/plain": data.get("text/plain", "")})[:LONGEST_WORDS])
    return f'<img src="{source}" alt="{words}" style="max-width:100%">'


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)


def _end(text: str, *, more: bool = False) -> str:
    cut = len(text) > LARGEST_TEXT or more
    return f"…\n{text[-LARGEST_TEXT:]}" if cut else text


def _remark(text: str) -> str:
    return f'<div style="color:{GREY}">… {html.escape(text)}</div>'
