"""`%runt` at a Jupyter server elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.runt import Runt
from tests.magics.session import MIME, Session
from tests.magics.works import held
from tests.server.live import LiveServer, free_port, serving


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """A server with a home, a store and workers of its own."""
    with serving() as made:
        yield made


@pytest.fixture
def far(server: LiveServer, lived_in: Runt, notebook: Session) -> Iterator[Session]:
    """The notebook, connected to the server."""
    if server.process is None:
        server.start()
    lived_in.write("token", server.token)
    notebook(f"%runt connect {server.url} --token-file token")
    yield notebook
    notebook("%runt connect --here")


def let_go(server: LiveServer, name: str) -> None:
    server.write(f"{name}.go", "")


def test_connect_tells_where_to_and_all_commands_go_there(server: LiveServer, lived_in: Runt, far: Session):
    assert far("%runt connect").text.startswith(f"server {server.url}: ")
    lived_in.cells("print('size', size)", name="far.yml", parameters={"size": 1})
    picture = far("run = %runt run far.yml -p size 5 --wait --label at=server").picture
    run_id = picture.run_id
    assert "size 5" in picture.text
    assert picture.data[MIME]["server"] == server.url
    assert picture.data[MIME]["status"] == "succeeded"
    assert server.token not in str(picture.data)
    assert server.ended(run_id) == ("succeeded", None), "the server has it"
    assert run_id not in str(lived_in("ls", "--json").out), "and this machine's store has not"
    assert far("%runt ls --label at=server").value.text.splitlines()[1].split()[0] == run_id
    assert far(f"%runt show {run_id}").picture.text == picture.text
    assert far("print(run.outputs.text)").text == "size 5\n\n"
    assert far.value("run.page").startswith(server.url)
    assert "live page" in picture.html


def test_a_run_there_is_live_and_steered_from_here(server: LiveServer, lived_in: Runt, far: Session):
    lived_in.cells("print('begun')", held("there"), "print('all', 'done')", name="live.yml")
    picture = far("run = %runt run live.yml").picture
    far.until(lambda: "▶ c2" in picture.text, "the second cell runs")
    follow = far.start("%runt follow $run")
    far.until(lambda: follow.displays, "it is followed")
    let_go(server, "there")
    far.end(follow)
    far.until(lambda: "succeeded" in picture.text, "the picture is that of the end")
    assert "all done" in follow.picture.text
    lived_in.cells("import time\nwhile True: time.sleep(0.01)", name="endless.yml")
    picture = far("run = %runt run endless.yml").picture
    far.until(lambda: "▶ c1" in picture.text, "it runs")
    far("%runt cancel $run\nrun.wait()")
    assert far.value("run.status") == "cancelled"


def test_a_run_there_asks_here(lived_in: Runt, far: Session):
    lived_in.cells("print('got', input('Far? '))", name="asks.yml")
    cell = far("run = %runt run asks.yml --wait", answer=lambda prompt, password: "near")
    assert "got near" in cell.picture.text


def test_results_and_outputs_come_from_there(lived_in: Runt, far: Session):
    source = "import pandas as pd, jupyter_runt\njupyter_runt.result('frame', pd.DataFrame({'a': [1, 2]}))\nprint('x' * 50_000)"
    lived_in.cells(source, name="results.yml")
    far("run = %runt run results.yml --check")
    assert far.value("run.result('frame').to_dict('list')") == {"a": [1, 2]}
    assert far.value("len(run.outputs.text)") > 50_000
    assert far.value("len(run.notebook.cells)") == 1


def test_a_sweep_there_is_one_table_here(server: LiveServer, lived_in: Runt, far: Session):
    lived_in.cells(
        "import jupyter_runt; jupyter_runt.result('twice', 2 * size)", name="sweep.yml", parameters={"size": 1}
    )
    (shown,) = far("sweep = %runt sweep sweep.yml -p size 1,2,3 --wait").displays
    assert "3/3 runs have ended" in shown.text
    assert [line.split()[-1] for line in shown.text.splitlines()[2:]] == ["2", "4", "6"]
    assert far.value("[run.status for run in sweep]") == ["succeeded"] * 3
    assert {server.store.run(run_id).status for run_id in far.value("[run.id for run in sweep]")} == {"succeeded"}


def test_a_wrong_token_is_one_message_and_nothing_changes(server: LiveServer, lived_in: Runt, notebook: Session):
    lived_in.write("wrong", "not-the-token")
    message = notebook.refused(f"%runt connect {server.url} --token-file wrong")
    assert message.startswith("AccessDenied: ")
    assert "does not accept the token" in message
    assert "not-the-token" not in message
    assert notebook("%runt connect").text.startswith(f"store {lived_in.url}: ")
    assert "wants a token" in notebook.refused(f"%runt connect {server.url}")


def test_a_token_is_asked_for_where_somebody_can_be_asked(server: LiveServer, notebook: Session):
    asked = []

    def answer(prompt: str, password: bool) -> str:
        asked.append(password)
        return server.token

    try:
        cell = notebook(f"%runt connect {server.url}", answer=answer)
        assert asked == [True], "as a password"
        assert cell.text.startswith(f"server {server.url}: ")
        assert server.token not in cell.text
        assert notebook("%runt ls").status == "ok"
    finally:
        notebook("%runt connect --here")


def test_a_token_in_the_cell_works_and_is_warned_of(server: LiveServer, notebook: Session):
    try:
        cell = notebook(f"%runt connect {server.url}?token={server.token}")
        assert "warning: a token in a cell is saved with the notebook." in cell.text
        assert server.token not in cell.text
        assert "?" not in notebook("%runt connect").text
    finally:
        notebook("%runt connect --here")


def test_a_server_that_is_not_there_is_one_message(lived_in: Runt, notebook: Session):
    lived_in.write("some_token", "abc")
    message = notebook.refused(f"%runt connect http://127.0.0.1:{free_port()}/ --token-file some_token")
    assert message.startswith("ServerUnreachable: ")
    assert notebook("%runt connect").text.startswith(f"store {lived_in.url}: ")


def test_a_server_that_goes_away_is_told_and_followed_again_when_it_is_back(
    server: LiveServer, lived_in: Runt, far: Session
):
    lived_in.cells("print('begun')", held("away"), "print('all', 'done')", name="away.yml")
    picture = far("run = %runt run away.yml").picture
    far.until(lambda: "▶ c2" in picture.text, "the second cell runs")
    try:
        server.kill()
        far.until(lambda: "connection lost, reconnecting…" in picture.text, "it says that the server does not answer")
        assert "▶ c2" in picture.text, "what is known stays"
        assert far.refused("run.status").startswith("ServerUnreachable: ")
        assert far.refused("%runt ls").startswith("ServerUnreachable: ")
    finally:
        server.start()
    far.until(lambda: "connect" not in picture.text, "all is well")
    let_go(server, "away")
    far.until(lambda: "succeeded" in picture.text, "the picture is that of the end")
    assert "all done" in picture.text


def test_runs_stay_where_they_were_made(server: LiveServer, lived_in: Runt, far: Session):
    lived_in.cells("print('where')", name="where.yml")
    far("there = %runt run where.yml --wait -q")
    far("%runt connect --here\nhere = %runt run where.yml --wait -q")
    assert far.value("[there.status, here.status]") == ["succeeded", "succeeded"]
    assert far.value("here.id") in lived_in("ls", "--json").out
    assert server.ended(far.value("there.id")) == ("succeeded", None)


def test_one_command_may_name_another_place(server: LiveServer, lived_in: Runt, notebook: Session):
    lived_in.write("token", server.token)
    lived_in.cells("print('once')", name="once.yml")
    picture = notebook(f"%runt run once.yml --server {server.url} --token-file token --wait").picture
    assert picture.data[MIME]["server"] == server.url
    assert notebook("%runt connect").text.startswith(f"store {lived_in.url}: ")


def test_a_token_that_was_written_anew_is_used_by_all_runs(server: LiveServer, lived_in: Runt, far: Session):
    """A server that was started again has another one, as a rule."""
    lived_in.cells("print('kept')", name="kept.yml")
    far("kept = %runt run kept.yml --wait -q")
    lived_in.write("token", "not-the-token")
    assert "AccessDenied" in far.refused("%runt ls")
    lived_in.write("token", server.token)
    assert far("%runt ls --limit 1").displays
    assert far.value("kept.status") == "succeeded"


def test_a_server_of_ones_own_needs_no_token(server: LiveServer):
    """jupyter_server has noted it for its owner, and the store at hand knows the server."""
    session = Session(server.runt)
    try:
        session("%load_ext jupyter_runt")
        assert session(f"%runt connect {server.url}").text.startswith(f"server {server.url}: ")
        assert server.token not in session("%runt connect").text
    finally:
        session.close()


def test_the_picture_of_the_end_is_drawn_when_the_server_is_back(lived_in: Runt, far: Session, server: LiveServer):
    """It went in the very moment in which the run ended."""
    lived_in.cells("print('begun')", held("gone"), "print('all', 'done')", name="gone.yml")
    far(
        "from jupyter_runt.magics import live\nlive.QUEUED_SECONDS = 0.2\n"
        "from jupyter_runt.client.remote.client import RemoteClient\nfrom jupyter_runt.errors import ServerUnreachable\n"
        "real, away = RemoteClient.show, True\n"
        "def show(self, run_id):\n    if away:\n        raise ServerUnreachable('The server is away.')\n    return real(self, run_id)\n"
    )
    picture = far("run = %runt run gone.yml").picture
    far.until(lambda: "▶ c2" in picture.text, "the second cell runs")
    far("RemoteClient.show = show")
    try:
        let_go(server, "gone")
        far.until(lambda: "The server is away." in picture.text, "the picture says so")
        assert "begun" in picture.text, "and stays"
        assert "<div" in picture.html
    finally:
        far("away = False")
    far.until(lambda: "succeeded" in picture.text, "the end is shown at last")
    assert "all done" in picture.text
    assert picture.text.count("away") == 0
    far("RemoteClient.show = real")
