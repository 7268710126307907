"""What runs hold, over HTTP: cells, named results, blobs, notebooks."""

from __future__ import annotations

import hashlib
import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import quote

import nbformat
import pytest

from jupyter_runt.events.codec import references
from jupyter_runt.store import history
from tests.server.live import HOST, PATIENCE, LiveServer

SERVER = {"start_worker": False}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
MANY = 20_000
CELLS = (
    "for n in range(20000): print(n)",
    f"""
import jupyter_runt
from IPython.display import display
jupyter_runt.result("total", 1)
jupyter_runt.result("total", {{"sum": 42, "parts": [1, None]}})
jupyter_runt.result("long", "x" * 100_000)
jupyter_runt.result("page", {{"text/html": "<script>alert(1)</script>é", "image/png": {PNG!r}, "image/svg+xml": "<svg/>",
                              "text/javascript": "alert(1)", "application/pdf": "no base64!"}}, mime=True)
display({{"text/plain": "by hand", "text/html\\r\\nSet-Cookie: a=b": "b"}}, raw=True, metadata={{"jupyter_runt": {{"result": "ein/é %2F"}}}})""",
    "1 / 0",
)


@dataclass(frozen=True)
class Served:
    """A server with one run that has ended."""

    live: LiveServer
    run_id: str

    @property
    def path(self) -> str:
        return f"runt/api/runs/{self.run_id}"


@pytest.fixture(scope="module")
def served(module_server: LiveServer) -> Served:
    module_server.worker()
    run_id = module_server.submit(*CELLS, name="reports/größe.nb.yml", notebook={"parameters": {"p": 1}})
    assert module_server.ended(run_id) == ("failed", "cell_error")
    return Served(module_server, run_id)


@pytest.fixture
def waiting(served: Served) -> Iterator[Served]:
    """A run that has printed and recorded something and waits for an input now."""
    live = served.live
    source = "import jupyter_runt\nprint('so far')\njupyter_runt.result('early', 1)\ninput('? ')\njupyter_runt.result('early', 2)"
    run_id = live.submit(source, "print('never')", input="wait")
    listener = live.store.listen()
    while live.store.run(run_id).status != "waiting":
        assert listener.wait(PATIENCE), "the run does not come to its question"
    listener.close()
    yield Served(live, run_id)
    live.client.signal(run_id, "kill")
    live.ended(run_id)


def blobs_of(served: Served) -> list[str]:
    events = history.events(served.live.store, served.run_id)
    return [name for event in events if event.type != "run.submitted" for name in references(event.data)]


# -- cells -------------------------------------------------------------------------------------------------------------


def test_a_cell_comes_with_its_source_and_its_whole_outputs(served):
    cell = served.live.get(f"{served.path}/cells/c1").json()
    assert (cell["status"], cell["attempt"], cell["source"]) == ("succeeded", 1, CELLS[0])
    (output,) = cell["outputs"]
    assert output["text"] == "".join(f"{number}\n" for number in range(MANY))
    failed = served.live.get(f"{served.path}/cells/c3").json()
    assert (failed["status"], failed["reason"], failed["outputs"][0]["ename"]) == (
        "failed",
        "cell_error",
        "ZeroDivisionError",
    )


def test_a_running_cell_shows_what_is_there_so_far(waiting):
    cell = waiting.live.get(f"{waiting.path}/cells/c1").json()
    assert (cell["status"], cell["outputs"][0]["text"]) == ("waiting", "so far\n")
    assert waiting.live.get(f"{waiting.path}/cells/c2").json()["status"] == "pending"


def test_an_unknown_cell_is_told_which_there_are(served):
    answer = served.live.get(f"{served.path}/cells/nope")
    assert (answer.status, answer.json()["error"]) == (404, "not_found")
    assert "c1, c2, c3" in answer.json()["remedy"]
    assert served.live.get("runt/api/runs/none/cells/c1").json()["error"] == "run_not_found"


# -- results -----------------------------------------------------------------------------------------------------------


