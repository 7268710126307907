"""Which server is asked, with which token, and what is said when it cannot be."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.far import Far
from tests.cli.runt import until
from tests.client.relay import answering, proxying
from tests.server.live import HOST, LiveServer, free_port, serving

NOBODY = {"JUPYTER_RUNT_TOKEN": ""}


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with serving(start_worker=False, config={"ServerApp": {"allow_remote_access": True}}) as made:
        made.runt("submit", "simple-health-check", "--id", "r1", "--no-worker")
        yield made


@pytest.fixture
def place(server) -> Far:
    return Far(server)


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_the_token_comes_from_a_variable_a_file_or_an_option(place):
    near, url = place.near, place.server.url
    file = near.write("token", f"{place.server.token}\n")
    for options, env in (
        (["--server", url], {"JUPYTER_RUNT_TOKEN": place.server.token}),
        (["--server", url], {"JUPYTER_RUNT_TOKEN_FILE": file}),
        (["--server", url, "--token-file", file], {"JUPYTER_RUNT_TOKEN": "wrong"}),
        ([], {"JUPYTER_RUNT_SERVER": f"{url}?token={place.server.token}"}),
    ):
        assert near("ls", "--json", *options, env=env).json()[-1]["run_id"] == "r1"


@pytest.mark.parametrize(
    ("token", "told"), [("wrong", "does not accept the token"), ("", "wants a token"), ("a\nb", "cannot be one")]
)
def test_a_token_that_will_not_do_is_told_with_what_to_do(place, token, told):
    code = 2 if "\n" in token else 5
    said = place.far("ls", env={"JUPYTER_RUNT_TOKEN": token}, code=code).err
    assert told in said
    assert token == "" or token not in said
    if code == 5:
        assert "JUPYTER_RUNT_TOKEN" in said
        assert "--token-file" in said


def test_a_servers_own_token_variable_is_not_sent_elsewhere(place):
    assert "wants a token" in place.far("ls", env={**NOBODY, "JUPYTER_TOKEN": place.server.token}, code=5).err


def test_a_pasted_token_is_used_but_never_shown(place):
    token = place.server.token
    url = f"{place.server.url}?token={token}"
    ended = place.near("submit", "simple-health-check", "--server", url, "--no-worker", "--json")
    assert token not in ended.out + ended.err
    assert "warning: a token among the arguments" in ended.err
    assert ended.json()["server"] == place.server.url
    process = place.near.start("follow", ended.json()["run_id"], "--server", url)
    arguments = Path(f"/proc/{process.pid}/cmdline")
    until(
        lambda: b"*****" in arguments.read_bytes() and token.encode() not in arguments.read_bytes(), "it is concealed"
    )
    place.far("cancel", ended.json()["run_id"])
    shown = place.near.end(process, code=6)
    assert token not in shown.out + shown.err
    assert token not in place.server.log.read_text()


def test_a_token_file_that_cannot_be_read_is_named(place):
    assert "nowhere: the token cannot be read" in place.far("ls", "--token-file", "nowhere", code=2).err


def test_a_server_without_a_token_is_asked_without_one():
    with serving(start_worker=False, config={"IdentityProvider": {"token": ""}}) as server:
        far = Far(server)
        run_id = far.far("submit", "simple-health-check", "--no-worker", env=NOBODY).out.strip()
        far.far("pin", run_id, env=NOBODY)
        far.far("cancel", run_id, env=NOBODY)
        far.far("follow", run_id, env=NOBODY, code=6)
        far.far("rm", "--force", run_id, env=NOBODY)
        assert far.near.json("ls") == []


# -- stores and servers ------------------------------------------------------------------------------------------------


def test_a_server_under_a_prefix_is_found_below_it():
    with serving(start_worker=False, base_url="/user/ada%40x/") as server:
        far = Far(server)
        run_id = far.far("submit", "simple-health-check", "--no-worker").out.strip()
        far.far("cancel", run_id)
        shown = far.far("follow", run_id, "--json", code=6).out
        assert json.loads(shown.splitlines()[-1])["type"] == "run.finished"


def test_a_store_and_a_server_at_once_are_refused_and_an_option_wins_over_a_variable(place):
    near = place.near
    assert "exclude each other" in place.far("ls", "--store", near.url, "--server", "http://x", code=2).err
    assert [
        row["run_id"] for row in place.far("ls", "--json", "--store", f"sqlite:///{near.home}/o.sqlite").json()
    ] == []
    assert place.far("status").out.splitlines()[1] == f"server   {place.server.url}"


@pytest.mark.parametrize(
    "command",
    ["execute n.yml", "worker", "prune", "doctor", "workers --start", "serve"],
    ids=lambda text: text.split()[0],
)
def test_what_needs_a_store_at_hand_says_so_in_a_line(place, command):
    for options, env, named in (([], place.env, "JUPYTER_RUNT_SERVER"), (["--server", "http://x/"], {}, "--server")):
        said = place.near(*command.split(), *options, env=env, code=2).err.splitlines()
        assert "works on a store at hand and cannot go through a server" in said[0]
        assert said[0].endswith(f"({named}).")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("localhost:8888", "is no URL of a server"),
        ("ftp://host/", "is no URL of a server"),
        ("http://", "is no URL of a server"),
        ("http://host:port/", "cannot be read"),
        ("http://ada:tiger@host/", "has a user or a password in it"),
        ("http://ho st/?token=tiger", "spaces"),
    ],
)
def test_a_url_that_is_none_is_a_usage_error(place, url, told):
    said = place.near("ls", "--server", url, code=2).err
    assert told in said
    assert "tiger" not in said


# -- what answers is not what was hoped for ----------------------------------------------------------------------------


def test_nobody_there(place):
    said = place.far("ls", "--server", f"http://{HOST}:{free_port()}", code=5).err
    assert "cannot be reached: connection refused" in said
    assert "name is not known" in place.far("ls", "--server", "http://no.such.host.invalid", code=5).err


def test_a_server_without_the_extension():
    extensions = {"jupyter_runt": False, "jupyter_server_terminals": False}
    with serving(start=False, config={"ServerApp": {"jpserver_extensions": extensions}}) as server:
        server.start(wait=False)
        until(lambda: "has no jupyter-runt" in Far(server).far("ls", code=5).err, "it answers", patience=20)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, "<html>", "text/html instead of JSON"),
        (200, "[]", "JSON without 'runs'"),
        (200, '{"runs": [{"run_id": "r1"}]}', "a run without 'seq'"),
        (200, "cut", "broke off in the middle"),
        (302, "https://hub.example/login?next=/", "sends us on to https://hub.example/login: a login page"),
        (404, "<html>", "has no jupyter-runt"),
        (500, "<html>", "answers 500 Internal Server Error"),
        (500, '{"error": "internal_server_error", "message": "Oh."}', "failed: Oh."),
        (503, "<html>", "Nobody answers behind"),
        (503, '{"error": "store_busy", "message": "Locked.", "remedy": "Wait.", "details": []}', "Locked.\n  Wait."),
        (0, "SSH-2.0-OpenSSH_9.9\r\n", "no HTTP"),
    ],
)
def test_answers_that_are_none_of_ours(place, status, body, told):
    with answering(status, body) as url:
        assert told in place.far("ls", "--server", url, code=5).err


# -- TLS and proxies ---------------------------------------------------------------------------------------------------


def test_a_certificate_is_verified(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    trusted = {"SSL_CERT_FILE": str(certificate)}
    files = {"certfile": str(certificate), "keyfile": str(key)}
    with serving(start=False, start_worker=False, config={"ServerApp": files}) as server:
        server.start(wait=False)
        far, url = Far(server), server.url.replace("http:", "https:")
        until(lambda: far.far("status", "--server", url, env=trusted, code=None).code == 0, "it answers", patience=20)
        assert "is not to be trusted: self" in far.far("status", "--server", url, code=5).err
        assert "cannot be reached" in far.far("status", code=5).err, "it speaks TLS only"
        run_id = server.submit("1")
        far.far("cancel", run_id, "--server", url, env=trusted)
        shown = far.far("follow", run_id, "--json", "--server", url, code=6, env=trusted).out
        assert json.loads(shown.splitlines()[-1])["type"] == "run.finished"


def test_a_proxy_is_used_for_everything_but_this_machine(place):
    run_id = place.far("submit", "simple-health-check", "--no-worker").out.strip()
    place.far("cancel", run_id)
    with proxying(place.server.port) as proxy:
        env = {"http_proxy": f"http://ada:ti%3Ager@{HOST}:{proxy.port}", "no_proxy": "elsewhere.example"}
        url = f"http://runt.example:{place.server.port}/"
        shown = place.far("follow", run_id, "--json", "--server", url, env=env, code=6).out
        assert json.loads(shown.splitlines()[-1])["type"] == "run.finished"
        assert {"GET", "CONNECT"} == {method for method, _ in proxy.asked}
        assert {given for _, given in proxy.asked} == {"Basic " + base64.b64encode(b"ada:ti:ger").decode()}
        count = len(proxy.asked)
        place.far("ls", env=env)
        assert len(proxy.asked) == count, "this machine needs no proxy"
    assert "through the proxy 127.0.0.1" in place.far("ls", "--server", url, env=env, code=5).err
