"""What can stand at the cursor in a line of `%runt`: commands, options, notebooks, parameters, runs."""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from jupyter_runt.errors import RuntError
from jupyter_runt.magics import dispatch
from jupyter_runt.magics.connection import NOTHING, connections
from jupyter_runt.notebook import library
from jupyter_runt.store.base import RunFilter

MOST = 50
"""Runs and files that are offered at once."""
TAKING_A_NOTEBOOK = ("run", "sweep", "params", "convert", "validate")
TAKING_A_RUN = (
    "show",
    "follow",
    "rerun",
    "reply",
    "cancel",
    "interrupt",
    "kill",
    "pause",
    "resume",
    "pin",
    "unpin",
    "rm",
    "export",
)
PARAMETER = ("-p", "--parameter", "-r", "--raw")
_MAGIC = re.compile(r"%{1,2}runt(?=\s|$)")


def complete(context: Any) -> Any:
    """IPython's second matcher interface: the completions of the word before the cursor, and none of anybody else."""
    from IPython.core.completer import SimpleCompletion

    line = context.line_with_cursor
    before = line[: context.cursor_position]
    *_, typed = _MAGIC.split(before)
    if typed == before or not typed:
        return {"completions": []}
    *words, word = typed.replace("\t", " ").split(" ")
    if word.startswith(("$", "{")):  # Python's own business
        return {"completions": []}
    found = candidates([each for each in words if each], word)
    completions = [SimpleCompletion(text, type="runt") for text in found if text.startswith(word)]
    return {"completions": completions, "suppress": True, "matched_fragment": word, "ordered": True}


def candidates(words: list[str], word: str) -> list[str]:
    """What could stand behind these words; `word` is its beginning. Nothing where that cannot be known now."""
    if not words:
        return list(dispatch.NAMES)
    name, *given = words
    if name not in dispatch.NAMES:
        return []
    if word.startswith("-"):
        return sorted(_options(name))
    with suppress(RuntError, OSError):
        if given and given[-1] in PARAMETER:
            return _parameters(name, given)
        action = _expecting(name, given)
        if action is not None:
            return _values(action, word)
        if name in TAKING_A_NOTEBOOK:
            return _notebooks(word, templates=name in ("run", "sweep", "params"))
        if name in TAKING_A_RUN:
            return _runs(word)
    return []


@functools.cache
def _options(name: str) -> dict[str, argparse.Action]:
    actions = dispatch.parser(name)._actions
    return {
        option: action
        for action in actions
        for option in action.option_strings
        if option.startswith("--") and action.help != argparse.SUPPRESS
    }


def _expecting(name: str, given: list[str]) -> argparse.Action | None:
    """The option that the cursor's word is the value of."""
    for action in dispatch.parser(name)._actions:
        if given and given[-1] in action.option_strings and action.nargs != 0:
            return action
    return None


def _values(action: argparse.Action, word: str) -> list[str]:
    if action.choices is not None:
        return list(action.choices)
    if action.dest == "runtime":
        return [each["name"] for each in connections.app(NOTHING).client.runtimes()]
    if action.dest == "before":
        return _runs(word)
    if action.dest in ("cwd", "env_file", "token_file", "layers"):
        return list(_files(word, ()))
    return []


def _runs(word: str) -> list[str]:
    client = connections.app(NOTHING).client
    return ["last", *(row.run_id for row in client.rows(RunFilter(id=word, limit=MOST)))]


def _notebooks(word: str, *, templates: bool) -> list[str]:
    files = list(_files(word, library.SUFFIXES))
    if not templates or os.sep in word:
        return files
    return [*files, *(name for name in _templates() if name not in files)]


def _templates() -> list[str]:
    """Names alone, at hand: reading all notebooks would take longer than a person waits for completion."""
    app = connections.app(NOTHING)
    if app.at_hand is None:
        return [each["name"] for each in app.client.templates()]
    return library.template_names(app.settings.template_folders)


def _files(word: str, suffixes: tuple[str, ...]) -> Iterable[str]:
    """Paths that begin with the word: folders, and files with one of the suffixes."""
    folder, _, beginning = word.rpartition("/")
    place = os.path.expanduser(f"{folder}/") if folder or word.startswith("/") else "."
    with os.scandir(place) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if not entry.name.startswith(beginning) or (entry.name.startswith(".") and not beginning):
            continue
        path = f"{folder}/{entry.name}" if "/" in word else entry.name
        if entry.is_dir():
            yield f"{path}/"
        elif not suffixes or entry.name.endswith(suffixes):
            yield path


def _parameters(name: str, given: list[str]) -> list[str]:
    """The names that the notebook of this line declares, without those that have a value already."""
    taken = {word for option, word in itertools.pairwise(given) if option in PARAMETER}
    return [each for each in _declared(name, given) if each not in taken]


def _declared(name: str, given: list[str]) -> list[str]:
    from jupyter_runt.notebook import parameters

    client = connections.app(NOTHING).client
    if name == "rerun":
        return list(client.show(client.find(given[0]))["parameters"])
    notebook = next((word for word in given if os.path.isfile(word)), None)
    if notebook is not None:
        return [each["name"] for each in parameters.described(library.load(notebook))]
    known = set(_templates())
    template = next((word for word in given if word in known), None)
    return [] if template is None else [each["name"] for each in client.template(template)["parameters"]]
