"""Changes some values in the text of a YAML file and leaves every other character as it is: comments, quotes, order.

Only block collections are followed, which is how people write notebooks; what else changes is written anew as a whole.
Aliases are not understood: whoever patches reads the result again, and compares.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml

from jupyter_runt.notebook import yaml_writer
from jupyter_runt.notebook.merging import same
from jupyter_runt.notebook.yaml_nodes import Document

_WIDTH = 100
_BLOCK = re.compile(r"[|>]([1-9]?)[+-]?([1-9]?)")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_BESIDE = re.compile(r"[ \t]+#.*\n")


class Unpatchable(Exception):
    """The text is laid out in a way that is not followed here."""


@dataclass(frozen=True, slots=True)
class Edit:
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the list as it is to be: the one that was at `index`, edited; or, where that is None, the new `text`."""

    index: int | None
    edits: Sequence[Edit] = ()
    text: str = ""


def applied(text: str, edits: Iterable[Edit], start: int = 0, end: int | None = None) -> str:
    """`text[start:end]`, with the edits that all lie within."""
    parts: list[str] = []
    position = start
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if edit.start < position:
            raise Unpatchable
        parts += [text[position : edit.start], edit.new]
        position = edit.end
    if end is not None and position > end:
        raise Unpatchable
    return "".join([*parts, text[position:end]])


def comments(document: Document, text: str) -> list[int]:
    """Where the file's comments begin."""
    found: list[int] = []
    position = 0
    for start, end in sorted({*_texts(document.root, text), (len(text), len(text))}):
        for line in re.finditer(r"[^\n]+", text[position:start]):
            comment = _COMMENT.search(line[0])
            if comment is not None:
                found.append(position + line.start() + comment.start())
        position = max(position, end)
    return found


