"""YAML text to plain values, with every trap of YAML caught and every value's place known.

PyYAML's parser is used up to the node graph; the values are built here, because its own constructor keeps no places,
lets the last of two equal keys win, and knows nothing of alias bombs.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from jupyter_runt.notebook.report import Report, Where
from jupyter_runt.notebook.values import shorten

MAX_DEPTH = 100
MAX_EXPANSION = 100_000
"""How many nodes aliases may add to those that are written."""

# PyYAML composes libyaml's events by C recursion: 20,000 levels pass, 200,000 overflow the stack and crash the process
# (measured). Only text with many openings can nest so deep, and only then are the events looked through beforehand.
_DEEP = 5_000
_DEEP_BLOCK = re.compile(rf"^[ \-?:\t]{{{_DEEP}}}", re.MULTILINE)

_TAG = "tag:yaml.org,2002:"
_STR, _BOOL, _NULL, _MERGE = f"{_TAG}str", f"{_TAG}bool", f"{_TAG}null", f"{_TAG}merge"
_NUMBERS = {f"{_TAG}int": "int", f"{_TAG}float": "float", f"{_TAG}timestamp": "timestamp"}
_WORDS = frozenset({"on", "off", "yes", "no", "y", "n"})

# To YAML 1.1 `1e-3` is text: its floats have a point. JSON, YAML 1.2 and everybody who writes it mean a number.
_EXPONENT = re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+|[-+]?[0-9]+\.[0-9]*[eE][0-9]+")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document:
    """One YAML document: its `value`, and where each part of it stands.

    Faults go to the report that is given; the value of a faulty part is None.
    """

    def __init__(self, text: str, path: str) -> None:
        self.report = Report(path, self.place)
        self.value: Any = None
        self.root: yaml.Node | None = None
        self._built: dict[int, Any] = {}
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()
        self._written = 0
        try:
            self._read(text)
        except yaml.reader.ReaderError as error:
            self._unprintable(text, error)
        except yaml.MarkedYAMLError as error:
            self._syntax(text, error)
        except RecursionError:
            self.report.at(0, 0, f"nested more than {MAX_DEPTH} levels deep")

    def place(self, where: Where, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `where`, or of its key; of the nearest thing around it when there is none."""
        node, key_node = self._find(where)
        found = key_node if key and key_node is not None else node or self.root
        return (found.start_mark.line + 1, found.start_mark.column + 1) if found else (1, 1)

    def source_line(self, where: Where) -> int:
        """The line where the text at `where` begins: that of the first item of a list, the one below a `|`."""
        node, _ = self._find(where)
        if isinstance(node, yaml.SequenceNode) and node.value:
            node = node.value[0]
        if node is None:
            return 0
        block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        return int(node.start_mark.line) + 1 + block

    def entries(self, node: yaml.MappingNode) -> list[tuple[Any, yaml.Node, yaml.Node]]:
        """What a mapping itself holds, not what it merges: each key with its node and its value's."""
        return [(self._key(key), key, value) for key, value in node.value if key.tag != _MERGE]

    def _read(self, text: str) -> None:
        if text.count("[") + text.count("{") > _DEEP or _DEEP_BLOCK.search(text):
            self._measure(text)
        loader = _Loader(text)
        try:
            self.root = loader.get_single_node()
            self._loader = loader
            if self.root is not None:
                self.value = self._build(self.root, 1)
        finally:
            loader.dispose()

    def _measure(self, text: str) -> None:
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise _fatal(_too_deep(), event)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1

    # -- values ------------------------------------------------------------------------------------------------------

    def _build(self, node: yaml.Node, depth: int) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return _text_or_float(node) if node.tag == _STR else self._scalar(node)
        identity = id(node)
        if identity in self._open:
            raise _fatal("an alias refers to what it is part of", node)
        if identity in self._built:
            return self._built[identity]
        if depth > MAX_DEPTH:
            raise _fatal(_too_deep(), node)
        self._open.add(identity)
        if node.tag != (f"{_TAG}map" if isinstance(node, yaml.MappingNode) else f"{_TAG}seq"):
            self._refuse_tag(node)
        value: Any
        if isinstance(node, yaml.MappingNode):
            value = self._mapping(node, depth)
        else:
            value = [self._build(item, depth + 1) for item in node.value]
        self._open.discard(identity)
        self._built[identity] = value
        self._weigh(node)
        return value

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        value: dict[Any, Any] = {}
        lines: dict[Any, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                self._merge(merged, value_node, depth)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(key_node, "a key must be text, not a list or a mapping")
                continue
            key = self._key(key_node)
            if key in lines:
                self._fault(key_node, f"duplicate key {shorten(repr(key))}", f"first given in line {lines[key]}")
            else:
                lines[key] = key_node.start_mark.line + 1
            value[key] = self._build(value_node, depth + 1)
        return {**merged, **value} if merged else value

    def _key(self, node: yaml.ScalarNode) -> Any:
        # `on:` and `no:` as keys are always meant as words; YAML 1.1 makes booleans of them.
        word = node.tag == _BOOL and node.value.lower() in _WORDS
        return node.value if word or node.tag == _STR else self._scalar(node)

    def _merge(self, merged: dict[Any, Any], node: yaml.Node, depth: int) -> None:
        found = self._build(node, depth + 1)
        for item in found if isinstance(found, list) else [found]:
            if isinstance(item, dict):
                merged.update({key: value for key, value in item.items() if key not in merged})
            else:
                self._fault(node, "`<<` takes a mapping, or a list of mappings", 'quote a key of that name: "<<"')

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        tag, written = node.tag, node.value
        if tag == _NULL:
            return None
        if tag == _BOOL and written.lower() in self._loader.bool_values:
            return self._loader.bool_values[written.lower()]
        if tag in _NUMBERS:
            # An impossible date, or an integer of more digits than Python converts, is only found here.
            try:
                return getattr(self._loader, f"construct_yaml_{_NUMBERS[tag]}")(node)
            except (ValueError, OverflowError, AttributeError):
                remedy = "quote it if text was meant"
                self._fault(node, f"{shorten(repr(written))} is no valid {_NUMBERS[tag]}", remedy)
                return None
        if tag == f"{_TAG}value":
            return written
        self._refuse_tag(node)
        return None

    def _weigh(self, node: yaml.Node) -> None:
        """Counts the nodes below this one as if each alias were written out, and refuses what aliases blow up."""
        mapping = isinstance(node, yaml.MappingNode)
        children = [child for pair in node.value for child in pair] if mapping else node.value
        size = 1
        for child in children:
            weight = self._sizes.get(id(child))
            if weight is None:
                weight = 1 + len(child.value) // 1000
                self._written += weight
                self._sizes[id(child)] = weight
            size += weight
        self._written += 1
        self._sizes[id(node)] = size
        if size - self._written > MAX_EXPANSION:
            raise _fatal(f"aliases make more than {MAX_EXPANSION:,} nodes of this", node)

    # -- faults ------------------------------------------------------------------------------------------------------

    def _refuse_tag(self, node: yaml.Node) -> None:
        tag = node.tag.replace(_TAG, "!!")
        self._fault(node, f"the tag {shorten(tag)} is not accepted here", "a notebook holds plain values only")

    def _fault(self, node: yaml.Node, message: str, remedy: str = "") -> None:
        self.report.at(node.start_mark.line + 1, node.start_mark.column + 1, message, remedy)

    def _syntax(self, text: str, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        message = error.problem or "not valid YAML"
        remedy = ""
        written = text.split("\n")[line - 1] if 0 < line <= text.count("\n") + 1 else ""
        if "\t" in written[:column] and not written[: written.find("\t")].strip(" -"):
            message, remedy = "a tab where YAML wants spaces", "indent with spaces"
            column = written.find("\t") + 1
        elif "single document" in (error.context or ""):
            message, remedy = "a second document begins here", "a notebook is one document"
        elif error.context:
            message = f"{message}, {error.context}"
        self.report.at(line, column, message, remedy)

    def _unprintable(self, text: str, error: yaml.reader.ReaderError) -> None:
        found = _UNPRINTABLE.search(text)
        position = found.start() if found else 0
        line, column = line_and_column(text, position)
        character = f"U+{ord(found[0]):04X}" if found else str(error.reason)
        self.report.at(line, column, f"the character {character} is not allowed in YAML", 'write "\\x…" in quotes')

    def _find(self, where: Where) -> tuple[yaml.Node | None, yaml.Node | None]:
        node, key_node = self.root, None
        for part in where:
            if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node, key_node = node.value[part], None
                continue
            found = None
            if isinstance(node, yaml.MappingNode):
                found = next((pair for pair in node.value if str(pair[0].value) == str(part)), None)
            if found is None:
                return node, None
            key_node, node = found
        return node, key_node


_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """The place of `text[position]`, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _text_or_float(node: yaml.ScalarNode) -> str | float:
    text = str(node.value)
    return float(text) if not node.style and _EXPONENT.fullmatch(text) else text


def _fatal(problem: str, where: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=where.start_mark)


def _too_deep() -> str:
    return f"nested more than {MAX_DEPTH} levels deep"
