"""A PostgreSQL server of our own, as Debian installs it: a cluster in a folder, reached by a socket, gone with the tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlencode

INSTALLED = Path("/usr/lib/postgresql")
USER, PASSWORD = "postgres", "pg-secret-0123456789"
SETTINGS = {
    "listen_addresses": "", "max_connections": "20", "superuser_reserved_connections": "3", "shared_buffers": "16MB", "fsync": "off",
    "autovacuum": "off",
}  # fmt: skip
SECONDS = 60


def programs() -> Path | None:
    """The folder with initdb and pg_ctl of the newest release that is installed."""
    found = [path for path in INSTALLED.glob("*/bin") if (path / "initdb").exists() and (path / "pg_ctl").exists()]
    return max(found, key=lambda path: float(re.sub(r"[^\d.]", "", path.parent.name) or 0), default=None)


class Cluster:
    """Its server runs from the beginning on; a role needs its password."""

    def __init__(self, bin_: Path) -> None:
        self._bin = bin_
        # A socket's path may be 107 bytes long.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-U", USER, "--pwfile", str(password), "--auth", "scram-sha-256", "--no-sync",
            "--encoding", "UTF8", "--no-locale",
        )  # fmt: skip
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items() if value)
        options += f" -c listen_addresses='' -c unix_socket_directories={self.folder}"
        self._run(
            "pg_ctl", "start", "-w", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", options
        )

    def url(self, user: str = USER, password: str = PASSWORD, *, folder: str = "", database: str = "postgres") -> str:
        return (
            f"postgresql:///{database}?{urlencode({'host': folder or self.folder, 'user': user, 'password': password})}"
        )

    def close(self) -> None:
        self._run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.folder / "data"))
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        """root may start no server: somebody does it who owns nothing."""
        someone = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        command = [*someone, str(self._bin / program), *arguments]
        # To a file: the server inherits it, and would keep a pipe open for ever.
        with (self.folder / "said").open("w+") as said:
            done = subprocess.run(command, stdout=said, stderr=said, cwd=self.folder, timeout=SECONDS, check=False)
            said.seek(0)
            assert done.returncode == 0, said.read()
