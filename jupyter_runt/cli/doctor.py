"""`doctor`: checks what runs need, one line a finding, and mends what can be mended."""

from __future__ import annotations

import argparse
import os
import sys

from jupyter_runt import settings as configuration
from jupyter_runt._version import __version__
from jupyter_runt.cli.context import add_store, opened, print_json, refuse_server, say
from jupyter_runt.client import doctor
from jupyter_runt.client.doctor import data
from jupyter_runt.client.doctor.finding import Finding
from jupyter_runt.errors import RuntError, StoreError
from jupyter_runt.store.clock import SystemClock

EXAMPLES = "jupyter runt doctor\n  jupyter runt doctor --fix\n  jupyter runt doctor --template postgres-health-check"
NO_STORE = StoreError.exit_code
ROUNDS = 3
"""A damaged store hides what else there is: it is saved in the first, the rest is mended in the second, the third finds nothing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--fix", action="store_true", help="mend what can be mended, then look again")
    what.add_argument(
        "--template", metavar="NAME", help="what a template, or a notebook's file, still needs to be run from here"
    )
    add_store(parser, data=True, at_hand=True)


def run(args: argparse.Namespace) -> int:
    refuse_server(args)
    if args.template is not None:
        return _template(args)
    done: list[Finding] = []
    for _ in range(ROUNDS):
        found, code, mended = _look(args)
        done += mended
        if all(each.level == "FAIL" for each in mended):
            break
    if args.json:
        print_json([_shown(each, "done") for each in done] + [_shown(each) for each in found])
    else:
        for finding in done:
            print(f"{'FAIL' if finding.level == 'FAIL' else 'done'}  {finding.check:10} {finding.text}")
        for finding in found:
            print(f"{finding.level:4}  {finding.check:10} {finding.text}")
        mendable = [each for each in found if each.fix is not None]
        if mendable and not args.fix:
            print(
                f"jupyter runt doctor --fix mends {len(mendable)} of them: {'; '.join(each.mends for each in mendable)}"
            )
    return code


def _template(args: argparse.Namespace) -> int:
    """What one notebook needs; it takes no store to tell."""
    from jupyter_runt.client.doctor import template
    from jupyter_runt.notebook import library

    path = library.find(args.template, configuration.load(os.environ).template_folders)
    found = list(template.findings(args.template, library.load(path), os.environ))
    if args.json:
        print_json([_shown(each) for each in found])
    else:
        for finding in found:
            print(f"{finding.level:4}  {finding.check:10} {finding.text}")
    return int(any(each.level == "FAIL" for each in found))


def _look(args: argparse.Namespace) -> tuple[list[Finding], int, list[Finding]]:
    """What is found, the exit code that it makes, and, with `--fix`, what was done about it."""
    found = [Finding("version", f"jupyter-runt {__version__}, Python {sys.version.split()[0]}")]
    clock = SystemClock()
    try:
        settings = configuration.load(os.environ, store=args.store)
        if sys.stderr.isatty():
            say(f"checking {settings.store} …")
        store = data.soundness_of(settings.store, clock)
        found.append(store)
        if store.level != "ok":
            return found, NO_STORE, list(doctor.mend(found)) if args.fix else []
        with opened(args, at_hand=True) as app:
            found += doctor.examine(app.local, clock.now().wall, settings.idle_exit)
            mended = list(doctor.mend(found)) if args.fix else []
    except RuntError as error:
        return [*found, Finding("store", str(error), "FAIL")], error.exit_code, []
    return found, int(any(each.level == "FAIL" for each in found)), mended


def _shown(finding: Finding, level: str = "") -> dict[str, object]:
    level = level if level and finding.level != "FAIL" else finding.level
    return {
        "ok": finding.level != "FAIL", "check": finding.check, "finding": finding.text, "level": level,
        "mends": finding.mends or None,
    }  # fmt: skip
