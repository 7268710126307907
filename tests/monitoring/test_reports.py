"""`Health` and its report: what is collected, how it is shown, and that its JSON keeps to its schema."""

from __future__ import annotations

import ast
import json
import re
import threading
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jupyter_runt.monitoring
from jupyter_runt.columns import width
from jupyter_runt.errors import UsageError
from jupyter_runt.monitoring import Health, check
from jupyter_runt.monitoring.comparison import compare, past
from jupyter_runt.monitoring.report import Report
from jupyter_runt.monitoring.showing import bundle
from jupyter_runt.run import health as brief
from tests.guards.test_layers import purity_faults
from tests.guards.test_light_imports import HEAVY, imported

AT = 1_795_000_000.25
SCHEMA = json.loads(files("jupyter_runt.monitoring").joinpath("schemas/health-v1.json").read_text("utf-8"))
JUDGE = jsonschema.Draft202012Validator(SCHEMA)

# JupyterLab's sanitiser keeps these of what we use; it takes `svg`, `style` and handlers away.
KEPT = {
    "div": {"style"}, "span": {"style"}, "strong": set(), "table": set(), "thead": set(), "tbody": set(), "tr": set(),
    "th": {"style"}, "td": {"style", "colspan"}, "ul": set(), "li": set(), "img": {"src", "alt", "title", "width", "height"},
}  # fmt: skip


def made(**options: Any) -> Health:
    return Health("disk-check", subject="build server", clock=lambda: AT, **options)


def full() -> Health:
    """One of everything."""
    health = made()
    health.check("disk", 97, warn=85, critical=95, unit="%", advice="remove what is old")
    health.check("hits", 0.97, warn=0.95, critical=0.9, weight=2)
    with health.group("orders-db", weight=3) as orders:
        orders.check("up", True)
        orders.check("version", "15.2", expected=["16", "17"], severity="warning")
        orders.check("rows", 12)
    with health.group("<b>users</b>") as users:
        users.check("temperature", lambda: 1 / 0, warn=(10, None))
        users.incomplete("cut at 10,000 rows")
        users.alert("a trigger never fired", severity="info", type="cron")
    health.recommend("call somebody")
    return health


def compared(health: Health) -> Report:
    report = health.report
    pasts = [past({**report.to_json(), "at": f"2026-11-{day:02}T10:00:00.000Z"}, f"r{day}") for day in range(17, 2, -1)]
    known = [each for each in pasts if each is not None]
    from dataclasses import replace

    return replace(report, comparison=compare(report.status, report.at, report.checks, known, 10))


def test_a_report_says_all_of_it_once():
    report = full().report
    shown = report.to_json()
    assert (shown["status"], shown["score"], shown["grade"]) == ("CRITICAL", 65.0, "FAIR")
    assert [(each["name"], each["status"], each["score"]) for each in shown["groups"]] == [
        ("orders-db", "WARNING", 75.0), ("<b>users</b>", "NO DATA", None),
    ]  # fmt: skip
    assert [each["severity"] for each in shown["alerts"]] == ["critical", "warning", "info", "info", "info"]
    assert {
        "type": "cron",
        "message": "<b>users</b>: a trigger never fired",
        "severity": "info",
        "group": "<b>users</b>",
    } in shown["alerts"]
    assert shown["recommendations"] == [
        "remove what is old", "call somebody",
        "Find out why <b>users</b>: temperature cannot be measured; until then nobody knows how it is.",
    ]  # fmt: skip
    assert shown["incomplete"] == ["<b>users</b>: cut at 10,000 rows"]
    assert shown["at"] == "2026-11-18T11:06:40.250Z"


@pytest.mark.parametrize("report", [made().report, full().report, compared(full())], ids=["empty", "full", "compared"])
def test_a_report_keeps_to_its_schema_and_has_a_brief(report):
    shown = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert [fault.message for fault in JUDGE.iter_errors(shown)] == []
    found = brief.brief({brief.MIME: shown})
    assert found is not None
    assert (found["monitor"], found["status"], found["score"]) == (report.monitor, report.status, report.score)


