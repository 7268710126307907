"""What can be run by name here, and where: templates and runtimes, as every face gives them away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_runt.errors import NotFound
from jupyter_runt.kernel import specs
from jupyter_runt.notebook import library, parameters
from jupyter_runt.notebook.library import Template

Folders = Sequence[Path | str]


def runtimes() -> list[dict[str, Any]]:
    """The kernelspecs that this process's environment sees, also those that cannot start anything, with the reason."""
    return [
        {"name": name, **about, "default": name == specs.DEFAULT_RUNTIME, "problem": specs.problem(name)}
        for name, about in specs.known().items()
    ]


def templates(folders: Folders) -> list[dict[str, Any]]:
    """The templates, with the names of their parameters, and of those without which they cannot be run."""
    return [
        {**_about(each), "parameters": list(each.parameters), "needs": list(each.needs)}
        for each in library.templates(folders)
    ]


def template(name: str, folders: Folders) -> dict[str, Any]:
    """One template, with what it can be given and its source. NotFound names those that there are; NotebookError."""
    path = library.find_template(name, folders)
    try:
        if path is None:
            raise FileNotFoundError
        content = path.read_bytes()
    except OSError as error:
        known = ", ".join(each.name for each in library.templates(folders))
        raise NotFound(f"There is no template {name!r:.80}.", remedy=f"Known templates: {known or 'none'}.") from error
    notebook = library.parse(content, str(path))
    return {
        **_about(library.template(name, notebook, path)),
        "format": notebook.format,
        "parameters": parameters.described(notebook),
        "source": content.decode("utf-8-sig"),
    }


def _about(template: Template) -> dict[str, Any]:
    about = {"name": template.name, "title": template.title, "description": template.description}
    return {**about, "tags": list(template.tags), "path": str(template.path)}