def test_results_are_listed_the_newest_last_and_the_last_of_a_name_counts(served):
    results = served.live.get(f"{served.path}/results").json()["results"]
    assert [(each["name"], each["cell_id"]) for each in results] == [
        ("total", "c2"), ("long", "c2"), ("page", "c2"), ("ein/é %2F", "c2"),
    ]  # fmt: skip
    assert (results[0]["text"], results[0]["mime"]) == (
        "{'sum': 42, 'parts': [1, None]}",
        ["text/plain", "application/json"],
    )
    assert results[1]["text"] is None  # a blob
    total = served.live.get(f"{served.path}/results/total").json()
    assert total["data"]["application/json"] == {"sum": 42, "parts": [1, None]}
    assert total["metadata"] == {}


def test_a_running_run_tells_its_results_so_far(waiting):
    (early,) = waiting.live.get(f"{waiting.path}/results").json()["results"]
    assert (early["name"], early["text"]) == ("early", "1")
    assert waiting.live.get(f"{waiting.path}/results/early?mime=application/json").json() == 1


def test_a_large_result_lies_in_a_blob_and_comes_back_whole(served):
    raw = served.live.get(f"{served.path}/results/long?mime=application/json")
    assert raw.headers["Content-Type"] == "application/json"
    assert raw.json() == "x" * 100_000
    assert served.live.get(f"{served.path}/results/long").json()["data"]["application/json"] == "x" * 100_000


def test_a_result_is_found_by_any_name_that_a_url_can_hold(served):
    found = served.live.get(f"{served.path}/results/{quote('ein/é %2F', safe='')}").json()
    assert (found["name"], found["data"]["text/plain"]) == ("ein/é %2F", "by hand")


@pytest.mark.parametrize(
    ("mime", "served_as", "content"),
    [
        ("text/html", "text/html; charset=utf-8", "<script>alert(1)</script>é".encode()),
        ("image/svg+xml", "image/svg+xml; charset=utf-8", b"<svg/>"),
        ("image/png", "image/png", PNG),
        ("text/javascript", "application/octet-stream", b"alert(1)"),
        ("application/pdf", "application/octet-stream", b"no base64!"),
    ],
)
def test_a_raw_value_has_its_type_and_never_runs_in_the_servers_origin(served, mime, served_as, content):
    answer = served.live.get(f"{served.path}/results/page?mime={quote(mime)}")
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, served_as, content)
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    is_attachment = answer.headers.get("Content-Disposition", "").startswith("attachment")
    assert is_attachment == (mime != "image/png")


def test_a_mime_type_of_the_users_own_cannot_forge_headers(served):
    name = quote("ein/é %2F", safe="")
    answer = served.live.get(
        f"{served.path}/results/{name}?mime={quote('text/html') + quote(chr(13) + chr(10))}Set-Cookie: a=b".replace(
            " ", "%20"
        )
    )
    assert (answer.status, answer.headers["Content-Type"], answer.body) == (200, "application/octet-stream", b"b")
    assert "a=b" not in str(answer.headers)


def test_what_a_result_cannot_be_had_as_is_told(served):
    answer = served.live.get(f"{served.path}/results/total?mime=image/png")
    assert (answer.status, answer.json()["remedy"]) == (404, "It is there as text/plain, application/json.")
    answer = served.live.get(f"{served.path}/results/nope")
    assert answer.status == 404
    assert "total, long, page" in answer.json()["remedy"]


# -- blobs -------------------------------------------------------------------------------------------------------------


