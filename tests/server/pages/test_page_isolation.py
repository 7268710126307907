"""What runs say cannot do anything on the page: outputs are locked into frames, and markdown is sanitised."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Frame, Page, expect

from jupyter_runt.notebook import markup
from tests.server.live import LiveServer
from tests.server.pages.watching import Reader, cell, drawn

# Each try says what came of it; the frame's own `parent` is all that it can speak to.
ATTACK = """\
<p id="said">nothing ran</p>
<form id="form" action="/runt/api/runs" method="post"><input name="x"></form>
<script>
const done = {};
const attempt = (name, work) => { try { done[name] = String(work()); } catch (error) { done[name] = error.name; } };
attempt("cookie", () => document.cookie);
attempt("storage", () => localStorage.length);
attempt("parent", () => parent.document.title);
attempt("top", () => { top.location = "/runt/"; return "gone"; });
attempt("popup", () => String(window.open("/runt/")));
attempt("dialog", () => { alert("hello"); return "quiet"; });
attempt("form", () => { document.getElementById("form").submit(); return "sent"; });
const asked = fetch("/runt/api/status").then(() => "read", (error) => error.name);
const image = new Promise((say) => { const it = new Image(); it.onload = () => say("read"); it.onerror = () => say("refused"); it.src = "/favicon.ico"; });
Promise.all([asked, image]).then(([api, picture]) => {
  Object.assign(done, { api, picture, origin: self.origin });
  parent.postMessage({ runt: "output", height: 1e9 }, "*");
  document.getElementById("said").textContent = JSON.stringify(done);
});
</script>
"""


def test_an_output_runs_its_script_and_reaches_nothing(live: LiveServer, reader: Reader):
    run_id = live.submit(f"from IPython.display import HTML\nHTML({ATTACK!r})", "1")
    live.ended(run_id)
    runs = len(live.store.match("", 100))
    page = reader.run(run_id)
    frame = cell(page, 1).locator("iframe")
    frame.scroll_into_view_if_needed()
    said = cell(page, 1).frame_locator("iframe").locator("#said")
    expect(said).to_contain_text("origin")
    done: dict[str, Any] = said.evaluate("each => JSON.parse(each.textContent)")
    assert done == {
        "cookie": "SecurityError", "storage": "SecurityError", "parent": "SecurityError", "top": "SecurityError",
        "popup": "null", "dialog": "quiet", "form": "sent", "api": "TypeError", "picture": "refused", "origin": "null",
    }  # fmt: skip
    assert page.url.endswith(run_id)
    assert len(page.context.pages) == 1
    assert len(live.store.match("", 100)) == runs
    assert frame.evaluate("each => each.clientHeight") <= 20_000
    note = cell(page, 1).locator(".framed .note")
    expect(note).to_contain_text("This output asked for what the page does not allow")


def test_an_output_that_is_opened_by_itself_is_locked_in_too(live: LiveServer, reader: Reader):
    script = "try { document.cookie } catch (error) { said.textContent = `${origin} ${error.name}`; }"
    run_id = live.submit(f"from IPython.display import HTML\nHTML('<p id=said></p><script>{script}</script>')")
    live.ended(run_id)
    reader.run(run_id)
    page = reader.open(f"runt/runs/{run_id}/outputs/{_seq(live, run_id)}", token=False)
    expect(page.locator("#said")).to_have_text("null SecurityError")


def test_the_headers_of_a_frame_lock_it_in(live: LiveServer, reader: Reader):
    run_id = live.submit("from IPython.display import HTML\nHTML('<b>x')", "1")
    live.ended(run_id)
    path = f"runt/runs/{run_id}/outputs"
    answer = live.get(f"{path}/{_seq(live, run_id)}")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline';")
    assert "frame-ancestors 'self'" in policy
    assert "allow-same-origin" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for seq in (0, 1, 10_000):
        missing = live.get(f"{path}/{seq}")
        assert missing.status == 404
        assert missing.headers["Content-Type"].startswith("text/html")
    assert live.get(f"runt/runs/other/outputs/{_seq(live, run_id)}").status == 404


def _seq(live: LiveServer, run_id: str) -> int:
    return next(event.seq for event in live.store.read(run_id, 0) if event.type == "output.added")


def test_a_picture_of_svg_runs_its_script_in_a_frame_and_markdown_runs_none(live: LiveServer, reader: Reader):
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='70'><script>document.querySelector('svg').id = 'ran'</script></svg>"
    run_id = live.submit(
        f'from IPython.display import SVG, Markdown, display\ndisplay(SVG("""<?xml version=\'1.0\'?>{svg}"""))',
        "display(Markdown('**strong** <script>document.body.id = \"ran\"</script>'))",
    )
    live.ended(run_id)
    page = reader.run(run_id)
    expect(cell(page, 1).frame_locator("iframe").locator("svg#ran")).to_be_visible()
    expect(cell(page, 1).locator("iframe")).to_have_css("height", "72px")
    expect(cell(page, 2).frame_locator("iframe").locator("strong")).to_have_text("strong")
    assert not [frame for frame in page.frames[1:] if _ran(frame)]


