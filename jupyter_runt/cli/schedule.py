"""`schedule`: notebooks that run at due times."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

from jupyter_runt.cli import schedule_add, schedule_service, schedule_sync, submit
from jupyter_runt.cli.context import App, add_store, opened, print_json, say
from jupyter_runt.cli.render import schedules as render
from jupyter_runt.cli.render import tables
from jupyter_runt.errors import RuntError

EXAMPLES = """\
jupyter runt schedule add report.yml --cron "0 7 * * *" --tz Europe/Paris -p day today
  jupyter runt schedule ls
  jupyter runt schedule show report          # the next times, and what came of the last ones
  jupyter runt schedule add --help           # the options of an action"""

Act = Callable[[App, argparse.Namespace], Any]


class Action(NamedTuple):
    """A word behind `schedule`. `act` gives what `--json` prints, or an exit code when it has said everything itself."""

    purpose: str
    arguments: Callable[[argparse.ArgumentParser], object]
    act: Act
    examples: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    for name, action in ACTIONS.items():
        sub = actions.add_parser(
            name,
            help=action.purpose,
            description=f"{action.purpose[0].upper()}{action.purpose[1:]}.",
            epilog=f"example:\n  {action.examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        action.arguments(sub)
        add_store(sub, data=True)
        sub.set_defaults(act=action.act, parser=sub)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        found = args.act(app, args)
        if isinstance(found, int):
            return found
        if args.json:
            print_json(found)
    return 0


# -- looking -----------------------------------------------------------------------------------------------------------


def _ls(app: App, args: argparse.Namespace) -> list[dict[str, Any]]:
    app.client.tend()
    found = app.client.schedules()
    if args.json:
        return found
    now = app.clock.now().wall
    if found:
        print(tables.table(render.HEADERS, [render.line(each, now) for each in found]))
    else:
        say('There are no schedules yet: `jupyter runt schedule add NOTEBOOK --cron "0 7 * * *"` makes one.')
    return found


def _show(app: App, args: argparse.Namespace) -> dict[str, Any]:
    app.client.tend()
    found = app.client.schedule(args.schedule)
    if not args.json:
        print(render.told(found, app.clock.now().wall))
    return found


# -- asking ------------------------------------------------------------------------------------------------------------


def _pause(app: App, schedule_id: str) -> dict[str, Any]:
    found = app.client.pause_schedule(schedule_id, paused=True)
    say(f"schedule {schedule_id} is paused")
    return found


def _resume(app: App, schedule_id: str) -> dict[str, Any]:
    found = app.client.pause_schedule(schedule_id, paused=False)
    coming = f"is due at {render.when(found['next'][0], found['tz'])}" if found["next"] else "is over"
    say(f"schedule {schedule_id} {coming}")
    return found


def _rm(app: App, schedule_id: str) -> dict[str, Any]:
    app.client.remove_schedule(schedule_id)
    say(f"schedule {schedule_id} is removed; its runs stay")
    return {"schedule_id": schedule_id}


def _run_now(app: App, args: argparse.Namespace) -> int:
    queued = app.client.run_schedule(args.schedule)
    submit.say_what(app, queued)
    submit.tell(app, queued, args)
    return 0


def _each(act: Callable[[App, str], dict[str, Any]]) -> Act:
    """For several schedules: what cannot be done for one of them is told, and the others are seen to all the same."""

    def act_on_each(app: App, args: argparse.Namespace) -> int:
        code, found = 0, []
        for schedule_id in args.schedules:
            try:
                found.append(act(app, schedule_id))
            except RuntError as error:
                say(f"jupyter runt: {error}")
                code = error.exit_code
        if args.json:
            print_json(found)
        return code

    return act_on_each


# -- the actions -------------------------------------------------------------------------------------------------------


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("schedule", metavar="ID", help="the schedule's id")


def _several(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("schedules", nargs="+", metavar="ID", help="ids of schedules")


def _none(parser: argparse.ArgumentParser) -> None:
    pass


ACTIONS = {
    "add": Action(
        "have a notebook run at due times",
        schedule_add.add_arguments,
        schedule_add.add,
        'jupyter runt schedule add report.yml --cron "0 7 * * MON-FRI" --tz Europe/Paris -p day today\n'
        "  jupyter runt schedule add http-health-check --cron '*/15 * * * *' --misfire skip --name website\n"
        "  jupyter runt schedule add daily.yml --replace      # when: as its metadata.schedule says\n"
        "  jupyter runt schedule add daily.yml --systemd > ~/.config/systemd/user/jupyter-runt.service",
    ),
    "ls": Action("list schedules", _none, _ls, "jupyter runt schedule ls --json"),
    "show": Action(
        "show one schedule: its next times, and what came of the last ones",
        _one,
        _show,
        "jupyter runt schedule show report",
    ),
    "pause": Action(
        "keep schedules from firing", _several, _each(_pause), "jupyter runt schedule pause report website"
    ),
    "resume": Action(
        "let paused schedules go on; what they missed is not made up for",
        _several,
        _each(_resume),
        "jupyter runt schedule resume report",
    ),
    "run-now": Action(
        "run a schedule's notebook once more, now",
        _one,
        _run_now,
        "jupyter runt schedule run-now report\n  jupyter runt follow last",
    ),
    "sync": Action(
        "make schedules equal to what notebooks declare in their metadata.schedule",
        schedule_sync.add_arguments,
        schedule_sync.sync,
        "jupyter runt schedule sync notebooks/ --dry-run",
    ),
    "service": Action(
        "say what has schedules fire after a logout and a reboot, or print it as a file",
        schedule_service.add_arguments,
        schedule_service.service,
        "jupyter runt schedule service --systemd > ~/.config/systemd/user/jupyter-runt.service",
    ),
    "rm": Action("remove schedules; their runs stay", _several, _each(_rm), "jupyter runt schedule rm report"),
}
