"""The options that say what a run shall be: shared by execute, submit, run and rerun."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_runt.errors import ParameterError, UsageError

_SHIELD = "\0"
"""Stands before a value that argparse would take for an option; no argument of a process can hold this character."""


class Value(str):
    """A word that stands for a value that is there already: a variable of the notebook in which `%runt` was written."""

    value: Any

    def __new__(cls, text: str, value: Any) -> Value:
        made = super().__new__(cls, text)
        made.value = value
        return made


def shielded(arguments: Sequence[str]) -> list[str]:
    """The arguments, with values of `-p` and `-r` that begin with a dash protected: `-p shift -1e3`, `-r flags --fast`."""
    found, at = list(arguments), 0
    while at < len(found):
        if found[at] not in ("-p", "--parameter", "-r", "--raw"):
            at += 1
            continue
        if found[at + 2 : at + 3] and found[at + 2][:1] in ("-", _SHIELD):
            found[at + 2] = _shield(found[at + 2])
        at += 3  # its name and its value are no options
    return found


def _shield(word: str) -> str:
    return word if isinstance(word, Value) else _SHIELD + word


def _bare(word: str) -> str:
    """Without its shield; a value stays one."""
    found = word.removeprefix(_SHIELD)
    return Value(found, word.value) if isinstance(word, Value) else found


class _Layer(argparse.Action):
    """Collects `-p`, `-r`, `-f` and `-y` in their order: files come before single values, later ones win."""

    def __call__(self, parser: Any, namespace: Any, given: Any, option: str | None = None) -> None:
        given = _bare(given) if isinstance(given, str) else [_bare(word) for word in given]
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest, None) or []), (self.const, given)])


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """Parameter values."""
    group = parser.add_argument_group("parameters")
    group.add_argument("-p", "--parameter", nargs=2, metavar=("NAME", "VALUE"), action=_Layer, dest="layers", const="value",
                       help="a value, read as YAML: -p size 10, -p names '[a, b]'")  # fmt: skip
    group.add_argument("-r", "--raw", nargs=2, metavar=("NAME", "TEXT"), action=_Layer, dest="layers", const="raw",
                       help="a value that is text as it stands")  # fmt: skip
    group.add_argument("-f", "--parameters-file", metavar="FILE", action=_Layer, dest="layers", const="file",
                       help="values from a .yml or .json file")  # fmt: skip
    group.add_argument("-y", "--parameters-yaml", metavar="YAML", action=_Layer, dest="layers", const="yaml",
                       help="values as YAML text: -y '{size: 10, name: x}'")  # fmt: skip
    group.add_argument(
        "--env-file",
        metavar="PATH",
        help="NAME=value lines for the kernel's environment and for ${NAME}; with --server a path there",
    )


def add_run(parser: argparse.ArgumentParser, *, scheduled: bool = False) -> None:
    """Everything else that a run is made of. Of `scheduled` ones there are many, and nobody is there to be asked."""
    group = parser.add_argument_group("the run")
    group.add_argument(
        "-k", "--kernel", "--runtime", dest="runtime", metavar="NAME", help="the runtime, instead of the notebook's"
    )
    group.add_argument(
        "--cwd",
        metavar="DIR",
        help="the kernel's working directory (default: the notebook's folder); with --server a folder there, by default the server's root",
    )
    if not scheduled:
        group.add_argument("--id", metavar="ID", help="the run's id, instead of a made one")
    group.add_argument("--run-timeout", metavar="TIME", help="end the run after this time: 90, 90s, 10m, 1h")
    group.add_argument("--cell-timeout", metavar="TIME", help="end any cell after this time")
    group.add_argument("--keep-going", action="store_true", help="go on after a failing cell")
    group.add_argument(
        "--input",
        choices=("fail", "wait") if scheduled else ("ask", "fail", "wait"),
        help=f"what input() does (default: {'as the notebook says, else' if scheduled else 'ask on a terminal, else'} fail)",
    )
    group.add_argument(
        "--answer", action="append", default=[], metavar="TEXT", help="answer to the next input(); repeatable"
    )
    group.add_argument("--skip-unsupported", action="store_true", help="run without what this release does not support")
    group.add_argument(
        "--label", action="append", default=[], metavar="K=V", help="a label, to find the run by; repeatable"
    )


def add_queue(parser: argparse.ArgumentParser) -> None:
    """How a run stands in the queue."""
    group = parser.add_argument_group("the queue")
    group.add_argument("--priority", type=int, default=0, metavar="N", help="higher ones run first (default 0)")
    group.add_argument(
        "--idempotency-key", metavar="KEY", help="submit once: a second submit with this key gives the first run"
    )
    group.add_argument("--no-worker", action="store_true", help="start no worker when none lives")


def layers(args: argparse.Namespace) -> list[dict[str, Any]]:
    """The parameter layers in the order of their precedence: files, then YAML texts, then single values."""
    from jupyter_runt.notebook import parameters

    given: list[tuple[str, Any]] = args.layers or []
    found = [parameters.parse_layer(_read(path), path) for kind, path in given if kind == "file"]
    found += [
        text.value if isinstance(text, Value) else parameters.parse_layer(text, "-y")
        for kind, text in given
        if kind == "yaml"
    ]
    for kind, pair in given:
        if kind in ("value", "raw"):
            found.append({pair[0]: value_of(pair[1], raw=kind == "raw")})
    return found


def value_of(word: str, *, raw: bool) -> Any:
    """What the word of a `-p`, or of a `raw` one, `-r`, means."""
    from jupyter_runt.notebook import parameters

    if isinstance(word, Value):
        return str(word.value) if raw else word.value
    return word if raw else parameters.parse_value(word)


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: the parameters cannot be read: it is not UTF-8 text") from error
    except (OSError, ValueError) as error:  # a path with a NUL is a ValueError
        reason = error.strerror if isinstance(error, OSError) else error
        raise ParameterError(f"{path}: the parameters cannot be read: {reason}") from error


def labels(texts: Sequence[str]) -> dict[str, str]:
    """`K=V` texts as a map."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--label {text!r} is not K=V.")
        found[name] = value
    return found


def seconds(option: str, text: str | None) -> float | None:
    """A duration option in seconds."""
    from jupyter_runt.notebook import durations

    if text is None:
        return None
    try:
        found = durations.seconds(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r}: {error}") from error
    if found <= 0:
        raise UsageError(f"{option} {text!r}: the time must be more than 0.")
    return found


def load(name: str, template_folders: Sequence[str]) -> Any:
    """The notebook that NOTEBOOK means: a path, `-` for standard input, else a template's name."""
    from jupyter_runt.notebook import library

    if name == "-":
        return library.load("-", sys.stdin.buffer.read())
    return library.load(library.find(name, template_folders))


def request_options(args: argparse.Namespace) -> dict[str, Any]:
    """The keyword arguments of a Request that these options give."""
    return {
        "layers": layers(args),
        "runtime": args.runtime,
        "cwd": args.cwd,
        "run_timeout": seconds("--run-timeout", args.run_timeout),
        "cell_timeout": seconds("--cell-timeout", args.cell_timeout),
        "keep_going": args.keep_going or None,
        "answers": tuple(args.answer),
        "env_file": args.env_file,
        "skip_unsupported": args.skip_unsupported,
        "labels": labels(args.label),
    }
