"""What every command begins with: settings, a store, a client; and how data are printed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from jupyter_runt import settings as configuration
from jupyter_runt.client.local import LocalClient
from jupyter_runt.errors import StoreReadOnly
from jupyter_runt.settings import Settings
from jupyter_runt.store.base import Clock, Store
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.open import open_store
from jupyter_runt.store.scratch import scratch_folder


@dataclass(frozen=True, slots=True)
class App:
    """One command's store and client."""

    settings: Settings
    store: Store
    client: LocalClient
    clock: Clock
    temporary: bool = False


def add_store(parser: argparse.ArgumentParser, *, data: bool = False) -> None:
    """The options that all commands have."""
    parser.add_argument(
        "--store", metavar="URL", help="the store, as sqlite:///PATH (default: $JUPYTER_RUNT_STORE, else yours)"
    )
    if data:
        parser.add_argument("--json", action="store_true", help="print JSON")


@contextmanager
def opened(args: argparse.Namespace, *, scratch: bool = False) -> Iterator[App]:
    """The store that the options name. `scratch` (`--no-record`) takes one that is gone afterwards; so does a default store
    that cannot be written, with a warning. A named store that cannot be used is a StoreError."""
    settings = configuration.load(os.environ, store=args.store)
    clock = SystemClock()
    with ExitStack() as stack:
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
        client = LocalClient(store, clock, user(), idle_exit=settings.idle_exit)
        yield App(settings, store, client, clock, temporary)


def named_store(args: argparse.Namespace) -> str:
    """What a command that is suggested must repeat to find the same store."""
    return f" --store {args.store}" if args.store else ""


def user() -> str:
    """Who asks, for the log."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or str(os.geteuid())


def say(text: str) -> None:
    """One message for the person, on stderr; the terminal may be gone by now."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Data for programs, on stdout."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
