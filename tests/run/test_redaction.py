from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jupyter_runt.run.redaction import MASK, Redactor

STREAM = ("a", "stdout")
letters = st.text("ab*", max_size=40)
secrets = st.lists(st.text("ab*", min_size=6, max_size=10), max_size=4)


@given(secrets=secrets, chunks=st.lists(letters, max_size=8))
@example(secrets=["aaaaaa", "aaaaaabb"], chunks=["aaaaaa", "bb"])
@example(secrets=["aaaaaa", "aaaaaabb"], chunks=["aaaaaa"])
@example(secrets=["bababa", "abaaaa"], chunks=["babab", "abaaaa"])
@example(secrets=["*****a"], chunks=["b*****a", "a"])
def test_chunks_show_what_the_whole_text_would_show_however_it_is_cut(secrets, chunks):
    redactor = Redactor(secrets)
    shown = [redactor.chunk(STREAM, chunk) for chunk in chunks]
    assert "".join((*shown, redactor.release(STREAM))) == redactor.text("".join(chunks))


@given(text=st.text("ab\n", max_size=60), secret=st.text("ab", min_size=6, max_size=8))
def test_no_more_is_held_back_than_could_become_a_secret(text, secret):
    redactor = Redactor([secret])
    shown = redactor.chunk(STREAM, text)
    held = redactor.text(text)[len(shown) :]
    assert secret.startswith(held)
    assert held != secret


def test_a_secret_cut_in_two_is_masked_and_what_was_no_secret_is_given_back():
    redactor = Redactor(["hunter2-hunter2"])
    assert redactor.chunk(STREAM, "password: hunter2-") == "password: "
    assert redactor.chunk(STREAM, "hunter2\n") == f"{MASK}\n"
    assert redactor.chunk(STREAM, "the hunter") == "the "
    assert redactor.release(STREAM) == "hunter"
    assert redactor.release(STREAM) == ""


def test_streams_do_not_mix():
    redactor = Redactor(["abcdefgh"])
    assert redactor.chunk(("a", "stdout"), "abcd") == ""
    assert redactor.chunk(("a", "stderr"), "efgh") == "efgh"
    assert redactor.chunk(("a", "stdout"), "efgh") == MASK


def test_a_value_loses_its_secrets_in_texts_and_keys_at_any_depth():
    redactor = Redactor(["s3cret-value"])
    value = {"s3cret-value": [1, None, {"x": ("is s3cret-value!", True)}]}
    assert redactor.value(value) == {MASK: [1, None, {"x": [f"is {MASK}!", True]}]}


@pytest.mark.parametrize("secrets", [[], ["short"], [""]])
def test_without_secrets_or_with_short_ones_nothing_changes_and_nothing_is_held(secrets):
    redactor = Redactor(secrets)
    assert not redactor
    assert redactor.chunk(STREAM, "a short text") == "a short text"
    value = {"short": "short"}
    assert redactor.value(value) is value
