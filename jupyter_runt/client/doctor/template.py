"""What a notebook still needs before it can be run from here: a runtime, packages, variables, values of parameters."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jupyter_runt.client.doctor import notifications
from jupyter_runt.client.doctor.finding import Finding
from jupyter_runt.errors import ParameterError, RuntError
from jupyter_runt.kernel import specs
from jupyter_runt.kernel.base import Launch
from jupyter_runt.notebook import features, parameters, references
from jupyter_runt.notebook.model import Notebook

ASK_SECONDS = 30.0
# A package is there when its metadata say so, or when something of its name can be imported: a source tree has no metadata.
ASK = """\
import importlib.util, json, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    plain = name.partition("[")[0]
    try:
        found[name] = metadata.version(plain)
    except metadata.PackageNotFoundError:
        module = plain.replace("-", "_")
        found[name] = "" if "." not in module and importlib.util.find_spec(module) else None
print(json.dumps(found))
"""


def findings(name: str, notebook: Notebook, environment: Mapping[str, str]) -> Iterator[Finding]:
    """`environment` is that of the process which would execute it. No value of a variable is told."""
    title = f": {notebook.title}" if notebook.title else ""
    yield Finding("template", f"{name}{title} ({notebook.source_path})")
    for problem in features.unsupported(notebook):
        yield Finding("template", problem.message, "FAIL")
    yield from _runtime(notebook)
    yield from _variables(notebook, environment)
    yield from _values(notebook)
    if told := notebook.notify["to"]:
        yield from notifications.targets(told, set(environment), "this process")
        if not notifications.is_installed():
            yield Finding("notify", f"Apprise is missing, so nobody is notified: {notifications.INSTALL}", "FAIL")


def _runtime(notebook: Notebook) -> Iterator[Finding]:
    try:
        launch = specs.resolve(notebook.runtime or None, ".")
    except RuntError as error:
        yield Finding("runtime", f"{error.message} {error.remedy}".strip(), "FAIL")
        return
    yield Finding("runtime", f"{launch.runtime}: {launch.argv[0]}")
    names = notebook.requires["packages"]
    if names:
        yield from _packages(launch, names)


def _packages(launch: Launch, names: Sequence[str]) -> Iterator[Finding]:
    """Asks the kernel's own Python: it need not be this one."""
    if launch.language != "python":
        listed = ", ".join(names)
        yield Finding("package", f"{listed}: nobody knows whether a kernel of {launch.language} has them", "note")
        return
    found = _versions(launch, names)
    if found is None:
        yield Finding("package", f"{launch.argv[0]} does not say which packages it has: {', '.join(names)}", "FAIL")
        return
    for name in names:
        version = found.get(name)
        if version is None:
            told = f"{name} is missing in {launch.runtime}: {launch.argv[0]} -m pip install {shlex.quote(name)}"
            yield Finding("package", told, "FAIL")
        else:
            yield Finding("package", f"{name} {version}".strip())


def _versions(launch: Launch, names: Sequence[str]) -> dict[str, str | None] | None:
    try:
        asked = subprocess.run(
            [launch.argv[0], "-c", ASK, *names],
            env={**os.environ, **launch.env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ASK_SECONDS,
            check=True,
        )
        found = json.loads(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _variables(notebook: Notebook, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Those that parameters refer to, and those that the notebook says that it reads; each once."""
    told = set()
    for name, value in parameters.defaults(notebook).items():
        try:
            referred = list(references.references(value))
        except ParameterError as error:
            yield Finding("parameter", f"{name}: {error.message}", "FAIL")
            continue
        for each in referred:
            if each in told or each.name in references.BUILTINS:
                continue
            told.add(each)
            about = notebook.parameter_schema.get(name, {}).get("description", "")
            wanted = f"the parameter {name} wants it{f' ({about})' if about else ''}"
            if each.kind == "file":
                missing = not Path(each.name).is_file()
                yield Finding("file", f"{each.name}: {wanted}", "FAIL") if missing else Finding("file", each.name)
            else:
                yield _variable(each.name, wanted, environment, needed=each.default is None)
    for variable in notebook.requires["variables"]:
        if variable not in {each.name for each in told}:
            yield _variable(variable, "the notebook wants it", environment, needed=True)


def _variable(name: str, wanted: str, environment: Mapping[str, str], *, needed: bool) -> Finding:
    if environment.get(name) or (name in environment and needed):
        return Finding("variable", f"{name} is set" if environment[name] else f"{name} is set, and empty")
    if not needed:
        return Finding("variable", f"{name} is not set: a default takes its place", "note")
    return Finding("variable", f"{name} is not set, and {wanted}: set it, or give --env-file FILE", "FAIL")


def _values(notebook: Notebook) -> Iterator[Finding]:
    for name in parameters.needs(notebook):
        about = notebook.parameter_schema.get(name, {}).get("description", "")
        yield Finding("parameter", f"{name} has no value: -p {name} VALUE{f' ({about})' if about else ''}", "FAIL")