def test_the_schema_is_one_and_is_strict():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    shown = full().report.to_json()
    for broken in ({**shown, "status": "FINE"}, {**shown, "more": 1}, {**shown, "score": 101}, {**shown, "version": 2}):
        assert not JUDGE.is_valid(broken)


def test_a_group_in_which_nothing_is_judged_is_shown_without_a_status():
    health = made()
    health.group("store").check("size", 3)
    (group,) = health.report.to_json()["groups"]
    assert (group["status"], group["score"]) == ("INFO", None)
    shown = bundle(health.report)
    assert "store" in shown["text/plain"].splitlines()
    assert "<strong>store</strong></td>" in shown["text/html"]
    assert [fault.message for fault in JUDGE.iter_errors(health.report.to_json())] == []
    health.group("store").incomplete("it was cut")
    assert health.report.groups[0].status == "NO DATA"


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(object())
names = st.text(min_size=1, max_size=20).filter(str.strip)


@given(
    st.lists(
        st.tuples(names, values, st.none() | st.floats(allow_nan=False, allow_infinity=False), names | st.just("")),
        max_size=6,
    )
)
def test_whatever_is_measured_the_report_is_sound(measured):
    health = made()
    for name, value, warn, group in measured:
        health.check(name, value, warn=warn, group=group)
    shown = json.loads(json.dumps(health.report.to_json(), allow_nan=False))
    assert [fault.message for fault in JUDGE.iter_errors(shown)] == []
    assert harmless(bundle(health.report)["text/html"])


# -- collecting ------------------------------------------------------------------------------------------------------


def test_the_last_check_of_a_name_counts_in_each_group():
    health = made()
    health.check("disk", 97, critical=95)
    health.check("disk", 50, critical=95)
    health.group("db").check("disk", 60, critical=95)
    assert [(each.group, each.value) for each in health.report.checks] == [("", 50), ("db", 60)]
    assert health.report.status == "HEALTHY"


def test_checks_made_by_themselves_can_be_added():
    health = made()
    health.add(check("a", 1, warn=2), check("b", 3, warn=2, group="g"))
    assert health.report.counts == {"OK": 1, "WARNING": 1}


def test_what_goes_wrong_in_a_group_is_no_data_there_and_the_others_go_on():
    health = made()
    with health.group("orders-db") as group:
        group.check("up", True)
        dict[str, int]()["p99"]
    with health.group("users-db") as group:
        group.check("up", True)
    assert health.report.status == "PARTIAL"
    assert [each.message for each in health.report.alerts] == [
        "orders-db: the rest could not be measured: KeyError: 'p99'"
    ]


def test_a_mistake_of_the_notebook_and_an_interrupt_are_not_swallowed():
    health = made()
    with pytest.raises(UsageError), health.group("g") as group:
        group.check("x", 1, warn="80")
    with pytest.raises(KeyboardInterrupt), health.group("g"):
        raise KeyboardInterrupt


def test_an_attempt_gives_what_was_measured_or_is_no_data():
    health = made()
    assert health.attempt("rows", lambda: [1, 2]) == [1, 2]
    assert health.group("g").attempt("rows", lambda: 1 / 0) is None
    (found,) = health.report.checks
    assert (found.group, found.name, found.status) == ("g", "rows", "NO DATA")


def test_a_health_is_recorded_at_the_end_of_its_context_also_when_it_ends_early(capsys):
    with made() as health:
        health.check("up", True)
    assert "✓ HEALTHY" in capsys.readouterr().out
    with pytest.raises(ZeroDivisionError), made() as health:
        health.check("up", True)
        1 / 0  # noqa: B018
    said = capsys.readouterr().out
    assert "PARTIAL" in said
    assert "it ended early: ZeroDivisionError: division by zero" in said


