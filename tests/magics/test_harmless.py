"""Nothing that a run says can do anything in the notebook that shows its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from jupyter_runt.magics import outputs, table
from jupyter_runt.magics.picture import Picture
from jupyter_runt.magics.results import Results
from jupyter_runt.run.policy import Input, Policy
from tests.magics.played import Played
from tests.magics.reading import harmless
from tests.run.driving import ERROR, code
from tests.server.pages.watching import browsing

HIT = "window.hit=(window.hit||0)+1"
ATTACKS = [
    f"<script>{HIT}</script>",
    f"<img src=x onerror='{HIT}'>",
    f'"><svg onload="{HIT}"><circle r=9></svg>',
    f"' onmouseover='{HIT}' x='",
    f'<a href="javascript:{HIT}">click</a>',
    f'<a href=" java\tscript:{HIT}">click</a>',
    f'<a href="data:text/html,<script>{HIT}</script>">click</a>',
    f"<iframe srcdoc='<script>parent.{HIT}</script>'></iframe>",
    "<style>* { display: none !important; background: url(http://127.0.0.1:9/styled) }</style>",
    '<div style="position:fixed;inset:0;background:url(http://127.0.0.1:9/covered)">all over</div>',
    "<link rel=stylesheet href=http://127.0.0.1:9/linked>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/moved'>",
    "<base href=http://127.0.0.1:9/>",
    "<img src=http://127.0.0.1:9/pixel><video src=http://127.0.0.1:9/film autoplay></video>",
    "<object data=http://127.0.0.1:9/o></object><embed src=http://127.0.0.1:9/e>",
    f"<form action=javascript:{HIT}><button autofocus onfocus={HIT}>go</button></form>",
    f"<math><mtext></p><style><img src onerror={HIT}></style></mtext></math>",
    f"<noscript><p title='</noscript><img src onerror={HIT}>'></noscript>",
    f"</pre></div></td></table><script>{HIT}</script>",
    f"<!--><img src onerror={HIT}>--><![CDATA[<script>{HIT}</script>]]>",
    f"<details open ontoggle={HIT}>x</details><marquee onstart={HIT}>y</marquee>",
    "<div id=jp-main class='jp-Notebook lm-mod-hidden' data-commandlinker-command=x data-jp-theme=x>z</div>",
    f"<input autofocus onfocus={HIT}><textarea></textarea><select></select><dialog open>d</dialog>",
    "\x00<scr\x00ipt>\ud800</script>",
]
MIMES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml", "image/png", "image/jpeg", "image/gif",
         "image/webp", "application/json", "application/javascript", "application/vnd.x+json", "audio/wav")  # fmt: skip


def pictured(run: Played, **more: Any) -> str:
    seen = run.view
    shown = outputs.drawn(seen, run.blob)
    found: str = Picture(seen, outputs=shown, **{"texts": outputs.told(seen, run.blob), **more}).bundle()["text/html"]
    return found


def in_its_names(attack: str) -> str:
    run = Played(code(f"a{attack}"), code("b"), title=attack, name=attack)
    run.ready()
    return pictured(
        run.ended({**ERROR, "ename": attack, "evalue": attack}), page=f"javascript:{attack}", message=attack
    )


def in_its_question(attack: str) -> str:
    run = Played(code(f"a{attack}"), policy=Policy(input=Input("wait")))
    run.ready()
    run.ask(attack)
    return pictured(run, texts={f"a{attack}": [attack]}, message=attack, page=attack, server=attack)


def in_its_texts(attack: str) -> str:
    run = Played(code("a"))
    run.ready()
    run.text(attack)
    run.text(attack, "stderr")
    run.error(attack, attack, attack)
    return pictured(run.ended(ERROR))


def in_its_bundles(attack: str) -> str:
    run = Played(code("a"))
    run.ready()
    for mime in MIMES:
        run.message("display_data", data={mime: attack}, metadata={mime: {"width": attack}}, transient={})
        run.message("display_data", data={mime: [attack, attack]}, metadata={}, transient={})
    run.message("display_data", data={attack: attack}, metadata={attack: attack}, transient={})
    run.message("display_data", data={"image/png": {"not": attack}}, metadata={}, transient={})
    return pictured(run.ended())


def in_a_table(attack: str) -> str:
    return table.as_html(["STATUS", attack], [["failed", attack], [attack, attack]], above=attack, below=attack)


def in_the_results(attack: str) -> str:
    listed = [{"name": attack, "text": attack, "mime": [attack], "cell_id": attack}]
    client: Any = None
    return Results(client, "r1", listed)._repr_html_() or ""


PLACES: list[Callable[[str], str]] = [
    in_its_names, in_its_question, in_its_texts, in_its_bundles, in_a_table, in_the_results,
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_no_part_of_a_picture_can_do_anything(place):
    for attack in ATTACKS:
        harmless(place(attack))


@settings(deadline=None, max_examples=60)
@given(
    text=st.lists(
        st.sampled_from(
            [*ATTACKS, "<", ">", "'", '"', "&", "&lt;", "</div>", "<b>", "`", "\n", "[x](javascript:y)", "![x](y)"]
        )
        | st.text(max_size=3),
        max_size=6,
    ).map("".join),
    place=st.sampled_from(PLACES),
)
def test_no_mixture_of_them_can_either(text, place):
    harmless(place(text))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page()
    yield made
    made.close()


def test_a_browser_runs_and_loads_nothing_of_it(page: Page):
    """As a trusted notebook's front end shows it: the HTML as it is, scripts of the page allowed, in no frame."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content("<!doctype html><div id=output></div>")
    markup = "".join(place(attack) for place in PLACES for attack in ATTACKS)
    page.evaluate(
        """html => { const range = document.createRange(); const output = document.getElementById("output");
        output.append(range.createContextualFragment(html)); }""",
        markup,
    )
    page.evaluate(
        """() => { for (const each of document.querySelectorAll("#output *")) {
        for (const kind of ["mouseover", "focus", "click", "toggle", "error", "load"]) {
            if (kind !== "click" || each.tagName !== "A") { each.dispatchEvent(new Event(kind, { bubbles: true })); } } } }"""
    )
    page.wait_for_function("() => [...document.images].every(each => each.complete)")
    assert page.evaluate("window.hit") is None
    assert [url for url in asked if not url.startswith("data:")] == []
    assert page.evaluate("document.querySelectorAll('script, style, iframe, link, form').length") == 0
    assert page.evaluate("getComputedStyle(document.getElementById('output')).display") == "block"
    assert page.evaluate("document.querySelectorAll('#output *').length") > 1000, "it is there"


def test_the_guard_sees_what_is_harmful(page: Page):
    page.set_content("<!doctype html>" + ATTACKS[1])
    page.wait_for_function("() => window.hit")
    for attack in (each for each in ATTACKS[:-1] if "<" in each):
        with pytest.raises(AssertionError):
            harmless(attack)
