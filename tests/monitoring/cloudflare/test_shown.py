"""Tables and plots: the same figures for a terminal, a notebook and a program, and nothing in them runs or breaks."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from jupyter_runt.monitoring.cloudflare import Bars, Table, Timeline

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOURS = [NOON - timedelta(hours=back) for back in reversed(range(24))]
HOSTILE = "<script>alert(1)</script>\"&'\n\u202e"


def points(*values: float) -> list[tuple[datetime, float]]:
    return list(zip(HOURS, values, strict=False))


def drawing(shown: Timeline | Bars) -> ET.Element:
    """The SVG within the picture of its HTML; it must be XML."""
    html = shown._repr_mimebundle_()["text/html"]
    data = re.search(r'src="data:image/svg\+xml;base64,([^"]*)"', html)
    assert data
    assert "<script" not in html
    return ET.fromstring(base64.b64decode(data[1]))


def marks(svg: ET.Element, name: str) -> list[ET.Element]:
    return svg.findall(f"{{http://www.w3.org/2000/svg}}{name}")


def texts(svg: ET.Element) -> list[str]:
    return [each.text or "" for each in marks(svg, "text")]


def test_a_table_is_text_html_and_json():
    table = Table(
        "D1", [("database", ""), ("P99", "ms"), ("size", "bytes")], [("shop", 12.5, 3_000_000), ("old", None, 0)]
    )
    bundle = table.bundle()
    assert bundle["application/json"] == [
        {"database": "shop", "P99": 12.5, "size": 3_000_000},
        {"database": "old", "P99": None, "size": 0},
    ]
    assert bundle["text/plain"].splitlines() == [
        "D1",
        "database      P99     size",
        "────────  ───────  ───────",
        "shop      12.5 ms     3 MB",
        "old             –  0 bytes",
    ]
    assert '<td style="text-align:right">12.5 ms</td>' in bundle["text/html"]


def test_a_table_without_rows_says_so():
    table = Table("D1", [("database", "")], [])
    assert repr(table) == "D1: none"
    assert "none" in table.html()
    assert table.bundle()["application/json"] == []


def test_what_a_table_holds_is_no_markup():
    html = Table(HOSTILE, [(HOSTILE, "")], [(HOSTILE,)]).html()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 3


def test_bars_of_an_hour_stand_on_each_other():
    svg = drawing(Timeline("Requests", {"well": points(*[90] * 24), "failed": points(*[10] * 24)}, stacked=True))
    bars = [
        each for each in marks(svg, "rect") if float(each.attrib["width"]) > 9.1 or float(each.attrib["width"]) < 8.9
    ]
    assert len(bars) == 48
    well, failed = bars[0], bars[24]
    assert well.attrib["x"] == failed.attrib["x"]
    assert float(failed.attrib["y"]) + float(failed.attrib["height"]) == pytest.approx(float(well.attrib["y"]), abs=0.2)
    assert {"0", "50", "100", "13:00", "12:00", "well", "failed"} <= set(texts(svg))


def test_lines_are_drawn_inside_of_the_picture():
    svg = drawing(
        Timeline("Storage", {"shop": points(1e9, 2e9, 9e9), "logs": points(3e9, 3e9, 3e9)}, unit="bytes", limit=10e9)
    )
    for line in marks(svg, "polyline"):
        for x, y in (map(float, point.split(",")) for point in line.attrib["points"].split()):
            assert 62 <= x <= 548
            assert 26 <= y <= 128
    assert "10 GB" in texts(svg)


def test_more_series_than_colours_are_added_up():
    plot = Timeline("Queries", {f"db-{number}": points(number) for number in range(9, 0, -1)}, stacked=True)
    assert list(plot.series) == ["db-9", "db-8", "db-7", "db-6", "db-5", "others"]
    assert plot.series["others"] == ((HOURS[0], 4 + 3 + 2 + 1),)


@pytest.mark.parametrize("stacked", [True, False])
@pytest.mark.parametrize("values", [(), (0,), (0, 0, 0), (5,), (1e-9, 1e15), (3,) * 24])
def test_a_timeline_of_any_figures_is_drawn(stacked, values):
    plot = Timeline("Any", {"one": points(*values)}, stacked=stacked)
    assert "nan" not in plot.svg()
    assert drawing(plot) is not None
    assert repr(plot).startswith("Any")


@pytest.mark.parametrize(
    "rows", [[], [("a", 0.0)], [("a", 5.0), ("b", 0.0)], [(f"s{number}", number) for number in range(40)]]
)
@pytest.mark.parametrize("limit", [None, 3.0, 1e9])
def test_bars_of_any_figures_are_drawn(rows, limit):
    plot = Bars("Any", rows, limit=limit)
    assert drawing(plot) is not None
    assert ("and 28 more" in texts(drawing(plot))) == (len(rows) == 40)
    assert repr(plot).startswith("Any")


def test_a_bar_above_its_limit_is_of_another_colour():
    svg = drawing(Bars("CPU", [("api", 90), ("job", 10)], limit=50))
    over, under = (each.attrib["fill"] for each in marks(svg, "rect"))
    assert over != under
    assert len(marks(svg, "path")) == 1


def test_what_a_plot_names_is_no_markup():
    for plot in (Timeline(HOSTILE, {HOSTILE: points(1, 2)}), Bars(HOSTILE, [(HOSTILE, 1)])):
        assert any("<script>" in text for text in texts(drawing(plot)))