def test_checks_come_from_any_thread():
    health = made()
    threads = [
        threading.Thread(target=lambda n=n: [health.check(f"{n}.{i}", True) for i in range(200)]) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert health.report.counts == {"OK": 1600}


def test_a_notebook_may_have_a_formula_of_its_own():
    health = made()
    health.check("CPU", 40, warn=80)
    health.rate(100 - 0.5 * 40, "100 - half of CPU")
    assert (health.report.score, health.report.grade, health.report.to_json()["formula"]) == (
        80.0,
        "GOOD",
        "100 - half of CPU",
    )
    shown = bundle(health.report)
    assert "score = 100 - half of CPU" in shown["text/plain"].splitlines()
    assert ">score = 100 - half of CPU<" in shown["text/html"]
    assert "score = " not in bundle(made().report)["text/plain"], "ours is in the documentation"
    health.rate(-20, "x")
    assert health.report.score == 0.0
    health.rate(None, "x")
    assert health.report.to_json()["score"] is None
    assert health.report.status == "HEALTHY"


def test_no_formula_makes_a_score_of_nothing():
    health = made()
    health.check("CPU", None, warn=80)
    health.rate(100, "always well")
    assert (health.report.score, health.report.status) == (None, "NO DATA")


@pytest.mark.parametrize("options", [{"severity": "bad"}, {"type": 3}, {"group": None, "message": ""}])
def test_an_alert_that_makes_no_sense_is_refused(options):
    with pytest.raises(UsageError):
        made().alert(**{"message": "m", **options})


# -- showing ---------------------------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """What a text is made of, as a browser reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attributes):
        unknown = {name for name, _ in attributes} - KEPT.get(tag, set())
        if tag not in KEPT or unknown:
            self.faults.append(f"<{tag} {' '.join(sorted(unknown))}>")
        self.faults += [
            value for name, value in attributes if name == "src" and not value.startswith("data:image/svg+xml;base64,")
        ]
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")

    def handle_data(self, data):
        self.text += data


def harmless(html: str) -> bool:
    found = Elements()
    found.feed(html)
    found.close()
    return not found.faults and not found.open


def test_the_html_is_what_a_sanitiser_leaves_alone_and_inherits_its_text_colour():
    html = bundle(compared(full()))["text/html"]
    assert harmless(html)
    assert html.count("<img ") == 3, "bars of what has limits, lines of what has a past"
    assert "&lt;b&gt;users&lt;/b&gt;" in html
    coloured = set(re.findall(r"[;\"]color:([^;\"]+)", html))
    assert coloured <= set(jupyter_runt.monitoring.charts.COLOURS.values()), "plain text has the colour of the page"
    assert "background" not in html


def test_the_text_is_a_table_that_fits_a_terminal():
    text = bundle(compared(full()))["text/plain"]
    assert "\x1b" not in text
    lines = text.splitlines()
    assert lines[0] == "disk-check · build server"
    assert lines[1] == "✗ CRITICAL · score 65 of 100 (FAIR) · 1 CRITICAL, 1 WARNING, 1 NO DATA, 2 OK, 1 INFO"
    assert lines[2].startswith("CRITICAL for at least ")
    assert "orders-db: WARNING, score 75 of 100" in lines
    assert any(line.split()[:4] == ["✗", "CRITICAL", "disk", "97"] for line in lines)
    assert "→ remove what is old" in lines


def test_wide_letters_stand_in_columns_too():
    health = Health("ディスク")
    health.check("使用量", 91.5, warn=85, unit="%")
    health.check("disk", 3, warn=85, unit="%")
    lines = [line for line in repr(health).splitlines() if "85 %" in line and line.startswith("  ")]
    assert len({width(line[: line.index("> 85 %")]) for line in lines}) == 1


def test_a_health_shows_itself_where_no_ipython_is():
    assert repr(made()) == "disk-check · build server\n? NO DATA · no score · nothing was checked"
    assert set(made()._repr_mimebundle_()) == {"text/plain", "text/html", brief.MIME}


# -- how it is made --------------------------------------------------------------------------------------------------

FOLDER = Path(jupyter_runt.monitoring.__file__).parent
PURE = (
    "values", "limits", "checks", "scoring", "report", "comparison", "sentences", "as_text", "as_html", "charts", "showing",
    "certificates",
)  # fmt: skip


@pytest.mark.parametrize("name", PURE)
def test_the_core_is_pure(name):
    tree = ast.parse((FOLDER / f"{name}.py").read_text("utf-8"))
    assert purity_faults("monitoring", tree) == []


def test_a_kernel_imports_nothing_heavy_with_it():
    used = imported("-c", "from jupyter_runt.monitoring import Health")
    assert not used & (HEAVY | {"hashlib.blake2b", "ssl", "concurrent"})
