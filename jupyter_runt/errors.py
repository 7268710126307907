"""Everything that can go wrong, drawn once, with its exit code and HTTP status.

    RuntError                          70  500   a defect of ours, when raised as such
    ├── UsageError                      2  400   the request itself is wrong
    │   ├── BadRequest                  2  400   an HTTP request that openapi.yaml does not allow, with every fault
    │   ├── NotebookError               2  422   a notebook file, with every problem's place
    │   ├── ParameterError              2  422   an unknown, missing or ill-typed parameter
    │   ├── RuntimeUnknown              2  422   no such runtime or kernelspec
    │   ├── ScheduleError               2  422   a schedule that makes no sense: its cron expression, zone, id or end
    │   ├── OutputPathError             2  422   the output cannot be written
    │   ├── NotSupportedYet             2  501   a feature that a later release brings
    │   ├── RunNotFound                 2  404   no run of that id
    │   ├── NotFound                    2  404   the run, or the server, has nothing of that name
    │   ├── RunAmbiguous                2  409   the prefix names several runs
    │   └── Refused                     2  409   it makes no sense in the run's present state
    ├── KernelError                     3  502   the kernel could not start, or died
    ├── StoreError                      5  503   the store cannot be used
    │   ├── StoreCorrupt                5  503
    │   ├── StoreReadOnly               5  503
    │   ├── StoreFull                   5  507
    │   ├── StoreBusy                   5  503
    │   └── StoreTooNew                 5  503   a newer release of ours wrote it
    ├── ServerError                     5  502   a server cannot be used, or does not answer as one of ours
    │   ├── ServerUnreachable           5  502   nobody answers there (any more)
    │   └── AccessDenied                5  403   it knows the token not, or not for this
    ├── RunFailed                       1  409   a run that had to succeed did not
    └── StaleEpoch                     70  409   another worker drives this run by now

A message says what happened and where; `remedy` says what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class RuntError(Exception):
    """Base of all our errors."""

    exit_code = 70
    http_status = 500

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message

    def _render_traceback_(self) -> list[str]:
        """How IPython shows it below a cell: the message, and not where in our code it was raised."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(RuntError):
    """The request itself is wrong: options, arguments, names."""

    exit_code = 2
    http_status = 400


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file. `line` and `column` count from 1; 0 means that the fault has no place."""

    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    remedy: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.remedy})" if self.remedy else text


class NotebookError(UsageError):
    """A notebook cannot be used; `problems` holds all of its faults, in the file's order."""

    http_status = 422

    def __init__(self, problems: list[Problem], *, remedy: str = "") -> None:
        super().__init__("\n".join(str(problem) for problem in problems), remedy=remedy)
        self.problems = problems


class BadRequest(UsageError):
    """An HTTP request is not as openapi.yaml has it; a problem's path is `?limit` of the query or `$.priority` of the body."""

    def __init__(self, problems: list[Problem], *, remedy: str = "") -> None:
        super().__init__("\n".join(str(problem) for problem in problems), remedy=remedy)
        self.problems = problems


class ParameterError(UsageError):
    """A parameter is unknown, missing or of the wrong type. `names` are the parameters that the message's lines tell of,
    in their order; of a single line all of them."""

    http_status = 422

    def __init__(self, message: str, *, remedy: str = "", names: Sequence[str] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.names = names


class RuntimeUnknown(UsageError):
    """No runtime or kernelspec of that name; the message lists the known ones."""

    http_status = 422


class ScheduleError(UsageError):
    """A schedule makes no sense: its cron expression, its time zone, its id, its end or a policy."""

    http_status = 422


class OutputPathError(UsageError):
    """The output cannot be written where it was asked for; found before the run starts."""

    http_status = 422


class NotSupportedYet(UsageError):
    """The file or request uses a feature that this release does not have."""

    http_status = 501


class RunNotFound(UsageError):
    """No run has that id, or that prefix."""

    http_status = 404


class NotFound(UsageError):
    """No cell, result, blob, template or path of that name; the remedy lists the known ones."""

    http_status = 404


class RunAmbiguous(UsageError):
    """The prefix names several runs; the message lists them."""

    http_status = 409


class Refused(UsageError):
    """The request makes no sense in the run's present state; the message says why."""

    http_status = 409


class KernelError(RuntError):
    """The kernel could not start, or died."""

    exit_code = 3
    http_status = 502


class StoreError(RuntError):
    """The store cannot be used."""

    exit_code = 5
    http_status = 503


class StoreCorrupt(StoreError):
    """The file is not a database of ours, or is damaged."""


class StoreReadOnly(StoreError):
    """The file or its folder cannot be written."""


class StoreFull(StoreError):
    """The disk, or the store's quota, is full."""

    http_status = 507


class StoreBusy(StoreError):
    """Another process kept the store locked for longer than the busy timeout."""


class StoreTooNew(StoreError):
    """A newer release of jupyter-runt wrote this store."""


class ServerError(RuntError):
    """A client of a server cannot use it: it has failed, or what answers is no server of ours."""

    exit_code = 5
    http_status = 502


class ServerUnreachable(ServerError):
    """No connection, or one that broke. The same request may go well in a moment."""


class AccessDenied(ServerError):
    """The token is missing or wrong, or it does not permit this."""

    http_status = 403


class RunFailed(RuntError):
    """A run that had to succeed did not."""

    exit_code = 1
    http_status = 409


class StaleEpoch(RuntError):
    """This worker's lease is gone: another one claimed the run since. Nothing was written."""

    http_status = 409
