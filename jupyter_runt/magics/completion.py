"""What can stand at the cursor in a line of `%runt`: commands, options, notebooks, parameters, runs."""

from __future__ import annotations

import argparse
import functools
import importlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from jupyter_runt.client.base import Client
from jupyter_runt.errors import RuntError
from jupyter_runt.magics import dispatch, shell, words
from jupyter_runt.magics.connection import OPTIONS, connections
from jupyter_runt.magics.typed import quoted, read
from jupyter_runt.notebook import library
from jupyter_runt.store.base import RunFilter

MOST_RUNS, MOST_FILES = 50, 500
"""That are offered at once."""
SECONDS = 1.0
"""For a server's answer: it may be slow or gone, and whoever has pressed Tab waits, and the kernel with them."""
RUNS = ("RUN",)
NOTEBOOKS = ("NOTEBOOK", "IN", "FILE")
SCHEDULES = ("schedule", "schedules")
"""What positional arguments are called that take a run, or a notebook's file."""
TEMPLATES = ("run", "sweep", "params", "schedule")
"""Commands that also take a template's name."""
_NEEDED = (
    "client.catalogue",
    "client.local",
    "client.rows",
    "notebook.parameters",
    "notebook.yaml_format",
    "store.sqlite",
)
FILES = ("cwd", "env_file", "token_file", "output")


def complete(context: Any) -> Any:
    """IPython's second matcher interface: the completions of the word before the cursor, and none of anybody else."""
    from IPython.core.completer import SimpleCompletion

    typed = read(context.line_with_cursor[: context.cursor_position])
    if typed is None or typed.is_python:
        return {"completions": []}
    found: list[str] = []
    with suppress(RuntError, OSError, ValueError):  # no store, no such folder, a character that no path can hold
        found = candidates([_plain(each) for each in typed.words], typed.beginning)
    texts = [quoted(text, typed) for text in found if text.startswith(typed.beginning)]
    completions = [SimpleCompletion(text, type="runt") for text in texts if text is not None]
    return {"completions": completions, "suppress": True, "matched_fragment": typed.word, "ordered": True}


def _plain(word: str) -> str:
    """What a finished word means; a variable's value if it is nothing more, for expressions are not ours to evaluate now."""
    names = getattr(shell.shell(), "user_ns", {})
    try:
        return words.split(word, lambda expression: names[expression])[0]
    except (RuntError, IndexError):
        return word


def _in_time(question: Callable[[], Any]) -> Any:
    """Its answer. TimeoutError: there is none in time, or it is an error."""
    found: list[Any] = []

    def look() -> None:
        with suppress(RuntError, OSError):
            found.append(question())

    thread = threading.Thread(target=look, name="jupyter-runt completion", daemon=True)
    thread.start()
    thread.join(SECONDS)
    if not found:
        raise TimeoutError
    return found[0]


def candidates(given: list[str], word: str) -> list[str]:
    """What could stand behind these words; `word` is its beginning. RuntError, OSError, ValueError: it cannot be known now."""
    if not given:
        return list(dispatch.NAMES)
    if given[0] not in dispatch.NAMES:
        return []
    line = _Line(given[0], given[1:])
    if line.open is not None:
        return line.values(word)
    if word.startswith("-"):
        return line.options
    action = line.next
    if action is not None and action.choices is not None:
        return list(action.choices)
    if action is not None and action.dest in SCHEDULES:
        return line.schedules()
    if action is not None and action.metavar in RUNS:
        return line.runs(word)
    if action is not None and action.metavar in NOTEBOOKS:
        return line.notebooks(word)
    if action is not None and action.metavar == "OUT":
        return list(_files(word, ()))
    return line.options if action is None else []


