"""Endpoints on this machine, as the world has them: quick, slow, broken, and with certificates of all sorts."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

STALLED = threading.Event()
"""Set when the tests are over: what hangs until then ends."""


BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "large": (b"x" * (3 << 20) + b"the end", {}),
    "cut": (b"all is well, and", {"Content-Length": "1000"}),
    "gzip": (gzip.compress(b"all is well"), {"Content-Encoding": "gzip"}),
    "br": (b"as if it were", {"Content-Encoding": "br"}),
    "latin": ("blå".encode("latin-1"), {"Content-Type": "text/html; charset=ISO-8859-1"}),
}


class Handler(BaseHTTPRequestHandler):
    """The path says what happens."""

    asked: list[tuple[str, str, dict[str, str]]]

    def log_message(self, format, *arguments):
        pass

    def do_GET(self):
        self.asked.append((self.command, self.path, dict(self.headers)))
        what, _, rest = self.path.strip("/").partition("/")
        if what == "hang":
            STALLED.wait(30)
        elif what == "drip":
            self.wfile.write(b"HTTP/1.0 200 OK\r\n")
            while not STALLED.wait(0.02):
                self.wfile.write(b"X-Drip: 1\r\n")
        elif what == "slow-body":
            self.answer(200, b"", {"Content-Length": "1000"})
            while not STALLED.wait(0.02):
                self.wfile.write(b"x")
        elif what == "close":
            self.connection.close()
        elif what == "garbage":
            self.wfile.write(b"SSH-2.0-OpenSSH\r\n")
        elif what == "to":
            self.answer(302, b"", {"Location": rest if rest.startswith("http") else f"/{rest}"})
        elif what in BODIES:
            self.answer(200, *BODIES[what])
        else:
            self.answer(int(what) if what.isdigit() else 200, f"the page {self.path}: all is well".encode())

    do_HEAD = do_POST = do_GET  # noqa: N815 - the names are http.server's

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@dataclass(frozen=True)
class Site:
    """A running server; `asked` are method, path and headers of what it was asked."""

    url: str
    asked: list[tuple[str, str, dict[str, str]]]


@contextmanager
def website(certificate: Path | None = None, *, host: str = "127.0.0.1") -> Iterator[Site]:
    """With TLS when there is a certificate, a PEM file that holds its key as well."""
    asked: list[tuple[str, str, dict[str, str]]] = []
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = type("Server", (Quiet,), {"address_family": family})
    server = kind((host, 0), type("Asked", (Handler,), {"asked": asked}))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        scheme = "http" if certificate is None else "https"
        name = "localhost" if host == "127.0.0.1" else f"[{host}]"
        yield Site(f"{scheme}://{name}:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Quiet(ThreadingHTTPServer):
    """Clients that leave early are what is tested, and what hangs is not waited for."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass


def refusing() -> str:
    """The URL of a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/"


EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
"""Keys that are made in no time."""


@dataclass(frozen=True)
class Authority:
    """Signs certificates, valid from `begins` to `ends` days from now; `file` is its own."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "ca.pem"

    def certificate(
        self, name: str, *, ends: float, begins: float = -30, host: str = "localhost", own: bool = False
    ) -> Path:
        """A PEM file with the key in it. `own`: nobody but itself vouches for it."""
        key, request, made = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "crt"))
        self._openssl("req", "-newkey", *EC, "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={host}")
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{host}\nbasicConstraints=critical,CA:{'TRUE' if own else 'FALSE'}\n")
        signer = ["-selfsign", "-keyfile", key] if own else ["-keyfile", self.folder / "ca.key", "-cert", self.file]
        self._openssl(
            "ca", "-batch", "-notext", "-config", self.folder / "ca.conf", *signer, "-in", request, "-out", made,
            "-extfile", extensions, "-startdate", _time(begins), "-enddate", _time(ends),
        )  # fmt: skip
        both = self.folder / f"{name}.pem"
        both.write_text(made.read_text() + key.read_text())
        return both

    def begin(self) -> Authority:
        (self.folder / "index.txt").touch()
        (self.folder / "ca.conf").write_text(
            f"[ca]\ndefault_ca=ours\n[ours]\ndatabase={self.folder}/index.txt\nnew_certs_dir={self.folder}\nrand_serial=yes\n"
            "default_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n"
        )
        self._openssl(
            "req", "-x509", "-newkey", *EC, "-nodes", "-keyout", self.folder / "ca.key", "-out", self.file, "-days",
            "3650", "-subj", "/CN=authority of the tests",
        )  # fmt: skip
        return self

    def _openssl(self, *arguments: object) -> None:
        command = ["openssl", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr


def _time(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


def authority(folder: Path) -> Authority:
    if shutil.which("openssl") is None:
        assert not os.environ.get("CI"), "openssl makes the certificates of these tests"
        pytest.skip("there is no openssl to make certificates with")
    return Authority(folder).begin()
