"""What a run's cells showed: as nbformat outputs, as a part of its picture, and shown again in another notebook."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from jupyter_runt.cli.render.ansi import still
from jupyter_runt.cli.render.bundle import bundle_text, output_text, traceback_text
from jupyter_runt.client.contents import whole
from jupyter_runt.magics.picture import GREY, pre
from jupyter_runt.notebook import markup
from jupyter_runt.run.document import Blob
from jupyter_runt.run.outputs import size

LARGEST_TEXT, LARGEST_PICTURE, LARGEST = 20_000, 2_000_000, 4_000_000
"""Characters of one text, of one encoded picture, and of all outputs in a picture of the run, which a notebook keeps."""
TOLD_LINES = 20
"""Of a cell's text where no HTML is shown."""
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
        from IPython.display import publish_display_data

        publish: Any = publish_display_data
        for output in (output for outputs in self._outputs.values() for output in outputs):
            if "data" in output:
                publish(data=output["data"], metadata=output.get("metadata", {}))
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
        parts = []
        for output in cell["outputs"]:
            part = _output(output, blob) if budget > 0 else _remark("more is shown by run.outputs")
            budget -= len(part)
            parts.append(part)
            if budget <= 0:
                break
        if parts:
            found[cell["id"]] = "\n".join(parts)
        if budget <= 0:
            break
    return found


def told(view: Mapping[str, Any], blob: Blob) -> dict[str, list[str]]:
    """The last lines of text by cell, for what shows no HTML."""
    found: dict[str, list[str]] = {}
    for cell in view["cells"]:
        text = "".join(_told(output, blob) for output in cell["outputs"][-TOLD_LINES:])
        if shown := still(text).rstrip().splitlines():
            cut = len(shown) > TOLD_LINES or len(cell["outputs"]) > TOLD_LINES
            found[cell["id"]] = ["…"] * cut + shown[-TOLD_LINES:]
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
        if mime in data and size(data[mime]) <= LARGEST_PICTURE:
            return f'<img src="data:{mime};base64,{html.escape("".join(_text(data[mime]).split()))}" style="max-width:100%">'
    if "image/svg+xml" in data and size(data["image/svg+xml"]) <= LARGEST_PICTURE:
        return f'<img src="data:image/svg+xml,{quote(_text(data["image/svg+xml"]), errors="replace")}" style="max-width:100%">'
    if "text/html" in data and size(data["text/html"]) <= LARGEST_PICTURE:
        found = markup.sanitised(_text(data["text/html"]))
        if found.strip():
            return f'<div style="overflow:auto">{found}</div>'
    if "text/markdown" in data and size(data["text/markdown"]) <= LARGEST_TEXT:
        return markup.markdown(_text(data["text/markdown"]))
    return pre(_end(still(bundle_text(data))))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)


def _end(text: str, *, more: bool = False) -> str:
    cut = len(text) > LARGEST_TEXT or more
    return f"…\n{text[-LARGEST_TEXT:]}" if cut else text


def _remark(text: str) -> str:
    return f'<div style="color:{GREY}">… {html.escape(text)}</div>'