class Patch:
    """What is to change in one file's text."""

    def __init__(self, text: str, document: Document) -> None:
        self.text = text
        self._document = document
        self._rewritten: set[tuple[int, int]] = set()

    def comments_lost(self) -> int:
        """How many comments stood in what was written anew, or was given up for something else."""
        found = comments(self._document, self.text) if self._rewritten else []
        return sum(any(start <= place < end for start, end in self._rewritten) for place in found)

    def entries(self, node: yaml.Node | None) -> list[tuple[Any, yaml.Node, yaml.Node]]:
        """A mapping's keys, with their nodes and those of their values."""
        if not isinstance(node, yaml.MappingNode) or node.flow_style:
            raise Unpatchable
        return self._document.entries(node)

    # -- mappings ----------------------------------------------------------------------------------------------------

    def mapping(
        self, node: yaml.Node | None, old: Mapping[Any, Any], new: Mapping[Any, Any], order: Collection[str] = ()
    ) -> Iterator[Edit]:
        """From `old`, which the node says, to `new`. `order`: where keys that are added belong; the others come last."""
        entries = self.entries(node)
        if node is None or not new:
            raise Unpatchable
        for number, (key, key_node, value_node) in enumerate(entries):
            if key not in new:
                yield self._without(entries, number)
            elif not same(old[key], new[key]):
                yield from self._changed(node, key_node, value_node, old[key], new[key])
        staying = [each for each in entries if each[0] in new]
        # A key that is only merged stands nowhere: it is added, and then it wins.
        present = {key for key, _, _ in entries} | {key for key in old if key in new and same(old[key], new[key])}
        for key in (key for key in new if key not in present):
            yield self.added(node, staying, yaml_writer.entry(key, new[key], self._indent(node)), key, order)

    def added(self, node: yaml.Node, beside: Sequence[Any], entry: str, key: str, order: Collection[str]) -> Edit:
        """A new entry, as it is written, behind the last of those that are to stand before it."""
        ranks = {name: rank for rank, name in enumerate(order)}
        last = len(ranks)
        before = [each for each in beside if ranks.get(each[0], last) <= ranks.get(key, last)]
        if before:
            position = self._line_end(self._end(before[-1][2], before[-1][1].end_mark.index))
            missing = "" if self.text[position - 1] == "\n" else "\n"
            return Edit(position, position, missing + entry)
        if not beside:
            raise Unpatchable
        position = beside[0][1].start_mark.index
        indent = self._indent(node)
        return Edit(position, position, entry[len(indent) :] + indent)

    def replaced(self, key: yaml.Node, value: yaml.Node, rest: str) -> Edit:
        """What stands behind a key becomes `rest`, which ends in a newline."""
        colon = self.text.index(":", key.end_mark.index) + 1
        if "?" in self.text[self._line_start(key.start_mark.index) : key.start_mark.index]:
            raise Unpatchable
        if "\n" not in rest[:-1]:
            start, end = value.start_mark.index, value.end_mark.index
            if end > start >= colon and not _is_block(value):
                return Edit(start, end, rest.strip())
            if end == start:
                return Edit(colon, colon, rest[:-1])
        return Edit(colon, self._line_end(self._end(value, colon)), rest)

    def _changed(self, parent: yaml.Node, key: yaml.Node, value: yaml.Node, old: Any, new: Any) -> Iterator[Edit]:
        alias = value.start_mark.index < key.end_mark.index
        if isinstance(old, dict) and isinstance(new, dict) and not alias:
            try:
                yield from [*self.mapping(value, old, new)]
                return
            except Unpatchable:
                pass  # as a whole, then
        if isinstance(old, list) and isinstance(new, list) and not alias:
            try:
                yield from [*self._listed(value, old, new)]
                return
            except Unpatchable:
                pass
        if isinstance(new, str) and isinstance(value, yaml.ScalarNode) and not alias:
            edit = self._text(parent, value, new)
            if edit is not None:
                yield edit
                return
        indent = self._indent(parent)
        rest = yaml_writer.entry("k", new, indent)[len(indent) + 2 :]
        if isinstance(value, yaml.CollectionNode) and value.flow_style and not alias:
            in_line = f" {yaml_writer.flow(new)}\n"
            rest = in_line if len(in_line) <= _WIDTH else rest
        yield from self._rewrite(key, value, rest)

    def _rewrite(self, key: yaml.Node, value: yaml.Node, rest: str) -> Iterator[Edit]:
        """Writes a value as a whole; the comment in the line of its key stays, where there is room for one."""
        edit = self.replaced(key, value, rest)
        head, _, body = rest.partition("\n")
        colon, line_end = edit.start, self._line_end(edit.start)
        place = value.end_mark.index if colon <= value.start_mark.index < line_end else colon
        beside = _BESIDE.fullmatch(self.text, place, line_end)
        if body and beside and (not head or head.startswith(" |")):
            edits = [Edit(colon, place, head), Edit(line_end, max(edit.end, line_end), body)]
        else:
            edits = [edit]
        self._rewritten.update((each.start, each.end) for each in edits)
        yield from edits

    def _listed(self, node: yaml.Node, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Edit]:
        """A list item by item: those that stay, such as the outputs of a cell that was run again, are not written anew."""
        if not isinstance(node, yaml.SequenceNode) or node.flow_style:
            raise Unpatchable
        low = node.start_mark.index
        edits: dict[int, list[Edit]] = {}
        origins = _origins(old, new)
        for index, each in enumerate(node.value):
            alias = each.start_mark.index < low  # the node stands somewhere else
            low = max(low, each.start_mark.index + 1)
            if index < len(new) and origins[index] == index and not same(old[index], new[index]):
                if alias:
                    raise Unpatchable
                try:
                    edits[index] = [*self._item(node, each, new[index], old[index])]
                except Unpatchable:
                    origins[index] = None
        if origins == [*range(len(old))]:
            for found in edits.values():
                yield from found
            return
        indent = self._indent(node)
        wanted = [
            Item(None, text=yaml_writer.item(value, indent)) if index is None else Item(index, edits.get(index, ()))
            for index, value in zip(origins, new, strict=True)
        ]
        edit = self.items(node, wanted, apart=False)
        if None in origins:  # what was deleted takes its comments with it; what was changed does not
            self._rewritten.update(span for index, span in enumerate(self._spans(node)) if index not in origins)
        yield edit

    def _item(self, parent: yaml.Node, node: yaml.Node, new: Any, old: Any) -> Iterator[Edit]:
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self.mapping(node, old, new)
            return
        if not isinstance(node, yaml.ScalarNode) or isinstance(new, dict | list):
            raise Unpatchable
        edit = self._text(parent, node, new) if isinstance(new, str) else None
        if edit is None:
            if _is_block(node) or (isinstance(new, str) and "\n" in new):
                raise Unpatchable
            edit = Edit(node.start_mark.index, node.end_mark.index, yaml_writer.flow(new))
        yield edit

    def _text(self, parent: yaml.Node, node: yaml.ScalarNode, new: str) -> Edit | None:
        """A text in the style of the one before it; None where that cannot hold it."""
        start, end = node.start_mark.index, node.end_mark.index
        if node.style == "|" and "\n" in new:
            return self._literal(parent, node, new)
        if "\n" in new:
            return None
        if not node.style:
            return Edit(start, end, new) if Document(f"k: {new}", "").value == {"k": new} else None
        written = yaml_writer.quoted(new)
        if node.style == '"':
            return Edit(start, end, written)
        if node.style == "'" and written.count("\\") == new.count('"') + 2 * new.count("\\"):
            return Edit(start, end, "'" + new.replace("'", "''") + "'")
        return None

    def _literal(self, parent: yaml.Node, node: yaml.ScalarNode, new: str) -> Edit | None:
        """A block literal as deep as the one before it, so that a line that stays is no change."""
        start = node.start_mark.index
        head_end = self._line_end(start)
        head, body = self.text[start:head_end].rstrip("\n"), self.text[head_end : node.end_mark.index]
        told = _BLOCK.match(head)
        if told is None:
            return None  # an anchor or a tag
        above = parent.start_mark.column
        explicit = told[1] or told[2]
        first = next((line for line in body.split("\n") if line.strip()), " " * (above + 2))
        column = above + int(explicit) if explicit else len(first) - len(first.lstrip(" "))
        if not 1 <= column - above <= 9:
            return None
        written = yaml_writer.literal(new, " " * column, column - above)
        if written is None:
            return None
        indicators, _, lines = written.partition("\n")
        end = self._line_end(self._end(node, start))
        return Edit(start, end, f"{indicators}{head[told.end() :]}\n{lines}\n")

    def _without(self, entries: Sequence[Any], number: int) -> Edit:
        """Takes an entry away. One that follows a dash in its line makes room for the next."""
        _, key, value = entries[number]
        start = self._line_start(key.start_mark.index)
        if self.text[start : key.start_mark.index].strip(" ") and number + 1 < len(entries):
            return Edit(key.start_mark.index, entries[number + 1][1].start_mark.index, "")
        if self.text[start : key.start_mark.index].strip(" "):
            raise Unpatchable
        return Edit(start, self._line_end(self._end(value, key.end_mark.index)), "")

    # -- lists -------------------------------------------------------------------------------------------------------

    def items(self, node: yaml.Node, wanted: Sequence[Item], *, apart: bool = True) -> Edit:
        """The list with these items; what stands above an item, comments and blank lines, goes where it goes.

        `apart`: a blank line is to follow an only item, which does not tell.
        """
        if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value or not wanted:
            raise Unpatchable
        spans = self._spans(node)
        gaps = ["", *(self.text[before[1] : after[0]] for before, after in pairwise(spans))]
        spaced = "\n" if (apart and len(gaps) == 1) or any(gap.startswith("\n") for gap in gaps) else ""
        result = ""
        for each in wanted:
            gap, text = spaced, each.text
            if each.index is not None:
                gap = gaps[each.index] if each.index else spaced
                text = applied(self.text, each.edits, *spans[each.index])
            if not result or result.endswith("\n\n"):
                # Nothing to be kept apart from; or a text that would take the blank line for its own.
                gap = gap.lstrip("\n")
            result += ("" if not result or result.endswith("\n") else "\n") + gap + text
        return Edit(spans[0][0], spans[-1][1], result)

    def _spans(self, node: yaml.SequenceNode) -> list[tuple[int, int]]:
        """From the line of each item's dash to the end of its last line, and of the comments that are indented like it."""
        column, spans = node.start_mark.column, []
        low = self._line_start(node.start_mark.index)
        for item in node.value:
            start = self._line_start(item.start_mark.index)
            if start < low:
                raise Unpatchable  # an alias: the node stands somewhere else
            while not re.match(rf" {{{column}}}-(?=\s)", self.text[start:]):
                if start <= low:
                    raise Unpatchable
                start = self._line_start(start - 1)
            end = self._line_end(self._end(item, item.start_mark.index))
            while re.match(rf" {{{column + 1}}} *#", self.text[end:]):
                end = self._line_end(end)
            spans.append((start, end))
            low = end
        return spans

    # -- places ------------------------------------------------------------------------------------------------------

    def _end(self, node: yaml.Node, least: int) -> int:
        """Where the last character of a value stands, and not what follows it: blank lines, comments, the next key."""
        if node.start_mark.index < least:
            return least  # an alias: the node stands somewhere else
        if isinstance(node, yaml.ScalarNode):
            start, end = node.start_mark.index, node.end_mark.index
            if node.style not in ("|", ">"):
                return max(end, least)
            if "+" in self.text[start : self._line_end(start)].partition("#")[0]:
                return end - 1 if self.text[end - 1] == "\n" else end
            return start + len(self.text[start:end].rstrip())
        if not _is_block(node) or not node.value:
            return max(int(node.end_mark.index), least)
        if isinstance(node, yaml.MappingNode):
            key, value = node.value[-1]
            return self._end(value, max(least, key.end_mark.index))
        return self._end(node.value[-1], max(least, node.start_mark.index))

    def _line_start(self, position: int) -> int:
        return self.text.rfind("\n", 0, position) + 1

    def _line_end(self, position: int) -> int:
        found = self.text.find("\n", position)
        return len(self.text) if found < 0 else found + 1

    def _indent(self, node: yaml.Node) -> str:
        return " " * node.start_mark.column


def _is_block(node: yaml.Node) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return node.style in ("|", ">")
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _texts(root: yaml.Node | None, text: str) -> Iterator[tuple[int, int]]:
    """Where the texts stand, in which `#` begins no comment."""
    waiting, seen = [root], {id(None)}
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            start = node.start_mark.index
            yield text.find("\n", start) if _is_block(node) else start, node.end_mark.index
        elif isinstance(node, yaml.MappingNode):
            waiting += [each for pair in node.value for each in pair]
        else:
            waiting += node.value


def _origins(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """Which of the old items each new one was; None for one that was added."""
    if len(old) == len(new):
        changed = [index for index, pair in enumerate(zip(old, new, strict=True)) if not same(*pair)]
        if not any(same(old[a], new[b]) for a in changed for b in changed):
            return [*range(len(old))]
    free = [*range(len(old))]
    found: list[int | None] = []
    for value in new:
        index = next((each for each in free if same(old[each], value)), None)
        if index is not None:
            free.remove(index)
        found.append(index)
    return found
