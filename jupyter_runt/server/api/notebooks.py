"""`GET …/notebook`: a run's notebook as far as it has come; `POST runt/api/convert` and `…/validate`: notebooks that are no runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

from tornado.iostream import StreamClosedError

from jupyter_runt.client import export
from jupyter_runt.errors import NotebookError, Refused, RuntError, UsageError
from jupyter_runt.notebook import conventions, features, library, parameters, yaml_revision
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.server.access import may
from jupyter_runt.server.api import given, serving
from jupyter_runt.server.base import RuntHandler
from jupyter_runt.store import history
from jupyter_runt.store.base import Store

PIECE = 256 * 1024
"""Characters that are written at once: what a slow client makes this server hold."""
TYPES = {
    "ipynb": "application/x-ipynb+json",
    "yaml": "application/yaml; charset=utf-8",
    "html": "text/html; charset=utf-8",
}
SUFFIXES = {"ipynb": ".ipynb", "yaml": ".yml", "html": ".html"}


class RunNotebookHandler(RuntHandler):
    """A run's notebook with its outputs, streamed: a client that is slow, or gone, costs one piece."""

    @may("read")
    async def get(self, run_id: str) -> None:
        asked = self.query()
        form = asked["format"]
        name, pieces = await self.context.slow(_opened, self.client.store, run_id, form)
        first = await self.call(_next_piece, pieces)  # what goes wrong up to here is an answer
        self.set_header("Content-Type", TYPES[form])
        self.set_header("Content-Security-Policy", serving.SCRIPTS_SANDBOX if form == "html" else serving.SANDBOX)
        kind = "attachment" if asked["download"] else "inline"
        self.set_header("Content-Disposition", serving.disposition(kind, name + SUFFIXES[form]))
        try:
            piece = first
            while piece:
                self.write(piece)
                await self.flush()
                piece = await self.call(_next_piece, pieces)
        except StreamClosedError:
            return
        except RuntError as error:
            # A proper end would make a whole file of what is none: the connection is cut instead.
            self.log.warning("runt: run %s went while its notebook was read: %s", run_id, error.message)
            self.request.connection.stream.close()  # type: ignore[union-attr]
            return
        self.finish()


class ConvertHandler(RuntHandler):
    """YAML to .ipynb and back, nothing lost."""

    @may("read")
    async def post(self) -> None:
        body = await self.body()
        self.reply(await self.context.slow(_converted, body))


class ValidateHandler(RuntHandler):
    """Every fault of a notebook, with its place."""

    @may("read")
    async def post(self) -> None:
        body = await self.body()
        problems = await self.context.slow(_problems, body)
        self.reply({"valid": not problems, "problems": problems})


def _opened(store: Store, run_id: str, form: str) -> tuple[str, Iterator[str]]:
    """The file's name without a suffix, and its text in pieces."""
    found = export.Export(run_id, history.events(store, run_id), store.blob)
    name = PurePath(found.state.name).name
    for suffix in (*library.SUFFIXES, ".nb"):
        name = name.removesuffix(suffix)
    if form == "ipynb":
        return name or run_id, found.ipynb()
    if found.document.size > serving.LARGEST:
        raise Refused(
            f"The outputs of run {run_id} have {found.document.size >> 20} MiB: too much for one {form} file.",
            remedy="Ask for format=ipynb, which comes in pieces, or for the cells one by one.",
        )
    text = export.html(found) if form == "html" else library.dump(found.with_outputs(), ".yml", outputs=True)
    return name or run_id, (text[start : start + PIECE] for start in range(0, len(text), PIECE))


def _next_piece(pieces: Iterator[str]) -> bytes:
    """About `PIECE` characters; nothing at the end."""
    taken, size = [], 0
    for piece in pieces:
        taken.append(piece)
        size += len(piece)
        if size >= PIECE:
            break
    return "".join(taken).encode("utf-8", "replace")


def _converted(body: dict[str, Any]) -> dict[str, Any]:
    if "base" in body:
        return _revised(body)
    notebook, to = given.read(body["notebook"], body.get("name")), body["to"]
    if body.get("conventional"):
        notebook = conventions.usual(notebook, to)
    text = library.dump(notebook, SUFFIXES[to], outputs=body.get("outputs"))
    if to == "yaml" or body.get("as_text"):
        return {"format": to, "notebook": text}
    # NaN in an output of a YAML file is no JSON.
    return {"format": to, "notebook": json.loads(text, parse_constant=lambda name: None)}


def _revised(body: dict[str, Any]) -> dict[str, Any]:
    """A YAML file after an edit of the notebook that was made of it."""
    if body["to"] != "yaml" or not isinstance(body["notebook"], dict):
        raise UsageError("`base` goes with a `notebook` that is an object, and with `to: yaml`", remedy="leave it out")
    base = body["base"]
    found = yaml_revision.revise(
        base["text"], base["notebook"], body["notebook"], body.get("name") or "notebook.nb.yml"
    )
    return {"format": "yaml", "notebook": found.text, "anew": found.anew, "comments_lost": found.comments_lost}


def _problems(body: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        notebook: Notebook = given.read(body["notebook"], body.get("name"))
    except NotebookError as error:
        return [asdict(problem) for problem in error.problems]
    return [asdict(problem) for problem in (*parameters.schema_problems(notebook), *features.unsupported(notebook))]
