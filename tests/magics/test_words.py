"""From the text of a `%runt` line to words and Python values."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jupyter_runt.cli.notebook_options import Value
from jupyter_runt.errors import UsageError
from jupyter_runt.magics import words


class Table:
    def __len__(self) -> int:
        return 3

    def __str__(self) -> str:
        return "three rows"


class Speechless:
    def __str__(self) -> str:
        raise OSError("no words")


TABLE = Table()
NAMES: dict[str, Any] = {
    "n": 7, "zero": 0, "name": "report", "names": ["a b", "c"], "table": TABLE, "mute": Speechless(), "größe": 5, "empty": "",
}  # fmt: skip


def evaluate(expression: str) -> Any:
    return eval(expression.strip(), dict(NAMES))


def split(line: str) -> list[str]:
    return words.split(line, evaluate)


def values(line: str) -> list[Any]:
    """The words, with what stands for a value as that value."""
    return [word.value if isinstance(word, Value) else word for word in split(line)]


# Everything that means something to somebody, and everything else.
odd = st.text(
    st.sampled_from("ab n$${}[]()'\"\\-=:,.#%!?\t\n\0é\N{NO-BREAK SPACE}\ud800") | st.characters(), max_size=25
)


@given(text=odd)
def test_any_text_in_single_quotes_comes_back_as_it_is(text):
    inside = text.replace("'", "")
    assert split(f"'{inside}'") == [inside]
    assert split(f" before '{inside}' after ") == ["before", inside, "after"]


@given(texts=st.lists(odd, max_size=4))
def test_what_a_shells_quoting_protects_comes_back(texts):
    assert split(" ".join(map(shlex.quote, texts))) == texts


@given(texts=st.lists(odd, max_size=4))
def test_what_is_escaped_in_double_quotes_comes_back(texts):
    escaped = ["".join(f"\\{char}" if char in '\\$"{}' else char for char in text) for text in texts]
    assert split(" ".join(f'"{text}"' for text in escaped)) == texts


@given(line=odd)
@example("{'a': '}'}")
@example('$mute {mute} "$mute"')
@example("{9 ** 9 ** 9 if False else 10 ** 5000}")
@example("{" * 300 + "}" * 300)
@example("{\0}")
def test_whatever_is_written_gives_words_or_one_usage_error(line):
    with suppress(UsageError):
        assert all(isinstance(word, str) for word in split(line))


@given(text=st.text("abc ", max_size=8), number=st.integers())
def test_a_value_inside_a_word_becomes_part_of_its_text(text, number):
    assert words.split(f"'{text}'$x", lambda _: number) == [f"{text}{number}"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("   ", []),
        ("run  report.yml\t-p size 10", ["run", "report.yml", "-p", "size", "10"]),
        ("a\N{NO-BREAK SPACE}b", ["a", "b"]),
        ("''", [""]),
        ('a"b c"d', ["ab cd"]),
        ("it\\'s a\\ b", ["it's", "a b"]),
        ('"it\'s" "say \\"x\\""', ["it's", 'say "x"']),
        (r"C:\new\table", [r"C:\new\table"]),
        ("trailing\\", ["trailing\\"]),
        ("$5 100% a$ $", ["$5", "100%", "a$", "$"]),
        ("'$n' '{n}'", ["$n", "{n}"]),
        (r"$$n \$n \{n\} a$$b", ["$n", "$n", "{n}", "a$b"]),
        ("${HOME}/x '${TOKEN}' \"${file: a b}\"", ["${HOME}/x", "${TOKEN}", "${file: a b}"]),
        ("# is no comment", ["#", "is", "no", "comment"]),
    ],
)
def test_texts_are_split_as_a_shell_would(line, expected):
    found = split(line)
    assert found == expected
    assert not any(isinstance(word, Value) for word in found)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("$n", [7]),
        ("$zero $empty", [0, ""]),
        ("{n + 1}", [8]),
        ("{ n }", [7]),
        ("$names {names[0]}", [["a b", "c"], "a b"]),
        ("$table", [TABLE]),
        ("$größe", [5]),
        ("{len(table)}", [3]),
        ("{[each.upper() for each in names]}", [["A B", "C"]]),
        ("{'n': n, 'more': {'deep': [1, 2]}}", [{"n": 7, "more": {"deep": [1, 2]}}]),
        ("{}", [{}]),
        ("{n, 2}", [(7, 2)]),
        ("{'}' + \"{\" + '\\''}", ["}{'"]),
        ("{f'{n}'}", ["7"]),
        ("''$n", [7]),
        # Part of a text, or in double quotes: text.
        ("data_{n}.csv $name.yml a$n", ["data_7.csv", "report.yml", "a7"]),
        ("$n$n {n}{n}", ["77", "77"]),
        ('"$n" "{n} rows of $table"', ["7", "7 rows of three rows"]),
        ("--rows={len(table)}", ["--rows=3"]),
    ],
)
def test_what_is_nothing_but_a_variable_or_an_expression_stays_a_value(line, expected):
    assert values(line) == expected


def test_a_value_in_double_quotes_is_its_text_and_a_bare_one_is_itself():
    quoted, bare = split('"$n" $n')
    assert (str(quoted), str(bare)) == ("7", "7")
    assert isinstance(quoted, Value)
    assert isinstance(bare, Value)
    assert (quoted.value, bare.value) == ("7", 7)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("'abc", "The quote ' is not closed: 'abc"),
        ('run "a b', 'The quote " is not closed'),
        ("{n", "The brace { is not closed: {n"),
        ("{(n]}", "The brace { is not closed"),
        ("${n", "The brace { is not closed"),
        ("$nothing", "$nothing: name 'nothing' is not defined"),
        ("{nothing}", "{nothing}: name 'nothing' is not defined"),
        ("{1 / 0}", "{1 / 0}: ZeroDivisionError: division by zero"),
        ("{names[5]}", "{names[5]}: IndexError"),
        ("{n +}", "{n +}: SyntaxError"),
        ("$class", "$class: SyntaxError"),
        ("$mute", "$mute: OSError: no words"),
        ("{'x' * (1 << 62)}", "MemoryError"),
    ],
)
def test_what_cannot_be_read_is_named(line, told):
    with pytest.raises(UsageError) as refused:
        split(line)
    assert told in refused.value.message


def test_an_interrupt_of_an_expression_stays_one():
    def interrupted(_: str) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        words.split("{slow()}", interrupted)


def test_a_tilde_is_the_home_folder_where_a_shell_has_it_so():
    home = os.path.expanduser("~")
    assert words.split("run ~/n.yml ~ '~/n.yml' a~/b ~else \\~", evaluate) == [
        "run", f"{home}/n.yml", home, "~/n.yml", "a~/b", "~else", "\\~",
    ]  # fmt: skip


def test_an_expression_is_evaluated_once_whatever_it_raises():
    seen = []

    def evaluate(expression: str) -> object:
        seen.append(expression)
        raise SyntaxError("of its own")

    with pytest.raises(UsageError, match="of its own"):
        words.split("{f()}", evaluate)
    assert seen == ["f()"]


def test_the_text_of_a_large_value_is_made_only_where_it_is_needed():
    class Large(list[int]):
        def __str__(self) -> str:
            raise AssertionError("nobody needs it")

    (found,) = words.split("$x", lambda name: Large())
    assert isinstance(found, Value)
    assert found == "<Large>"
