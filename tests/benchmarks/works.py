"""The works, who does each, and what we set ourselves to reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from statistics import median

from tests.benchmarks import big_store, magics, monitored, panel, scheduled, served
from tests.benchmarks.contenders import (
    Contender,
    bare_kernel,
    jupyter_execute,
    ours,
    papermill,
    program,
    seconds_printed,
)
from tests.benchmarks.process import Sample
from tests.benchmarks.scratch import Scratch

Samples = Mapping[str, list[Sample]]

TRIVIAL = "x = 1"
FLUSHED = "for i in range(20_000):\n    print(i, flush=True)"
PLAIN = "for i in range(200_000):\n    print(i)"
MEGABYTES_AS_LINES = "line = 'x' * 99\nfor i in range(2_000_000):\n    print(line)"
MEGABYTES_AT_ONCE = "print('x' * 200_000_000)"
IMPORT = "import time; begin = time.perf_counter(); import jupyter_runt; print(time.perf_counter() - begin)"


@dataclass(frozen=True, slots=True)
class Check:
    """A figure made of a work's samples, and the most that it may be."""

    what: str
    at_most: float
    value: Callable[[Samples], float]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """What is done, by whom, and what is checked. `prepare` is not measured."""

    name: str
    title: str
    contenders: Mapping[str, Contender]
    checks: tuple[Check, ...]
    prepare: Callable[[Scratch], object] = field(default=lambda scratch: None)


def seconds(samples: list[Sample]) -> float:
    """The median of the wall times."""
    return median(sample.seconds for sample in samples)


def times(other: str, at_most: float) -> Check:
    """Ours as a multiple of another's time."""
    return Check(f"ours / {other}", at_most, lambda all_: seconds(all_["ours"]) / seconds(all_[other]), "×")


def takes(contender: str, at_most: float, unit: str = "s") -> Check:
    """A time of our own; `unit` is s or ms."""
    scale = 1000 if unit == "ms" else 1
    return Check(contender, at_most, lambda all_: scale * seconds(all_[contender]), unit)


def counted(contender: str, name: str, at_most: float, scale: float, unit: str) -> Check:
    """The median of what a contender counted, in another unit."""
    return Check(name, at_most, lambda all_: scale * median(each.counts[name] for each in all_[contender]), unit)


def beside(contender: str, other: str, name: str, at_most: float) -> Check:
    """What a contender counted, as a multiple of what another one did."""

    def ratio(all_: Samples) -> float:
        counts = [median(each.counts[name] for each in all_[who]) for who in (contender, other)]
        return counts[0] / counts[1]

    return Check(f"{name}: {contender} / {other}", at_most, ratio, "×")


# A peak of 0 was never seen by the watch: that is no result.
PEAK = Check("peak memory", 100, lambda all_: max(sample.peak for sample in all_["ours"]) or inf, "MiB")
EVENTS = Check("events", 200, lambda all_: max(sample.counts["events"] for sample in all_["ours"]))
# Both sides without imports and the kernel's start: ours by taking away what a trivial notebook costs, whole.
OVER_BARE = Check(
    "(ours - trivial) / bare kernel",
    2,
    lambda all_: (seconds(all_["ours"]) - seconds(all_["trivial"])) / seconds(all_["bare kernel"]),
    "×",
)