class _Line:
    """The words behind a command, as far as its parser would understand them."""

    def __init__(self, name: str, given: list[str]) -> None:
        self.name = name
        self.parser, given = _innermost(_parser(name), given)
        self.places: list[str] = []
        """Words that belong to no option."""
        self.given: dict[str, list[str]] = {}
        """Values of options by their destination."""
        self.open: argparse.Action | None = None
        """The option whose value is to come."""
        words_left = iter(given)
        for word in words_left:
            option, equals, text = word.partition("=")
            action = self.parser._option_string_actions.get(option if equals else word)
            if action is None:
                self.places.append(word)
                continue
            wanted = action.nargs if isinstance(action.nargs, int) else 1
            found = [text] if equals else list(islice(words_left, wanted))
            self.given.setdefault(action.dest, []).extend(found)
            if len(found) < wanted:
                self.open, self.missing = action, wanted - len(found)

    @property
    def options(self) -> list[str]:
        return sorted(
            option
            for option, action in self.parser._option_string_actions.items()
            if option.startswith("--") and action.help != argparse.SUPPRESS
        )

    @property
    def next(self) -> argparse.Action | None:
        """What the next word without an option is."""
        room = self.places
        for action in self.parser._get_positional_actions():
            if action.nargs in ("*", "+") or not room:
                return action
            room = room[1:]
        return None

    @property
    def app(self) -> Any:
        """The store or server that the line names, or the chosen one."""
        named = {name: values[-1] for name, values in self.given.items() if name in OPTIONS and values}
        store = named.get("store", "").removeprefix("sqlite:///")
        if store and not os.path.exists(store):  # looking would make it
            raise FileNotFoundError(store)
        return connections.app(argparse.Namespace(**named))

    def ask(self, question: Callable[[Client], Any]) -> Any:
        app = self.app
        return question(app.client) if app.at_hand is not None else _in_time(lambda: question(app.client))

    def values(self, word: str) -> list[str]:
        """Of the open option."""
        action = self.open
        assert action is not None
        if action.choices is not None:
            return list(action.choices)
        if action.dest == "layers" and action.const != "file":
            return self.parameters() if action.nargs == 2 and self.missing == 2 else []
        if action.dest == "runtime":
            return [each["name"] for each in self.ask(lambda client: client.runtimes())]
        if action.dest == "before":
            return self.runs(word)
        if action.dest == "result" and self.name == "show":
            return [each["name"] for each in self.run(self.places[0] if self.places else "last")["results"]]
        return list(_files(word, ())) if action.dest in (*FILES, "layers") else []

    def run(self, name: str) -> Any:
        """A run's view."""
        return self.ask(lambda client: client.show(client.find(name)))

    def runs(self, word: str) -> list[str]:
        found = self.ask(lambda client: client.rows(RunFilter(id=word, limit=MOST_RUNS)))
        return [name for name in ("last", *(row.run_id for row in found)) if name not in self.places]

    def schedules(self) -> list[str]:
        found = self.ask(lambda client: client.schedules())
        return [each["schedule_id"] for each in found if each["schedule_id"] not in self.places]

    def notebooks(self, word: str) -> list[str]:
        found = list(_files(word, library.SUFFIXES))
        if self.name not in TEMPLATES or os.sep in word:
            return found
        return [*found, *(name for name in self.templates() if name not in found)]

    def templates(self) -> list[str]:
        """Names alone, at hand: reading all notebooks would take longer than a person waits for completion."""
        app = self.app
        if app.at_hand is None:
            return [each["name"] for each in self.ask(lambda client: client.templates())]
        return library.template_names(app.settings.template_folders)

    def parameters(self) -> list[str]:
        """The names that the line's notebook declares, without those that have a value already."""
        layers = self.given.get("layers", [])
        return [name for name in self._declared() if name not in layers]

    def _declared(self) -> list[str]:
        from jupyter_runt.notebook import parameters

        if not self.places:
            return []
        place = self.places[0]
        if self.name == "rerun":
            return list(self.run(place)["parameters"])
        if os.path.isfile(place):
            return [each["name"] for each in parameters.described(library.load(place))]
        return [each["name"] for each in self.ask(lambda client: client.template(place))["parameters"]]


@functools.cache
def _parser(name: str) -> argparse.ArgumentParser:
    return dispatch.parser(name)


def _innermost(parser: argparse.ArgumentParser, given: list[str]) -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser of a command's action, as of `schedule show`, and the words behind it."""
    for action in parser._get_positional_actions():
        if isinstance(action, argparse._SubParsersAction) and given and given[0] in action.choices:
            return action.choices[given[0]], given[1:]
    return parser, given


def _files(word: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Paths that begin with the word: folders, and files with one of the suffixes."""
    folder, slash, beginning = word.rpartition("/")
    with os.scandir(os.path.expanduser(f"{folder}{slash}") or ".") as entries:
        listed = sorted(
            (entry for entry in entries if entry.name.startswith(beginning) and (beginning or entry.name[0] != ".")),
            key=lambda entry: entry.name,
        )
    wanted = (entry for entry in listed if entry.is_dir() or not suffixes or entry.name.endswith(suffixes))
    for entry in islice(wanted, MOST_FILES):
        yield f"{folder}{slash}{entry.name}" + ("/" if entry.is_dir() else "")


def warm() -> None:
    """Imports what completions of every kind need."""
    for name in _NEEDED:
        importlib.import_module(f"jupyter_runt.{name}")
    for name in dispatch.NAMES:
        _parser(name)
