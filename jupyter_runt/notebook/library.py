"""Notebooks as files: found by path or template name, loaded and saved. The only part here that touches the disk."""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_runt.errors import NotebookError, OutputPathError, Problem
from jupyter_runt.notebook import parameters
from jupyter_runt.notebook.model import Notebook
from jupyter_runt.notebook.report import did_you_mean

YAML_SUFFIXES = (".yml", ".yaml")
JSON_SUFFIXES = (".ipynb", ".json")
SUFFIXES = (*YAML_SUFFIXES, *JSON_SUFFIXES)
STDIN = "-"

MAX_BYTES = 64 << 20
"""No notebook that people wrote is larger; what makes one larger is outputs, which running it needs none of."""

_FOLDER = Path("jupyter_runt", "templates")


@dataclass(frozen=True, slots=True)
class Template:
    """A notebook that can be run by its name."""

    name: str
    title: str
    description: str
    path: Path
    parameters: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def folders(extra: Sequence[Path | str] = ()) -> list[Path]:
    """Where templates are looked for: `extra`, then Jupyter's data folders, then our own; earlier ones win."""
    from jupyter_core.paths import jupyter_path

    package = Path(__file__).parents[1]
    # In a wheel our own notebooks lie inside the package; in a checkout beside it.
    packaged = package / "templates"
    own = packaged if packaged.is_dir() else package.parent / "notebooks"
    return [*map(Path, extra), *(Path(folder) / _FOLDER for folder in jupyter_path()), own]


def find(name: str, extra: Sequence[Path | str] = ()) -> Path:
    """The file that `name` means: a path, else a template's name with or without its suffix.

    Raises NotebookError naming what was searched. What looks like a path is never taken for a template.
    """
    path = Path(name)
    # A folder of a template's name is common; it is given back at the end if there is no such template.
    if os.path.isfile(name):
        return path
    if os.sep in name and not os.path.exists(name):
        raise NotebookError([Problem("no such file", name)], remedy=_nearby(path))
    searched = folders(extra)
    files, names = _template_files(searched)
    found = files.get(name) or names.get(name)
    if found is not None or os.path.exists(name):
        return found or path
    listed = ", ".join(str(folder) for folder in searched if folder.is_dir())
    message = f"no such file, and no template of that name{f' in {listed}' if listed else ''}"
    remedy = did_you_mean(name, [*_beside(path), *names, *files]) or "`jupyter runt templates` lists the templates"
    raise NotebookError([Problem(message, name)], remedy=remedy)


def find_template(name: str, extra: Sequence[Path | str] = ()) -> Path | None:
    """The file of a template's name, with or without its suffix, and of nothing else."""
    files, names = _template_files(folders(extra))
    return files.get(name) or names.get(name)


def templates(extra: Sequence[Path | str] = ()) -> list[Template]:
    """All templates by name. Files that are no notebooks are left out: `validate` says why they are not."""
    found: dict[str, Template] = {}
    for file in (file for folder in folders(extra) for file in _files(folder)):
        name = _template_name(file)
        if name in found:
            continue
        try:
            notebook = load(file)
        except NotebookError:
            continue
        found[name] = template(name, notebook, file)
    return [found[name] for name in sorted(found)]


def template(name: str, notebook: Notebook, path: Path) -> Template:
    """What is told of a notebook that is a template."""
    known, needed = parameters.defaults(notebook), tuple(parameters.needs(notebook))
    return Template(name, notebook.title, notebook.description, path, known, needed, notebook.tags)


def template_names(extra: Sequence[Path | str] = ()) -> list[str]:
    """The names of all files that may be templates, without a look into them."""
    return sorted(_template_files(folders(extra))[1])


def load(path: Path | str, stdin_text: str | bytes | None = None) -> Notebook:
    """The notebook in a file, or in `stdin_text` when `path` is `-`. Raises NotebookError with every fault of it."""
    if str(path) == STDIN:
        content = stdin_text.encode("utf-8", "surrogateescape") if isinstance(stdin_text, str) else stdin_text or b""
        return parse(content, "<stdin>")
    path = Path(path)
    return parse(_content(path), str(path))


def parse(content: bytes, path: str) -> Notebook:
    """The notebook in a file's bytes; its format is told by the suffix of `path`, else by what it looks like."""
    text = _decoded(content, path)
    suffix = Path(path).suffix.lower()
    if suffix in JSON_SUFFIXES or (suffix not in YAML_SUFFIXES and _looks_like_json(text)):
        from jupyter_runt.notebook import ipynb_format

        return ipynb_format.read(text, path)
    from jupyter_runt.notebook import yaml_format

    return yaml_format.read(text, path)


def text(path: Path | str, content: bytes | None = None) -> str:
    """A notebook file's own text, or that of `content`, whose name is `path`, before anything is made of it. NotebookError."""
    return _decoded(_content(Path(path)) if content is None else content, str(path))


