"""Which server a command is to ask, and with which token: never from the arguments if it can be helped, never printed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_runt.cli.arguments import conceal
from jupyter_runt.errors import UsageError

SERVER, TOKEN, TOKEN_FILE = "JUPYTER_RUNT_SERVER", "JUPYTER_RUNT_TOKEN", "JUPYTER_RUNT_TOKEN_FILE"
"""Variables. `JUPYTER_TOKEN` is not among them: it is the token of the server that is started here, and no other one's to know."""

HOW = f"Give it in {TOKEN}, or in a file that --token-file or {TOKEN_FILE} names."


@dataclass(frozen=True, slots=True)
class Chosen:
    """A server's URL without a token, and the token; '' for none."""

    url: str
    token: str = field(repr=False)
    named_by: str
    """The option or variable."""


def add(parser: argparse.ArgumentParser, *, hidden: bool = False) -> None:
    """`--server` and `--token-file`."""
    server = (
        "a Jupyter server with jupyter-runt, instead of a store: https://HOST/BASE/ (default: $JUPYTER_RUNT_SERVER)"
    )
    file = "a file with the server's token (default: $JUPYTER_RUNT_TOKEN, else the file $JUPYTER_RUNT_TOKEN_FILE)"
    parser.add_argument("--server", metavar="URL", help=argparse.SUPPRESS if hidden else server)
    parser.add_argument("--token-file", metavar="FILE", help=argparse.SUPPRESS if hidden else file)


def chosen(args: argparse.Namespace, environ: Mapping[str, str]) -> Chosen | None:
    """The server that the options or the environment name; None where a store is meant: `--store` wins over variables.

    A token inside the URL, as people paste it, is taken out of it, of `args` and of what `ps` shows.
    """
    from_option = args.server is not None
    if from_option and args.store is not None:
        raise UsageError("--store and --server exclude each other.", remedy="Name the one where the runs are.")
    text = args.server if from_option else environ.get(SERVER) or None
    if text is None or (not from_option and args.store is not None):
        return None
    from jupyter_runt.client.remote.address import split_token

    url, pasted = split_token(text)
    if from_option:
        args.server = url  # whatever is said from now on
    if from_option and pasted:
        conceal([pasted])
        print(
            "warning: a token among the arguments is visible to others on this machine for a moment, and stays in the shell's "
            f"history. {HOW}",
            file=sys.stderr,
        )
    return Chosen(url, _token(args, pasted, environ), "--server" if from_option else SERVER)


def repeated(args: argparse.Namespace) -> str:
    """The options with which another command finds the same server."""
    server = f" --server {args.server}" if args.server else ""
    return server + (f" --token-file {args.token_file}" if args.token_file else "")


def _token(args: argparse.Namespace, pasted: str, environ: Mapping[str, str]) -> str:
    known: str | None = getattr(args, "token", None)
    if known:  # somebody has been asked for it
        found, source = known, "the prompt"
    elif args.token_file:
        found, source = _read(args.token_file), args.token_file
    elif pasted:
        found, source = pasted, "the URL"
    elif TOKEN in environ:
        found, source = environ[TOKEN].strip(), TOKEN
    elif environ.get(TOKEN_FILE):
        found, source = _read(environ[TOKEN_FILE]), environ[TOKEN_FILE]
    else:
        return ""
    if not (found.isascii() and found.isprintable()):
        raise UsageError(f"The token in {source} cannot be one: tokens are printable ASCII on one line.")
    return found


def _read(path: str) -> str:
    try:
        return Path(path).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "it is no text"
        raise UsageError(f"{path}: the token cannot be read: {reason}") from error
