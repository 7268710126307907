"""A run as a picture of itself, for a notebook's output: HTML, text, and the JSON by which a renderer finds the run again."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jupyter_runt.cli.render import reasons
from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.bundle import error_line
from jupyter_runt.cli.render.tables import duration
from jupyter_runt.run.transitions import TERMINAL

MIME = "application/vnd.jupyter-runt.run+json"
CELLS_SHOWN = 12
"""While a run is on its way, so many of its cells; the others are counted."""

TELLING = ("failed", "running", "waiting")

MARKS = {
    "pending": "·", "running": "▶", "waiting": "?", "succeeded": "✓", "failed": "✗", "cancelled": "–", "skipped": "–",
    "queued": "·", "starting": "▶",
}  # fmt: skip
# Seen on white and on black.
COLOURS = {
    "succeeded": "#2e9e5b",
    "failed": "#d64545",
    "waiting": "#c98500",
    "running": "#2f7fd6",
    "starting": "#2f7fd6",
}
GREY = "#808890"
MONO = "font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:12px"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn. `view` is the run folded (`run.view`); `outputs` are HTML by cell, once the run has ended, and `texts`
    its last lines, at any time; `page` is its live page's URL; `heard` tells of a run on its way how old the picture is, for a
    page that is loaded anew has no means to keep it up to date."""

    view: Mapping[str, Any]
    page: str | None = None
    server: str | None = None
    message: str = ""
    heard: float | None = None
    outputs: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def bundle(self) -> dict[str, Any]:
        """The MIME bundle."""
        view = self.view
        about = {
            "version": 1,
            "server": self.server,
            **{key: view[key] for key in ("run_id", "seq", "status", "name", "title")},
        }
        bundle: dict[str, Any] = _sendable({"text/plain": self.text(), "text/html": self.html(), MIME: about})
        return bundle

    def text(self) -> str:
        """For a terminal, and for whatever shows no HTML."""
        view = self.view
        head = f"{printable(view['title'] or view['name'])}: {self._status()}"
        facts = " · ".join([f"run {view['run_id']}", *self._facts(), *([self.page] if self.page else [])])
        shown = [head, f"  {facts}"]
        for cell in self._cells():
            took = "" if cell["duration"] is None else f"  {duration(cell['duration'])}"
            shown.append(f"  {_mark(cell)} {printable(cell['id'])}{took}{_why(cell)}")
            shown += [f"      {line}" for line in self.texts.get(cell["id"], ())]
        shown += [f"  {line}" for line in self._remarks()]
        return "\n".join(shown)

    def html(self) -> str:
        """Inline styles only: what sanitises a notebook's outputs leaves them alone."""
        view, colour = self.view, COLOURS.get(self.view["status"], GREY)
        title = html.escape(printable(view["title"] or view["name"]))
        facts = [html.escape(fact) for fact in self._facts()]
        facts.append(f'<code style="font-size:12px">{html.escape(view["run_id"])}</code>')
        if self.page and self.page.startswith(("http://", "https://")):
            facts.append(f'<a href="{html.escape(self.page)}" target="_blank" rel="noopener">live page</a>')
        status = f"{_mark(view)} {html.escape(self._status())}"
        parts = [
            f'<div style="border-left:3px solid {colour};padding:2px 0 2px 10px;margin:4px 0">',
            f'<div><strong>{title}</strong> <span style="color:{colour}">{status}</span></div>',
            f'<div style="color:{GREY};font-size:12px">{" · ".join(facts)}</div>',
        ]
        if view["status"] not in TERMINAL and view["counts"]:
            done, total = self._progress()
            parts.append(f'<progress max="{total}" value="{done}" style="width:100%;height:8px"></progress>')
        parts += [self._cell_html(cell) for cell in self._cells()]
        parts += [f'<div style="color:{COLOURS["waiting"]}">{html.escape(line)}</div>' for line in self._remarks()]
        return "\n".join([*parts, "</div>"])

    # -- its parts ---------------------------------------------------------------------------------------------------

    def _status(self) -> str:
        """`running, paused`, `failed in total: ValueError: bad number`, `cancelled: on request`."""
        status = outcome(self.view)
        return f"{status}, paused" if self.view["paused"] and status not in TERMINAL else status

    def _progress(self) -> tuple[int, int]:
        counts = self.view["counts"]
        open_ones = sum(counts.get(status, 0) for status in ("pending", "running", "waiting", "cancelled"))
        total = sum(counts.values())
        return total - open_ones, total

    def _facts(self) -> list[str]:
        view = self.view
        done, total = self._progress()
        facts = [f"{done}/{total} cells"] if total else []
        if view["duration"] is not None:
            facts.append(duration(view["duration"]))
        elif view["started_at"]:
            facts.append(f"since {datetime.fromisoformat(view['started_at']).astimezone():%H:%M:%S}")
            if self.heard is not None:
                facts.append(f"last heard of at {datetime.fromtimestamp(self.heard).astimezone():%H:%M:%S}")
        if view["attempt"] > 1:
            facts.append(f"attempt {view['attempt']}")
        return facts

    def _cells(self) -> list[Mapping[str, Any]]:
        """The cells that tell something: all of few, else what failed, what is worked on, and what was done last."""
        cells = [cell for cell in self.view["cells"] if cell["status"]]
        if len(cells) <= CELLS_SHOWN:
            return cells
        ended = self.view["status"] in TERMINAL
        told = [cell for cell in cells if cell["status"] in TELLING or (ended and cell["id"] in self.outputs)]
        told = told if ended else told[-CELLS_SHOWN:]
        kept = {cell["id"] for cell in told}
        done = [cell["id"] for cell in cells if cell["status"] == "succeeded" and cell["id"] not in kept]
        kept.update(done[max(0, len(done) + len(kept) - CELLS_SHOWN) :])
        return [cell for cell in cells if cell["id"] in kept]

    def _cell_html(self, cell: Mapping[str, Any]) -> str:
        colour = COLOURS.get(cell["status"], GREY)
        took = "" if cell["duration"] is None else f' <span style="color:{GREY}">{duration(cell["duration"])}</span>'
        why = f'<span style="color:{GREY}">{html.escape(_why(cell))}</span>'
        head = f'<div style="{MONO}"><span style="color:{colour}">{_mark(cell)}</span> {html.escape(printable(cell["id"]))}{took}{why}</div>'
        tail = self.texts.get(cell["id"])
        outputs = self.outputs.get(cell["id"]) or (pre("\n".join(tail)) if tail else "")
        return head if not outputs else f'{head}<div style="margin:0 0 6px 16px">{outputs}</div>'

    def _remarks(self) -> list[str]:
        """What somebody should know, or do."""
        view, found = self.view, []
        asked = view.get("input")
        if asked:
            found.append(f"waits for an answer to {printable(asked['prompt'])!r}: %runt reply {view['run_id']} TEXT")
        found += [printable(view[key]) for key in ("why_queued", "why_undriven") if view.get(key)]
        return [*found, printable(self.message)] if self.message else found