def _ran(frame: Frame) -> bool:
    return bool(frame.evaluate("document.body.id === 'ran'"))


MARKDOWN = """\
# Title

<b onclick="fail()">bold</b> <i style="position:fixed" class="banner" id="cells">calm</i> <script>fail()</script>
<img src="x" onerror="fail()"> ![far](https://example.invalid/far.png) ![near](attachment:near.png)
[good](https://example.invalid/) [bad](javascript:fail()) [bad](/runt/api/runs) <iframe src="/runt/"></iframe>
<form action="/runt/api/runs"><input name="x"></form> <a href="https://example.invalid" target="_self">self</a>

| a | b |
|---|---|
| 1 | 2 |

```python
def f(): return "text"
```
"""
NEAR = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def test_markdown_keeps_what_is_harmless_and_nothing_else(live: LiveServer, reader: Reader):
    text = {
        "cell_type": "markdown", "source": MARKDOWN, "attachments": {"near.png": {"image/png": NEAR}},
    }  # fmt: skip
    run_id = live.submit(text, "def f(x):\n    return x <b>", {"cell_type": "raw", "source": "<b>raw</b>"})
    page = reader.run(run_id)
    prose = page.locator(".prose")
    expect(prose.locator("h1")).to_have_text("Title")
    expect(prose.locator("td")).to_have_text(["1", "2"])
    expect(prose.locator("code .k")).to_have_text(["def", "return"])
    expect(prose.get_by_alt_text("near")).to_have_js_property("naturalWidth", 1)
    expect(prose.locator("img")).to_have_count(2)  # one of them has no source any more
    assert prose.locator("img").first.get_attribute("src") is None
    links = prose.locator("a[href]").evaluate_all(
        "all => all.map((each) => [each.textContent, each.href, each.target, each.rel])"
    )
    kept = ["https://example.invalid/", "_blank", "noopener noreferrer"]
    assert links == [["far", "https://example.invalid/far.png", *kept[1:]], ["good", *kept], ["self", *kept]]
    assert not prose.locator("script, iframe, form, input, [onclick], [onerror], [style], [id], i[class]").count()
    code = cell(page, 1).locator("code")
    expect(code).to_have_text("def f(x):\n    return x <b>")
    expect(code.locator(".k").first).to_have_text("def")
    expect(page.locator(".raw code")).to_have_text("<b>raw</b>")
    drawn(page)


def test_the_page_allows_nothing_but_its_own(live: LiveServer, reader: Reader):
    run_id = live.submit("1")
    page = reader.run(run_id)
    drawn(page)
    policy = live.get(f"runt/runs/{run_id}").headers["Content-Security-Policy"]
    assert re.fullmatch(
        r"default-src 'none'; script-src 'nonce-[\w-]+'; style-src 'self'; connect-src 'self'; img-src data:; .*",
        policy,
    )
    reader.expect_complaint("refused: script-src")
    reader.expect_complaint("Content Security Policy")
    assert _injected(page) == "no"
    assert "refused: script-src-attr inline" in reader.complaints


def _injected(page: Page) -> Any:
    return page.evaluate(
        """async () => {
            const it = document.createElement("div");
            it.innerHTML = "<img src='data:,' onerror='window.ran = \\"yes\\"'>";
            document.body.append(it);
            await new Promise((go) => setTimeout(go, 200));
            return window.ran ?? "no";
        }"""
    )


def test_who_has_not_logged_in_is_led_through_the_login_and_back(live: LiveServer, reader: Reader):
    run_id = live.submit("print('seen')")
    live.ended(run_id)
    page = reader.open(f"runt/runs/{run_id}", token=False)
    assert "/login?next=" in page.url
    page.fill("input[name=password]", live.token)
    page.keyboard.press("Enter")
    expect(cell(page, 1).locator(".text")).to_have_text("seen\n")
    reader.expect_complaint("")  # jupyter_server's own login page


def test_html_that_is_nested_beyond_reason_is_shown_as_text():
    """The sanitiser would take a minute for it."""
    deep = "<div>" * 50_000
    assert markup.markdown(deep).startswith("<pre>&lt;div&gt;")
    flat = "<p><b>x</b></p>" * 20_000
    assert markup.markdown(flat).count("<b>x</b>") == 20_000