def dump(notebook: Notebook, suffix: str, *, outputs: bool | None = None) -> str:
    """The notebook as the text of a file with that suffix; .ipynb has outputs unless said otherwise, YAML if asked."""
    if suffix.lower() in YAML_SUFFIXES:
        from jupyter_runt.notebook import yaml_writer

        return yaml_writer.write(notebook, outputs=bool(outputs))
    from jupyter_runt.notebook import ipynb_writer

    return ipynb_writer.write(notebook, outputs=outputs is not False)


def save(notebook: Notebook, path: Path | str, *, outputs: bool | None = None) -> None:
    """Writes a notebook in the format of the path's suffix; readers see the old file or the whole new one."""
    check_output(path)
    # A link stays a link: what it points to is replaced.
    target = Path(path).resolve()
    write_atomically(target, dump(notebook, target.suffix, outputs=outputs).encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces a file in one step, keeping its permissions; a new one gets what the umask leaves."""
    write_pieces(path, (content,))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """`write_atomically` for a content that comes piece by piece and may be larger than memory."""
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}-{threading.get_native_id()}.tmp")
    try:
        # "w" and not "x": what a killed process of this number left behind may be overwritten.
        with open(temporary, "wb") as file:
            if path.exists():
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise OutputPathError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)  # only what failed, whatever it was, has left one


def check_output(path: Path | str, suffixes: Iterable[str] = (".ipynb", *YAML_SUFFIXES)) -> None:
    """Raises OutputPathError when no file can be written at `path`: known before a run, not after it."""
    path = Path(path)
    suffixes = tuple(suffixes)
    if path.is_dir():
        raise OutputPathError(f"{path}: is a directory", remedy="name a file in it")
    if path.suffix.lower() not in suffixes:
        known = ", ".join(suffixes)
        raise OutputPathError(f"{path}: unknown output format {path.suffix!r}", remedy=f"end the name in {known}")
    folder = path.resolve().parent
    if not folder.is_dir():
        raise OutputPathError(f"{path}: its folder does not exist", remedy=f"make it: mkdir -p {folder}")
    if path.exists() and (not path.is_file() or not os.access(path, os.W_OK)):
        raise OutputPathError(f"{path}: cannot be written", remedy="choose another path, or change its permissions")
    if not _takes_files(folder):
        raise OutputPathError(f"{path}: its folder cannot be written", remedy="choose another folder")


def _takes_files(folder: Path) -> bool:
    """Whether a file can be made there. Tried, for permissions alone say nothing to root or of a read-only disk."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _content(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _fault(path, "is a directory", "name a notebook in it")
        # Reading a pipe without a writer would hang.
        if not stat.S_ISREG(status.st_mode):
            raise _fault(path, "is no regular file", "give - to read a notebook from standard input")
        if path.suffix.lower() not in ("", *SUFFIXES):
            raise _fault(path, f"{path.suffix} files are no notebooks", f"notebooks end in {', '.join(SUFFIXES)}")
        if status.st_size > MAX_BYTES:
            raise _too_large(path)
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise _fault(path, "no such file", _nearby(path)) from error
    except OSError as error:
        raise _fault(path, f"cannot be read: {error.strerror}") from error


def _decoded(content: bytes, path: str) -> str:
    if len(content) > MAX_BYTES:
        raise _too_large(path)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _fault(path, "is UTF-16 text", "save it as UTF-8")
    if b"\0" in content:
        raise _fault(path, "is a binary file, no notebook")
    if not content.strip():
        raise _fault(path, "the file is empty", "`jupyter runt new FILE` writes a first notebook")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        before = content[content.rfind(b"\n", 0, error.start) + 1 : error.start]
        column = len(before.decode("utf-8", "replace")) + 1
        message = f"the byte 0x{content[error.start]:02x} is no UTF-8"
        raise NotebookError([Problem(message, path, line, column, "save the file as UTF-8")]) from error


def _too_large(path: Path | str) -> NotebookError:
    return _fault(path, f"is larger than {MAX_BYTES >> 20} MiB", "remove the outputs from it")


def _fault(path: Path | str, message: str, remedy: str = "") -> NotebookError:
    return NotebookError([Problem(message, str(path), remedy=remedy)])


def _looks_like_json(text: str) -> bool:
    return text.lstrip().startswith("{") and ('"cells"' in text or '"worksheets"' in text)


def _files(folder: Path) -> Iterator[Path]:
    try:
        return iter(sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file()))
    except OSError:
        return iter(())


def _template_files(searched: Sequence[Path]) -> tuple[dict[str, Path], dict[str, Path]]:
    """By the names of the files, and by those without a suffix; earlier folders win."""
    files = {file.name: file for folder in reversed(searched) for file in _files(folder)}
    return files, {_template_name(file): file for file in files.values()}


def _template_name(file: Path) -> str:
    return file.name.removesuffix(file.suffix).removesuffix(".nb")


def _nearby(path: Path) -> str:
    """The file in the same folder that may have been meant."""
    return did_you_mean(path.name, _beside(path))


def _beside(path: Path) -> list[str]:
    """The notebooks in the folder of `path`."""
    try:
        return [name for name in os.listdir(path.parent) if name.lower().endswith(SUFFIXES)]
    except OSError:
        return []
