"""Of lists, of what stands beside a key, and of line ends, too, only what was edited changes; lost comments are counted."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_runt.notebook import yaml_format
from tests.notebook.editing import Change, diff, edited, source

FILE = """\
parameters:
  names:   # of all
    # The first.
    - a   # beside a
    # The second.
    - 'b'
  nested:
    - {x: 1}   # beside x
    - - 1   # deep
      - 2
  flow: [1,   # one
         2]
cells:
  - id: a
    source: print(1)  # beside the source
"""


def given(**values: Any) -> Change:
    """Other parameters."""
    return lambda notebook: notebook["metadata"]["jupyter_runt"]["parameters"].update(values)


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        (["a", "b", "c"], ["+    - c"]),
        (["a2", "b"], ["-    - a   # beside a", "+    - a2   # beside a"]),
        (["a", "it's"], ["-    - 'b'", "+    - 'it''s'"]),
        ([1, "b"], ["-    - a   # beside a", "+    - 1   # beside a"]),
        (["a", "z", "b"], ["+    - z"]),
        (["a"], ["-    # The second.", "-    - 'b'"]),
    ],
    ids=["added", "changed", "quoted", "retyped", "put between", "deleted"],
)
def test_a_list_is_edited_item_by_item_and_its_comments_stay(names: list[Any], lines: list[str]):
    result = edited(FILE, given(names=names))
    assert (result.anew, result.comments_lost) == (False, 0)
    assert yaml_format.read(result.text).parameters["names"] == names
    assert "names:   # of all\n" in result.text
    assert diff(FILE, given(names=names)) == lines


def test_items_take_their_comments_along():
    result = edited(FILE, given(names=["b", "a"]))
    assert result.comments_lost == 0
    assert "    - 'b'\n    - a   # beside a\n" in result.text


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (given(names=["b", "c"]), 1),
        (given(names="none"), 4),
        (given(flow=[1, 3]), 1),
        (given(nested=[{"x": 1}, [1, 3]]), 1),
        (given(names=["b", "c"], flow=[1, 3]), 2),
        (source(0, "a\nb"), 0),
        (source(0, "print(2)"), 0),
    ],
    ids=["item", "list", "in one line", "deep", "two", "block", "line"],
)
def test_comments_that_are_lost_without_the_rest_being_written_anew_are_counted(change: Change, lost: int):
    result = edited(FILE, change)
    assert (result.anew, result.comments_lost) == (False, lost)
    assert FILE.count("#") - result.text.count("#") == lost


def test_a_comment_beside_a_key_stays_when_what_follows_needs_more_lines():
    assert diff(FILE, source(0, "a\nb")) == [
        "-    source: print(1)  # beside the source",
        "+    source: |  # beside the source",
        "+      a",
        "+      b",
    ]


def test_line_ends_stay_as_each_of_them_is():
    text = FILE.replace("  nested:\n", "  nested:\r\n").replace("of all\n", "of all\r\n")
    assert edited(text, source(0, "print(2)")).text == text.replace("print(1)", "print(2)")
    assert edited(FILE.replace("\n", "\r\n"), source(0, "a\nb")).text.count("\r\n") == FILE.count("\n") + 2
    ends = text.replace("  - id: a\n", "  - id: a\r\n").replace("source\n", "source\r\n")
    assert edited(ends, source(0, "a\nb")).text.endswith("source: |  # beside the source\r\n      a\r\n      b\r\n")