def test_a_blob_is_the_bytes_that_its_name_says_and_may_be_kept_for_ever(served):
    name = blobs_of(served)[-1]
    answer = served.live.get(f"runt/api/blobs/{name}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/octet-stream")
    assert hashlib.sha256(answer.body).hexdigest() == name
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = served.live.get(f"runt/api/blobs/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert served.live.get(f"runt/api/blobs/{name}", headers={"If-None-Match": '"other"'}).body == answer.body


def test_a_blob_that_no_run_refers_to_any_more_is_not_there(served):
    live = served.live
    run_id = live.submit("print('y' * 50_000)")
    live.ended(run_id)
    name = blobs_of(Served(live, run_id))[-1]
    etag = live.get(f"runt/api/blobs/{name}").headers["ETag"]
    live.client.delete(run_id)
    assert live.get(f"runt/api/blobs/{name}").status == 404
    assert live.get(f"runt/api/blobs/{name}", headers={"If-None-Match": etag}).status == 404
    assert live.get(f"runt/api/blobs/{'0' * 64}").json()["error"] == "not_found"


# -- notebooks ---------------------------------------------------------------------------------------------------------


def test_the_notebook_of_a_run_is_a_valid_ipynb_named_after_its_file(served):
    answer = served.live.get(f"{served.path}/notebook?download=true")
    assert answer.headers["Content-Type"] == "application/x-ipynb+json"
    assert (
        answer.headers["Content-Disposition"]
        == "attachment; filename=\"gr__e.ipynb\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.ipynb"
    )
    made = nbformat.from_dict(answer.json())
    nbformat.validate(made)
    printed = next(cell for cell in made.cells if cell.id == "c1").outputs[0]["text"]
    assert "".join(printed) == "".join(f"{number}\n" for number in range(MANY))
    assert made.metadata["jupyter_runt"]["result"]["status"] == "failed"


def test_a_running_runs_notebook_is_what_is_there_so_far(waiting):
    made = waiting.live.get(f"{waiting.path}/notebook").json()
    assert made["metadata"]["jupyter_runt"]["result"]["status"] == "waiting"
    assert made["cells"][0]["outputs"][0]["text"] == ["so far\n"]


def test_yaml_comes_with_its_outputs(served):
    answer = served.live.get(f"{served.path}/notebook?format=yaml")
    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert "ZeroDivisionError" in answer.text
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_html_has_an_origin_of_its_own(served):
    answer = served.live.get(f"{served.path}/notebook?format=html")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    assert "allow-same-origin" not in policy
    assert "ZeroDivisionError" in answer.text


def test_more_than_a_page_can_hold_is_refused_and_streamed_as_ipynb(served):
    live = served.live
    run_id = live.submit("for n in range(140): print('w' * 500_000)")
    live.ended(run_id)
    for form in ("html", "yaml"):
        answer = live.get(f"runt/api/runs/{run_id}/notebook?format={form}")
        assert (answer.status, answer.json()["error"]) == (409, "refused")
        assert "66 MiB" in answer.json()["message"]
    assert "66 MiB" in live.get(f"runt/api/runs/{run_id}/cells/c1").json()["message"]
    answer = live.get(f"runt/api/runs/{run_id}/notebook")
    assert "".join(answer.json()["cells"][0]["outputs"][0]["text"]).split() == ["w" * 500_000] * 140


def test_an_unknown_format_or_run_is_an_answer(served):
    assert served.live.get(f"{served.path}/notebook?format=pdf").status == 400
    assert served.live.get("runt/api/runs/none/notebook").json()["error"] == "run_not_found"


def test_a_client_that_goes_away_in_the_middle_of_a_notebook_costs_nothing_and_is_no_fault(served):
    live = served.live
    run_id = live.submit("for n in range(40): print('z' * 500_000)")
    live.ended(run_id)
    live.new_log()
    with socket.create_connection((HOST, live.port), timeout=PATIENCE) as client:
        request = f"GET {live.base_url}runt/api/runs/{run_id}/notebook HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: token {live.token}\r\n\r\n"
        client.sendall(request.encode())
        assert b"200 OK" in client.recv(1024)
    assert live.get("runt/api/status").status == 200
    log = live.new_log()
    assert "Traceback" not in log
    assert "Uncaught" not in log


def test_a_notebook_whose_run_is_removed_meanwhile_breaks_off_and_does_not_end_properly(served):
    live = served.live
    run_id = live.submit("for n in range(40): print('z' * 500_000)")
    live.ended(run_id)
    connection = http.client.HTTPConnection(HOST, live.port, timeout=PATIENCE)
    # Left to itself, a receive buffer grows until it holds all 20 MB, and the server has written them before the run is removed.
    connection.sock = socket.socket()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    connection.sock.settimeout(PATIENCE)
    connection.sock.connect((HOST, live.port))
    with closing(connection):
        connection.request("GET", f"{live.base_url}runt/api/runs/{run_id}/notebook", headers=live.auth)
        response = connection.getresponse()
        response.read(1000)
        live.client.delete(run_id)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()
