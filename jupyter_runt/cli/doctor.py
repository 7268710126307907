"""`doctor`: checks what runs need, one line a finding."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from jupyter_runt._version import __version__
from jupyter_runt.cli.context import App, add_store, opened, print_json
from jupyter_runt.errors import RuntError
from jupyter_runt.kernel.place import here
from jupyter_runt.store.base import RunFilter
from jupyter_runt.store.life import is_held

EXAMPLES = "jupyter runt doctor"

Finding = tuple[bool, str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    findings: list[Finding] = [(True, "version", f"jupyter-runt {__version__}, Python {sys.version.split()[0]}")]
    failed = 0
    try:
        with opened(args) as app:
            findings += _look(app)
    except RuntError as error:
        findings.append((False, "store", str(error)))
        failed = error.exit_code
    if args.json:
        print_json([{"ok": ok, "check": check, "finding": text} for ok, check, text in findings])
    else:
        for ok, check, text in findings:
            print(f"{'ok  ' if ok else 'FAIL'}  {check:10} {text}")
    return failed or (0 if all(ok for ok, _, _ in findings) else 1)


def _look(app: App) -> Iterator[Finding]:
    fault = app.store.check()
    yield not fault, "store", f"{app.store.url} {fault or 'is sound'}"
    yield _writable(app.store.runtime), "runtime", f"{app.store.runtime} holds sockets, locks and journals"
    yield from _runtimes()
    workers = app.store.workers()
    dead = [each.worker_id for each in workers if each.place == here() and not is_held(each.lock)]
    yield not dead, "workers", f"{len(workers) - len(dead)} alive" + (f"; dead: {', '.join(dead)}" if dead else "")
    waiting = app.store.runs(RunFilter(status=["queued"], limit=1000))
    alone = waiting and not any(not each.exclusive for each in workers)
    yield not alone, "queue", f"{len(waiting)} run(s) queued" + ("; no worker lives to take them" if alone else "")


def _writable(folder: Path) -> bool:
    probe = folder / ".doctor"
    try:
        probe.write_text("")
        probe.unlink()
    except OSError:
        return False
    return True


def _runtimes() -> Iterator[Finding]:
    from jupyter_runt.kernel import specs

    for name in specs.known():
        try:
            launch = specs.resolve(name, ".")
        except RuntError as error:
            yield False, "runtime", str(error)
        else:
            agent = (
                "with the agent"
                if launch.agent
                else "without the agent: what it prints while no worker listens may be lost"
            )
            yield True, "runtime", f"{name}: {launch.argv[0]}, {agent}"
