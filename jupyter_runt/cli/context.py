"""What every command begins with: settings, a client over a store or a server; and how data are printed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_runt.cli import server_options
from jupyter_runt.errors import StoreReadOnly, UsageError
from jupyter_runt.settings import STORE_VARIABLE, Settings
from jupyter_runt.store.base import Clock, Store
from jupyter_runt.store.clock import SystemClock

if TYPE_CHECKING:
    from jupyter_runt.client.base import Client
    from jupyter_runt.client.local import LocalClient


@dataclass(frozen=True, slots=True)
class App:
    """One command's client. `at_hand` is that same client where there is a store, and None where there is a server."""

    settings: Settings
    client: Client
    clock: Clock
    at_hand: LocalClient | None = None
    temporary: bool = False

    @property
    def local(self) -> LocalClient:
        """For what no server does for others: see `opened`."""
        if self.at_hand is None:
            raise UsageError("This needs a store at hand, not a server.", remedy="Leave out --server.")
        return self.at_hand

    @property
    def store(self) -> Store:
        """The store at hand."""
        return self.local.store


def add_store(parser: argparse.ArgumentParser, *, data: bool = False, at_hand: bool = False) -> None:
    """The options that all commands have. `at_hand`: a server will not do, which the command says when it is given one."""
    parser.add_argument(
        "--store", metavar="URL", help="the store, as sqlite:///PATH (default: $JUPYTER_RUNT_STORE, else yours)"
    )
    server_options.add(parser, hidden=at_hand)
    if data:
        parser.add_argument("--json", action="store_true", help="print JSON")


def add_server(parser: argparse.ArgumentParser) -> None:
    """The options of commands that need no store here, and can be told of a server's surroundings instead of these."""
    server_options.add(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(store=None)


@contextmanager
def opened(args: argparse.Namespace, *, at_hand: bool = False, scratch: bool = False) -> Iterator[App]:
    """The store or the server that the options name. With `at_hand` it has to be a store.

    `scratch` (`--no-record`) takes a store that is gone afterwards; so does a default store that cannot be written, with a
    warning. A named store that cannot be used is a StoreError. `args.app`, where there is one, is used and stays open.
    """
    app = getattr(args, "app", None)
    if app is not None:  # whoever runs the command has a client already
        yield app
        return
    if at_hand:
        refuse_server(args)
    server = None if at_hand else server_options.chosen(args, os.environ)
    with ExitStack() as stack:
        if server is not None:
            yield App(Settings(), _remote(server, stack), SystemClock())
        else:
            yield _local(args, stack, scratch=scratch)


def refuse_server(args: argparse.Namespace) -> None:
    """For what only a store at hand can do: UsageError when the options or the environment name a server."""
    server = server_options.chosen(args, os.environ)
    if server is not None:
        more = ["--start"] if getattr(args, "start", False) else [getattr(args, "action", "")]
        command = " ".join([args.command, *more]).strip()
        raise UsageError(
            f"`{command}` works on a store at hand and cannot go through a server ({server.named_by}).",
            remedy="`run` and `submit` have a server run a notebook; --store URL, or leaving the server out, takes a store.",
        )


@contextmanager
def at_server(args: argparse.Namespace) -> Iterator[Client | None]:
    """The server for what needs no store here: None, or what `--server` names. The options are those of `add_server`."""
    app = getattr(args, "app", None)
    if app is not None:
        yield app.client if app.at_hand is None else None
        return
    server = server_options.chosen(args, os.environ)
    with ExitStack() as stack:
        yield None if server is None else _remote(server, stack)


def _remote(server: server_options.Chosen, stack: ExitStack) -> Client:
    from jupyter_runt.client.remote import RemoteClient

    remote = RemoteClient(server.url, server.token)
    stack.callback(remote.close)
    return remote


def _local(args: argparse.Namespace, stack: ExitStack, *, scratch: bool) -> App:
    from jupyter_runt import settings as configuration
    from jupyter_runt.client.local import LocalClient
    from jupyter_runt.run.policy import Notify
    from jupyter_runt.store.open import open_store
    from jupyter_runt.store.scratch import scratch_folder

    settings = configuration.load(os.environ, store=args.store)
    clock = SystemClock()
    store = None
    if not scratch:
        try:
            store = open_store(settings.store, clock)
        except StoreReadOnly as error:
            if settings.named or not getattr(args, "may_use_scratch", False):
                raise
            say(f"warning: {error.message} A temporary store is used: this run cannot be shown later.")
    temporary = store is None
    if store is None:
        store = open_store(f"sqlite:///{stack.enter_context(scratch_folder())}/store.sqlite", clock)
    stack.callback(store.close)
    client = LocalClient(
        store,
        clock,
        user(),
        idle_exit=settings.idle_exit,
        orphan_timeout=settings.orphan_timeout,
        template_folders=settings.template_folders,
        notify=Notify(settings.notify_on, settings.notify_to),
    )
    return App(settings, client, clock, client, temporary)


def hand_on(app: App) -> None:
    """Lets what runs inside of the runs that this process will drive find the same store, `%runt` and commands; unless it is
    gone with them."""
    if not app.temporary:
        os.environ[STORE_VARIABLE] = app.store.url


def named_store(args: argparse.Namespace) -> str:
    """What a command that is suggested must repeat to find the same store or server."""
    return f" --store {args.store}" if args.store else server_options.repeated(args)


def user() -> str:
    """Who asks, for the log."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or str(os.geteuid())


_told: ContextVar[Callable[[str], object] | None] = ContextVar("told", default=None)
"""Takes the messages of the commands that this context runs, in place of stderr."""


def say(text: str) -> None:
    """One message for the person, on stderr; the terminal may be gone by now."""
    told = _told.get()
    if told is not None:
        told(text)
        return
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


@contextmanager
def saying(told: Callable[[str], object]) -> Iterator[None]:
    """Whoever runs a command in a process of others takes its messages: their stderr is not ours to redirect."""
    token = _told.set(told)
    try:
        yield
    finally:
        _told.reset(token)


def print_json(value: Any) -> None:
    """Data for programs, on stdout."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
