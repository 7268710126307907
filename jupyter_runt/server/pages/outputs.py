"""`GET runt/runs/{run_id}/outputs/{seq}`: one HTML, SVG or markdown output as a document of its own, locked into a sandbox.

The sandbox comes with the document, whoever embeds or opens it: an origin of its own without cookies, and no way out: nothing is
fetched, sent, opened or navigated. Scripts run, since figures need them.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from jupyter_runt.errors import NotFound
from jupyter_runt.events.codec import inline
from jupyter_runt.notebook import markup
from jupyter_runt.server.access import may
from jupyter_runt.server.api.serving import SCRIPTS_SANDBOX
from jupyter_runt.server.pages.page import HumanFace
from jupyter_runt.store.base import Store

POLICY = f"{SCRIPTS_SANDBOX}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
FRAMED = ("text/html", "image/svg+xml", "text/markdown")
"""The types that are shown in a frame, the best first; web/outputs.js has the same order."""
HOLDERS = ("output.added", "display.updated")

# Tells the page how high the content is, and what the sandbox refused. It stands first: what follows may be cut off anywhere.
SCRIPT = """\
(() => {
  const tell = (message) => parent.postMessage({ runt: "output", ...message }, "*");
  let told = -1;
  const measure = () => {
    const body = document.body;
    if (!body) return;
    const height = Math.ceil(Math.max(body.offsetTop + body.offsetHeight, body.offsetTop + body.scrollHeight));
    if (height !== told) tell({ height: (told = height) });
  };
  addEventListener("securitypolicyviolation", (event) => tell({ blocked: event.blockedURI || event.effectiveDirective }));
  addEventListener("DOMContentLoaded", () => {
    new ResizeObserver(measure).observe(document.body);
    new MutationObserver(measure).observe(document.body, { childList: true, subtree: true, attributes: true });
    measure();
  });
  addEventListener("load", () => { measure(); tell({ loaded: true }); });
})();
"""
STYLE = """\
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
html, body { margin: 0; }
body > :first-child { margin-top: 0; }
body > :last-child { margin-bottom: 0; }
body { padding: 1px; overflow-x: auto; overflow-y: hidden; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: 13px; overflow-wrap: normal; }
th, td { padding: 4px 10px; text-align: right; border: 0; }
thead { border-bottom: 1px solid #8888; }
tbody tr:nth-child(even) { background: #8881; }
img, svg { max-width: 100%; height: auto; }
pre, code { font-family: ui-monospace, monospace; font-size: 13px; }
a { color: light-dark(#0b57d0, #8ab4f8); }
"""
PICTURE = "svg { display: block; background: #fff; color: #000; }"


class OutputHandler(HumanFace):
    """The output that the event numbered `seq` holds."""

    @may("read")
    async def get(self, run_id: str, seq: str) -> None:
        text = await self.context.slow(document, self.client.store, run_id, int(seq))
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "private, no-cache")  # another run may have this id after a removal
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(text)


def document(store: Store, run_id: str, seq: int) -> bytes:
    """The HTML document. NotFound when that event holds nothing of the kind, RunNotFound."""
    events = store.read(run_id, seq - 1, 1) if seq else []
    store.run(run_id)
    data: Any = {}
    if events and events[0].seq == seq and events[0].type in HOLDERS:
        held = inline(events[0], store.blob).data
        data = held.get("output", held).get("data")
    mime = next((each for each in FRAMED if isinstance(data, Mapping) and each in data), None)
    if mime is None:
        raise NotFound(f"Event {seq} of run {run_id} holds no HTML, SVG or markdown.")
    value = data[mime]
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    style = STYLE
    if mime == "text/markdown":
        text = markup.markdown(text)
    elif mime == "image/svg+xml":
        text, style = _without_prolog(text), STYLE + PICTURE
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(f"Output {seq} of {run_id}")}</title>'
        f"<style>{style}</style><script>{SCRIPT}</script></head><body>{text}"
    )
    return page.encode("utf-8", "replace")


def _without_prolog(text: str) -> str:
    """An SVG file's XML declaration and doctype mean nothing inside HTML."""
    start = text.find("<svg")
    return text[start:] if start > 0 else text
