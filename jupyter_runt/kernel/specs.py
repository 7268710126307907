"""From a runtime's name to a Launch, in the environment of whoever submits the run.

jupyter_client would put the launching process's interpreter for `python` in a kernelspec; a run must use its submitter's.
So the kernelspec is resolved here, once, and recorded with the run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_path

from jupyter_runt.errors import KernelError, NotSupportedYet, RuntError, RuntimeUnknown
from jupyter_runt.kernel.base import Launch

DEFAULT_RUNTIME = "python3"
AGENT = Path(__file__).with_name("agent.py")
IPYKERNEL_MODULES = ("ipykernel_launcher", "ipykernel", "jupyter_runt.kernel.agent")
# What makes an environment the one it is; nothing else of the submitter's environment is recorded (it holds secrets).
RECORDED = ("PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_PYTHON = re.compile(r"python(3(\.\d+)?)?$")


def resolve(runtime: str | None, cwd: str) -> Launch:
    """The launch of the runtime (None: the default), as this process would start it.

    Raises RuntimeUnknown, listing the known ones, and KernelError when the kernelspec's program is missing.
    """
    name = runtime or DEFAULT_RUNTIME
    spec, folder = _find(name)
    provisioner = spec.get("metadata", {}).get("kernel_provisioner", {}).get("provisioner_name", "local-provisioner")
    if provisioner != "local-provisioner":
        raise NotSupportedYet(
            f"Runtime {name!r} is started by the provisioner {provisioner!r}, which is not supported yet."
        )
    argv = _argv(name, list(spec["argv"]), folder)
    argv, agent = _with_agent(argv)
    env = {key: os.environ[key] for key in RECORDED if key in os.environ} | spec.get("env", {})
    return Launch(
        runtime=name,
        argv=argv,
        cwd=cwd,
        env=env,
        language=spec.get("language", ""),
        display_name=spec.get("display_name", name),
        agent=agent,
        interrupt_mode=spec.get("interrupt_mode") or "signal",
        resource_dir=folder,
    )


def renewed(launch: Launch, cwd: str) -> Launch:
    """A launch that was resolved some time ago, for a run that begins now: in its own environment, with this release's agent.
    KernelError when its program is not there any more."""
    program = launch.argv[0]
    if shutil.which(program) is None:
        raise KernelError(
            f"The program of runtime {launch.runtime!r} is not there any more: {program}",
            remedy="Make its environment again, or ask anew from another one.",
        )
    argv = [str(AGENT) if launch.agent and Path(part).name == AGENT.name else part for part in launch.argv]
    return replace(launch, argv=argv, cwd=cwd)


def to_json(launch: Launch) -> dict[str, Any]:
    """The launch as `run.submitted` records it."""
    return {**asdict(launch), "argv": list(launch.argv), "env": dict(launch.env)}


def from_json(data: Mapping[str, Any]) -> Launch:
    """The launch that `to_json` wrote."""
    return Launch(**{name: data[name] for name in Launch.__dataclass_fields__ if name in data})


def known() -> dict[str, dict[str, str]]:
    """Every kernelspec that this environment sees: name -> display_name, language, resource_dir."""
    from jupyter_client.kernelspec import KernelSpecManager

    found = KernelSpecManager().get_all_specs()
    return {
        name: {
            "display_name": entry["spec"].get("display_name", name),
            "language": entry["spec"].get("language", ""),
            "resource_dir": entry["resource_dir"],
        }
        for name, entry in sorted(found.items())
    }


def problem(name: str) -> str:
    """Why a run cannot name this runtime, with what to do about it; '' when it can."""
    try:
        resolve(name, "")
    except RuntError as error:
        return f"{error.message} {error.remedy}".strip()
    return ""


def _find(name: str) -> tuple[dict[str, Any], str]:
    """The kernelspec and its folder. jupyter_client's manager is asked only when the folders that it would look in first
    do not hold it: its import is a tenth of a second that the kernel would start later."""
    for folder in jupyter_path("kernels") if _NAME.fullmatch(name) else []:
        found = Path(folder, name.lower())
        try:
            return _checked(name, json.loads((found / "kernel.json").read_text()), str(found)), str(found)
        except (OSError, ValueError):
            continue  # not there, or not readable: the manager says which

    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except (
        NoSuchKernel,
        ValueError,
        KeyError,
    ) as error:  # a name or a kernel.json that makes no sense raises the last two
        names = list(known())
        close = get_close_matches(name, names, 1)
        listed = ", ".join(names) or "none"
        raise RuntimeUnknown(
            f"There is no runtime {name!r}{f': did you mean {close[0]!r}?' if close else '.'}",
            remedy=f"Known runtimes: {listed}. Choose one with -k NAME, or install its kernel into this environment.",
        ) from error
    return _checked(name, spec.to_dict(), spec.resource_dir), spec.resource_dir


def _checked(name: str, spec: Any, folder: str) -> dict[str, Any]:
    """What stands in a kernel.json, if it can start anything."""
    argv = spec.get("argv") if isinstance(spec, dict) else None
    if isinstance(argv, list) and argv and all(isinstance(part, str) for part in argv):
        return dict(spec)
    raise KernelError(
        f"The kernelspec of runtime {name!r} names no program: its argv must be a list of texts.",
        remedy=f"Correct {folder}/kernel.json, or install the kernel again.",
    )


def _argv(name: str, argv: list[str], folder: str) -> list[str]:
    if _PYTHON.match(argv[0]) or argv[0] == "python.exe":
        argv[0] = sys.executable
    program = shutil.which(argv[0])
    if program is None:
        raise KernelError(
            f"The program of runtime {name!r} is missing: {argv[0]}",
            remedy=f"Its kernelspec is {folder}/kernel.json: install the program, or the kernel again.",
        )
    # An absolute path, but not a resolved link: a virtual environment's interpreter is one.
    argv[0] = os.path.abspath(program)
    return [part.replace("{resource_dir}", folder).replace("{prefix}", sys.prefix) for part in argv]


def _with_agent(argv: list[str]) -> tuple[list[str], bool]:
    """The argv with our agent in the launcher module's place, where there is one."""
    for index in range(len(argv) - 1):
        if argv[index] == "-m" and argv[index + 1] in IPYKERNEL_MODULES:
            return [*argv[:index], str(AGENT), *argv[index + 2 :]], True
    return argv, False
