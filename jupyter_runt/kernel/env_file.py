"""Files of `NAME=value` lines, which a run adds to its kernel's environment."""

from __future__ import annotations

from pathlib import Path

from jupyter_runt.errors import ParameterError


def read_env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines as of a shell: comments, blank lines, `export`, single and double quotes."""
    import shlex

    found = {}
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"The environment file {path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise ParameterError(
                f"{path}:{number}: {error}", remedy="A line is NAME=value, quoted where need be."
            ) from error
        for word in words:
            name, equals, value = word.partition("=")
            if equals:
                found[name] = value
            elif word != "export":
                raise ParameterError(f"{path}:{number}: {word!r} is no NAME=value")
    return found
