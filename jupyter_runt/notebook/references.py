"""References in parameter values: `${VAR}`, `${VAR:-default}`, `${file:PATH}`; resolved where the kernel starts.

`$${` stands for a literal `${`. References are found in texts, also inside lists and mappings; keys are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_runt.errors import ParameterError
from jupyter_runt.notebook.values import shorten

BUILTINS = ("DATE", "RUN_ID")
MASK = "********"

# An escape, a reference, or an opening that is neither: one pass finds them all in order.
_TOKEN = re.compile(
    r"\$\$\{|\$\{(?:file:(?P<file>[^{}]+)|(?P<name>[A-Za-z_]\w*)(?P<default>:-[^{}]*)?)\}|\$\{", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference; `name` is a variable's or a file's path, `default` None when the reference gives none."""

    kind: Literal["variable", "file"]
    name: str
    default: str | None = None

    def __str__(self) -> str:
        if self.kind == "file":
            return f"${{file:{self.name}}}"
        return f"${{{self.name}}}" if self.default is None else f"${{{self.name}:-{self.default}}}"


def references(value: Any) -> Iterator[Reference]:
    """All references in a value, in order. Raises ParameterError for a `${` that begins none."""
    for text in _texts(value):
        for part in split(text):
            if isinstance(part, Reference):
                yield part


def has_references(value: Any) -> bool:
    """Whether resolving could change the value (or fail)."""
    return any("${" in text for text in _texts(value))


def split(text: str) -> list[str | Reference]:
    """A text as literal parts, escapes undone, and references."""
    parts: list[str | Reference] = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match["file"] is not None:
            parts.append(Reference("file", match["file"].strip()))
        elif match["name"] is not None:
            default = match["default"]
            parts.append(Reference("variable", match["name"], None if default is None else default[2:]))
        elif match[0] == "$${":
            parts.append("${")
        else:
            # The text may be a secret: only what follows the opening is shown.
            message = f"{shorten(text[match.start() :], 24)!r} is no reference"
            remedy = "write ${NAME}, ${NAME:-default} or ${file:PATH}; a literal ${ is written $${"
            raise ParameterError(message, remedy=remedy)
    parts.append(text[end:])
    return [part for part in parts if part != ""]


def resolve(
    value: Any,
    environment: Mapping[str, str],
    read_file: Callable[[str], str],
    builtins: Mapping[str, str],
) -> Any:
    """The value with every reference replaced by its text. Raises ParameterError naming what is missing.

    A default holds for an unset and for an empty variable. One newline at a file's end is not part of its text.
    """
    if isinstance(value, Mapping):
        return {key: resolve(item, environment, read_file, builtins) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, environment, read_file, builtins) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value

    def text_of(part: str | Reference) -> str:
        if isinstance(part, str):
            return part
        if part.kind == "file":
            return _content(part.name, read_file)
        found = builtins.get(part.name, environment.get(part.name))
        if part.default is not None:
            return found or part.default
        if found is None:
            raise ParameterError(
                f"the environment variable {part.name} is not set",
                remedy=f"set it, give --env-file, or write ${{{part.name}:-default}}",
            )
        return found

    return "".join(map(text_of, split(value)))


def missing(value: Any, names: Collection[str]) -> list[str]:
    """The variables that the value needs, that have no default and are not in `names`: for a check before the run."""
    needed = (ref.name for ref in references(value) if ref.kind == "variable" and ref.default is None)
    return [name for name in dict.fromkeys(needed) if name not in names and name not in BUILTINS]


def single(value: Any) -> bool:
    """Whether the value is one reference and nothing else."""
    return isinstance(value, str) and value.startswith("${") and len(split(value)) == 1


def masked(value: Any) -> Any:
    """A secret's value as it may be stored: its references, everything literal in it masked, defaults too."""
    if value is None or value == "":
        return value
    if not isinstance(value, str):
        return MASK
    try:
        parts = split(value)
    except ParameterError:
        return MASK
    return "".join(MASK if isinstance(part, str) else str(_without_default(part)) for part in parts)


def _without_default(reference: Reference) -> Reference:
    return Reference(reference.kind, reference.name, MASK) if reference.default else reference


def _content(path: str, read_file: Callable[[str], str]) -> str:
    try:
        text = read_file(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ParameterError(f"the file {path!r} of a parameter cannot be read: {reason}") from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"the file {path!r} of a parameter is not UTF-8 text") from error
    return text.removesuffix("\n").removesuffix("\r")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