def outcome(view: Mapping[str, Any]) -> str:
    """The status; of what has ended badly with the cell and the reason."""
    status = str(view["status"])
    if status not in ("failed", "cancelled"):
        return status
    culprit = next((cell for cell in view["cells"] if cell["status"] == "failed"), None)
    where = f" in {printable(culprit['id'])}" if culprit else ""
    if culprit and culprit["error"] and view["reason"] == "cell_error":
        return f"{status}{where}: {error_line(culprit['error'])}"
    message = f": {printable(view['message'])}" if view["message"] else ""
    return f"{status}{where}: {reasons.words(view['reason'])}{message}"


def _mark(shown: Mapping[str, Any]) -> str:
    """Of a run or a cell; a newer server may know other statuses."""
    return MARKS.get(shown["status"], "·")


def _why(cell: Mapping[str, Any]) -> str:
    """Why a cell failed or did not run, where its outputs do not say so."""
    return f" ({reasons.words(cell['reason'])})" if cell["reason"] not in (None, "cell_error") else ""


def _sendable(value: Any) -> Any:
    """Without lone surrogates: a text that somebody printed may hold them, a message of the kernel's may not."""
    if isinstance(value, dict):
        return {key: _sendable(item) for key, item in value.items()}
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def pre(text: str) -> str:
    """Text as it stands."""
    style = (
        f"{MONO};margin:2px 0;padding:4px 8px;white-space:pre-wrap;overflow-wrap:anywhere;max-height:30em;overflow:auto"
    )
    return f'<pre style="{style}">{html.escape(text)}</pre>'


def remarked(bundle: Mapping[str, Any], message: str) -> dict[str, Any]:
    """A picture with something added that it does not know of."""
    remark = f'<div style="color:{COLOURS["waiting"]}">{html.escape(message)}</div>'
    texts = {"text/plain": f"\n  {message}", "text/html": f"\n{remark}"}
    return {mime: f"{value}{texts[mime]}" if mime in texts else value for mime, value in bundle.items()}