WORKS = (
    Work(
        "one-cell",
        "one trivial cell, whole process",
        {"ours": ours("one"), "papermill": papermill("one"), "jupyter execute": jupyter_execute("one")},
        (times("papermill", 0.30),),
        lambda scratch: scratch.notebook("one", [TRIVIAL]),
    ),
    Work(
        "200-cells",
        "200 trivial cells, whole process",
        {"ours": ours("many"), "papermill": papermill("many"), "jupyter execute": jupyter_execute("many")},
        (times("papermill", 0.12), times("jupyter execute", 0.33)),
        lambda scratch: scratch.notebook("many", [TRIVIAL] * 200),
    ),
    Work(
        "flushed-prints",
        "20,000 flushed prints",
        {
            "ours": ours("flushed", count_events=True),
            "papermill": papermill("flushed"),
            "jupyter execute": jupyter_execute("flushed"),
        },
        (times("papermill", 0.10), EVENTS),
        lambda scratch: scratch.notebook("flushed", [FLUSHED]),
    ),
    Work(
        "plain-prints",
        "200,000 plain prints",
        {"ours": ours("plain"), "trivial": ours("one"), "bare kernel": bare_kernel(PLAIN)},
        (OVER_BARE,),
        lambda scratch: (scratch.notebook("plain", [PLAIN]), scratch.notebook("one", [TRIVIAL])),
    ),
    Work(
        "health-check",
        "notebooks/simple-health-check.yml, whole process, compared with the runs before",
        {"ours": ours("simple-health-check"), "papermill": papermill("simple-health-check")},
        (times("papermill", 0.35),),
        # A disk that is nearly full is no reason not to measure.
        lambda scratch: scratch.shipped("simple-health-check", critical_threshold=100),
    ),
    Work(
        "cloudflare",
        "notebooks/infrastructure-monitoring.yml, whole process, each answer takes 300 ms",
        {"ours": monitored.infrastructure},
        (takes("ours", 2.5), counted("ours", "requests", 12, 1, "")),
    ),
    Work(
        "200mb-lines",
        "200 MB printed by one cell, as lines",
        {"ours": ours("lines", save=False, keep_runs=False)},
        (PEAK,),
        lambda scratch: scratch.notebook("lines", [MEGABYTES_AS_LINES]),
    ),
    Work(
        "200mb-once",
        "200 MB printed by one cell, as one print",
        {"ours": ours("once", save=False, keep_runs=False)},
        (PEAK,),
        lambda scratch: scratch.notebook("once", [MEGABYTES_AT_ONCE]),
    ),
    Work(
        "start-up",
        "jupyter-runt --help, import jupyter_runt",
        {"--help": program("jupyter-runt", "--help"), "import": seconds_printed(IMPORT)},
        (takes("--help", 0.15), takes("import", 0.03)),
    ),
    Work(
        "big-store",
        "10,000 runs and 1,000,000 events",
        {"ls page": big_store.list_page, "open a finished run": big_store.open_run},
        (takes("ls page", 2, "ms"), takes("open a finished run", 5, "ms")),
        big_store.build,
    ),
    Work(
        "history",
        "10,000 reports of one monitor",
        {"at hand": big_store.history, "by REST": big_store.history_by_rest},
        (takes("at hand", 50, "ms"), takes("by REST", 50, "ms")),
        big_store.build_monitored,
    ),
    Work(
        "rest",
        "submit to finished through REST, one trivial cell, worker alive",
        {"submit to finished": served.rest},
        (takes("submit to finished", 0.45),),
    ),
    Work(
        "lag",
        "a print until it is at each of 100 WebSocket followers",
        {"median": served.lag_of(100)},
        (takes("median", 20, "ms"), counted("median", "p99", 40, 1e-3, "ms")),
    ),
    Work(
        "crowd",
        "1,000 WebSocket followers of one run that prints 10,000 lines",
        {"last after the end": served.crowd_of(1000)},
        (takes("last after the end", 0.5), counted("last after the end", "bytes", 40, 1 / 1024, "KiB")),
    ),
    Work(
        "reconnect",
        "a follower that comes back after 10 MB",
        {"complete": served.reconnect},
        (takes("complete", 1.0),),
    ),
    Work(
        "firing",
        "200 schedules, worker alive: from a due time until its run is committed",
        {"alone": scheduled.alone, "at once": scheduled.at_once},
        (
            takes("alone", 50, "ms"),
            counted("alone", "p95", 50, 1e-3, "ms"),
            counted("alone", "max", 50, 1e-3, "ms"),
            counted("alone", "until the first cell begins", 450, 1e-3, "ms"),
            takes("at once", 50, "ms"),
            counted("at once", "p95", 100, 1e-3, "ms"),
            counted("at once", "max", 100, 1e-3, "ms"),
        ),
    ),
    Work(
        "idle-schedules",
        f"processor time of a worker with its supervisor, {scheduled.IDLE_SECONDS:g} s without anything due",
        {"200 schedules": scheduled.idle(200), "none": scheduled.idle(0)},
        (
            # Half a percent, which is 0 %.
            takes("200 schedules", 0.005 * scheduled.IDLE_SECONDS),
            counted("200 schedules", "wakes", 20, 1, ""),
            beside("200 schedules", "none", "wakes", 1.2),
        ),
    ),
    Work(
        "magic",
        "notebooks/example.yml by %runt run --wait in a kernel, and by jupyter runt run, worker alive",
        {"magic": magics.by_magic, "process": magics.by_process},
        (
            Check("magic - process", 50, lambda all_: 1000 * (seconds(all_["magic"]) - seconds(all_["process"])), "ms"),
            counted("magic", "over the run's own time", 50, 1e-3, "ms"),
            counted("magic", "the first in a session", 250, 1e-3, "ms"),
            counted("process", "over the run's own time", 500, 1e-3, "ms"),
        ),
    ),
    Work(
        "complete",
        "completion of a line of %runt, 10,000 runs",
        {
            "runs": magics.completion_of("%runt show 2"),
            "notebooks": magics.completion_of("%runt run e"),
            "parameters": magics.completion_of("%runt run example -p "),
            "first of a session": magics.first_completion,
        },
        (
            takes("runs", 50, "ms"),
            takes("notebooks", 50, "ms"),
            takes("parameters", 50, "ms"),
            takes("first of a session", 50, "ms"),
            counted("first of a session", "without the imports before", 250, 1e-3, "ms"),
        ),
        big_store.build,
    ),
    Work(
        "panel-large",
        "a finished run of 20,000 lines and 200 pictures in JupyterLab, read to its end",
        {"tab": panel.of_tab(panel.LARGE), "notebook": panel.of_notebook(panel.LARGE)},
        (beside("tab", "notebook", "script time", 1.0), beside("tab", "notebook", "heap", 1.0)),
    ),
    Work(
        "panel-open",
        "a finished run of 500 cells in JupyterLab, until its first output is there",
        {"tab": panel.of_tab(panel.MANY), "notebook": panel.of_notebook(panel.MANY)},
        (takes("tab", 1.0),),
    ),
)
