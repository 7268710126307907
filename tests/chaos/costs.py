"""What safety costs: a worker's memory after many runs, and the agent where nothing but the flush of each print counts."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from tests.chaos.scene import Scene, scene
from tests.kernel.agent_kernel import AgentKernel

EARLY, GROWTH = 100, 1.10
PRINTS, ROUNDS, COST = 20_000, 5, 1.03
FLUSHING = f"""
import sys, ipykernel.iostream
stock = ipykernel.iostream.OutStream.flush
for n in range({PRINTS}):
    print(n)
    stock(sys.stdout)  # waits until the IO thread has sent it, as every flush of a stock kernel does
"""


# -- memory ------------------------------------------------------------------------------------------------------------


def memory(runs: int) -> bool:
    """A worker's memory after a hundred small runs and after all of them."""
    with scene() as place:
        place.start_worker("--concurrency", "2")
        early, pid = after(place, EARLY), place.workers()[0]
        late = after(place, runs)
        assert place.workers() == [pid], "the worker was replaced"
    ratio = late["Rss"] / early["Rss"]
    fine = ratio <= GROWTH
    for runs_so_far, found in ((EARLY, early), (runs, late)):
        print(f"after {runs_so_far} runs: Rss {found['Rss'] / 1024:.1f} MiB, Pss {found['Pss'] / 1024:.1f} MiB")
    # Not of the proportional size, which grows as pages shared with the supervisor are touched and become the worker's own.
    print(f"Rss grew to {ratio:.3f} of what it was, at most {GROWTH:g}: {'reached' if fine else 'MISSED'}", flush=True)
    return fine


def after(place: Scene, runs: int) -> dict[str, int]:
    """Kilobytes of the worker once so many runs have ended."""
    notebook = place.cells("for n in range(100): print(n)", "1 + 1")
    ended = sum(place.open_store.counts().values())
    while ended < runs:
        batch = min(20, runs - ended)
        for number in range(batch):  # in one process: the memory of the commands is not what is asked for
            place.enqueue(notebook, f"small-{ended + number}")
        ended += batch
        listener = place.open_store.listen()
        while place.open_store.counts().get("succeeded", 0) < ended:
            listener.wait(1.0)
        listener.close()
        if sys.stderr.isatty():
            print(f"\r\033[K{ended} of {runs} runs", end="", file=sys.stderr, flush=True)
    rollup = Path(f"/proc/{place.workers()[0]}/smaps_rollup").read_text()
    return {what: int(rollup.split(f"{what}:")[1].split()[0]) for what in ("Rss", "Pss")}


# -- the agent ---------------------------------------------------------------------------------------------------------


class StockKernel:
    """ipykernel as it comes."""

    def __init__(self, folder: Path) -> None:
        path, _ = write_connection_file(str(folder / "stock.json"), transport="ipc", ip=str(folder / "s"))
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", path]
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.client = listening(path)

    def stop(self) -> None:
        self.client.stop_channels()
        self.process.kill()
        self.process.wait()


def listening(path: str) -> BlockingKernelClient:
    """A client that hears all broadcasts."""
    client = BlockingKernelClient(connection_file=path)
    client.load_connection_file()
    client.start_channels(hb=False)
    client.wait_for_ready(timeout=60)
    return client


def seconds(client: BlockingKernelClient) -> float:
    """How long it takes to the cell's reply; everything that is broadcast meanwhile is taken, too."""
    shell, iopub = client.shell_channel.socket, client.iopub_channel.socket
    poller = zmq.Poller()
    poller.register(shell, zmq.POLLIN)
    poller.register(iopub, zmq.POLLIN)
    began, heard = time.perf_counter(), 0
    client.execute(FLUSHING)
    while shell not in (ready := dict(poller.poll(60_000))):
        assert ready, "the kernel says nothing"
        with suppress(zmq.Again):
            while True:
                heard += b"stream" in iopub.recv_multipart(zmq.NOBLOCK)[0]
    taken = time.perf_counter() - began
    assert client.get_shell_msg()["content"]["status"] == "ok"
    assert heard > PRINTS / 10, f"the client heard only {heard} messages"
    return taken


def agent_cost(_: int) -> bool:
    """The same cell in a stock kernel and in one with the agent, in turn; the ratio of the medians."""
    ours = AgentKernel(sys.executable)
    stock = StockKernel(ours.folder)
    client = listening(ours.connection_file)
    taken: dict[str, list[float]] = {"stock": [], "agent": []}
    try:
        for number in range(ROUNDS + 1):
            for name, each in sorted([("stock", stock.client), ("agent", client)], reverse=bool(number % 2)):
                taken[name].append(seconds(each))
            ours.reader.free(_read_all(ours))
    finally:
        client.stop_channels()
        stock.stop()
        ours.stop()
    medians = {name: statistics.median(values[1:]) for name, values in taken.items()}  # the first round warms up
    ratio = medians["agent"] / medians["stock"]
    print(f"{PRINTS} prints, each flushed: stock {medians['stock']:.3f} s, with the agent "
          f"{medians['agent']:.3f} s: {ratio:.3f}, at most {COST:g}: {'reached' if ratio <= COST else 'MISSED'}")  # fmt: skip
    return ratio <= COST


def _read_all(kernel: AgentKernel) -> dict[str, list[object]]:
    while kernel.reader.read():
        pass
    return kernel.reader.cursor


MEASUREMENTS: dict[str, Callable[[int], bool]] = {"memory": memory, "agent-cost": agent_cost}
