"""`connect`: which server, or store, `%runt` uses."""

from __future__ import annotations

import argparse
import getpass
from contextlib import suppress

from jupyter_runt.cli import server_options
from jupyter_runt.cli.context import App
from jupyter_runt.client import login, servers
from jupyter_runt.client.remote.address import Address, split_token
from jupyter_runt.errors import AccessDenied, RuntError
from jupyter_runt.magics import shell
from jupyter_runt.magics.connection import NOTHING, Connections, connections

LOOPBACK = ("localhost", "127.0.0.1", "::1")

EXAMPLES = (
    "%runt connect https://jupyter.example/user/ada/ --token-file ~/.jupyter-token\n"
    "  %runt connect --store sqlite:////srv/runt/store.sqlite\n"
    "  %runt connect --here                 # back to what the environment says\n"
    "  %runt connect                        # where to?"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", nargs="?", metavar="URL", help="a Jupyter server with jupyter-runt: https://HOST/BASE/")
    parser.add_argument("--token-file", metavar="FILE", help=f"a file with the server's token (default: ${server_options.TOKEN}; "
                        "without one it is that of your own server, or asked for)")  # fmt: skip
    parser.add_argument("--store", metavar="URL", help="a store, as sqlite:///PATH")
    parser.add_argument("--here", action="store_true", help="what the environment says, as before the first connect")


def run(args: argparse.Namespace) -> None:
    if args.here:
        connections.chosen = None
    elif args.url is not None or args.store is not None:
        _choose(connections, args)
    app = connections.app(NOTHING)
    print(_words(app))


def _choose(known: Connections, args: argparse.Namespace) -> None:
    """Nothing changes unless it answers."""
    url, token = split_token(str(args.url)) if args.url is not None else (None, "")
    if token:
        print(f"warning: a token in a cell is saved with the notebook. {server_options.HOW}")
    before = known.chosen
    try:
        known.chosen = _place(args, url, token)
        try:
            known.app(NOTHING).client.status()
        except AccessDenied:
            if url is None or token or args.token_file:
                raise
            token = _noted(known, url) or _asked(url)
            if not token:
                raise
            known.chosen = _place(args, url, token)
            known.app(NOTHING).client.status()
    except BaseException:
        known.chosen = before
        raise


def _noted(known: Connections, url: str) -> str:
    """The token of one's own server on this machine, which shows the store at hand: jupyter_server notes it for its owner."""
    address = Address.of(url)
    if address.host not in LOOPBACK:
        return ""
    with suppress(RuntError):
        for server in servers.servers(known.at_hand().store):
            if server.url and (found := Address.of(server.url)).port == address.port and found.base == address.base:
                return login.token_of(server) or ""
    return ""


def _asked(url: str) -> str:
    return getpass.getpass(f"Token for {url}: ") if shell.can_ask() else ""


def _place(args: argparse.Namespace, url: str | None, token: str) -> argparse.Namespace:
    return argparse.Namespace(store=args.store, server=url, token_file=args.token_file, token=token)


def _words(app: App) -> str:
    found = app.client.status()
    runs = sum(found["runs"].values())
    place = "store" if app.at_hand is not None else "server"
    return f"{place} {app.client.where}: {runs} run(s), {found['workers']} worker(s)"
