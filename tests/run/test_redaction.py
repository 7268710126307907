from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jupyter_runt.kernel import agent
from jupyter_runt.notebook.injection import python_source
from jupyter_runt.run.redaction import LONGEST, MASK, Redactor, needles

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


@given(secrets=secrets, chunks=st.lists(letters, max_size=8))
@example(secrets=["aaaaaa", "aaaaaabb"], chunks=["aaaaaa", "bb"])
@example(secrets=["*****a"], chunks=["b*****a", "a"])
def test_the_agent_finds_what_the_worker_finds(secrets, chunks):
    worker, theirs, held = Redactor(secrets), agent.Redactor(), ""
    theirs.add(secrets)
    assert theirs.text("".join(chunks)) == worker.text("".join(chunks))
    for chunk in chunks if secrets else ():
        shown, held = theirs.split(held + chunk)
        assert shown == worker.chunk(STREAM, chunk)


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


# -- what is looked for ----------------------------------------------------------------------------------------------

nasty = st.text(st.sampled_from("abc'\"\\\n\t&<> /+%é日🔑\x1b") | st.characters(codec="utf-8"), min_size=6, max_size=30)


@given(secret=nasty)
def test_a_secret_is_found_as_python_json_html_and_urls_spell_it(secret):
    redactor = Redactor(needles([secret]))
    data = secret.encode()
    spelt = [
        repr(secret), ascii(secret), repr([secret, '"', "'"]), repr(data), python_source({"token": secret}),
        json.dumps(secret), json.dumps({"k": secret}, ensure_ascii=False), html.escape(secret), html.escape(secret, quote=False),
        quote(secret), quote(secret, safe=""), quote_plus(secret), f"https://host/?token={quote(secret)}&x=1",
    ]  # fmt: skip
    for text in spelt:
        assert MASK in redactor.text(text), text


@given(secret=nasty, before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_a_secret_is_found_in_base64_whatever_stands_around_it(secret, before, after):
    redactor = Redactor(needles([secret]))
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        left = redactor.text(encode(before + secret.encode() + after).decode())
        assert MASK in left
        assert (
            len(left.replace(MASK, "")) <= (len(before) + len(after) + 4) * 4 / 3 + 8
        )  # hardly more than what is around


@given(value=st.text(min_size=1) | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_what_is_looked_for_is_never_shorter_than_the_shortest_nor_longer_than_the_longest(value):
    assert all(6 <= len(text) <= LONGEST for text in needles([value]))


def test_the_lines_of_a_secret_are_secrets_but_not_what_only_says_that_a_key_begins():
    key = "-----BEGIN PRIVATE KEY-----\nMIIBVwIBADANBg\nabc\nlwkYqnJbT2fMnq\n-----END PRIVATE KEY-----\n"
    redactor = Redactor(needles([key]))
    assert redactor.text("  lwkYqnJbT2fMnq;abc") == f"  {MASK};abc"
    assert redactor.text(key) == MASK
    assert redactor.text("-----BEGIN PRIVATE KEY-----\nother") == "-----BEGIN PRIVATE KEY-----\nother"


def test_numbers_lists_and_maps_are_secrets_by_their_texts_and_short_ones_are_none():
    redactor = Redactor(needles([12345678, ["first-one", {"k": "second-one"}], None, True, "short"]))
    shown = redactor.value({"a": 12345678, "b": [1234567, "first-one second-one"], "c": "short", "d": True})
    assert shown == {"a": MASK, "b": [1234567, f"{MASK} {MASK}"], "c": "short", "d": True}


def test_colours_in_the_middle_of_a_secret_do_not_hide_it_and_other_colours_stay():
    redactor = Redactor(needles(["hunter2-hunter2"]))
    assert redactor.value("\x1b[31mhunter2\x1b[39m-\x1b[32mhunter2\x1b[0m!") == f"{MASK}!"
    assert redactor.value("\x1b[31mhunter2\x1b[0m") == "\x1b[31mhunter2\x1b[0m"


def test_binary_data_keeps_its_length():
    assert Redactor(needles(["geheim-ß"])).buffers([b"\0geheim-\xc3\x9f\xff"]) == [b"\0*********\xff"]


@pytest.mark.parametrize("secret", ["k" * 1_000_000, "".join(map(chr, range(0x100, 0xD000))) * 8])
def test_a_huge_secret_costs_no_more_than_its_length(secret):
    began = time.perf_counter()
    redactor = Redactor(needles([secret]))
    text = f"before {secret} after {secret[:-1]}"
    shown = "".join(redactor.chunk(STREAM, text[at : at + 50]) for at in range(0, len(text), 50))
    shown += redactor.release(STREAM)
    assert time.perf_counter() - began < 10
    assert shown.startswith(f"before {MASK}")
    assert secret[:LONGEST] not in shown
