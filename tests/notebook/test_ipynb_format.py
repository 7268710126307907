"""The .ipynb files of the wild are read; broken ones are told with their places."""

from __future__ import annotations

import json

import nbformat
import pytest

from jupyter_runt.errors import NotebookError
from jupyter_runt.notebook import Notebook, ipynb_format, ipynb_writer


def file(*cells: object, **more: object) -> str:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}, indent=1)


def code(**more: object) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {}, "source": "x", "outputs": [], "execution_count": None, **more}


def read(text: str) -> Notebook:
    return ipynb_format.read(text, "a.ipynb")


def faults(text: str) -> list[str]:
    with pytest.raises(NotebookError) as caught:
        read(text)
    return [f"{problem.line}:{problem.column} {problem.message}" for problem in caught.value.problems]


SEVERAL = """\
{"cells": [
{"cell_type": "code",
 "source": 3},
{"cell_type": "cod"},
5,
{"cell_type": "raw", "source": "", "metadata": []}]}
"""

BAD = {
    "no JSON": ('{\n "cells": x}', ["2:11 no valid JSON: expecting value"]),
    "cut off": ('{"cells": [', ["1:12 no valid JSON: expecting value"]),
    "list": ("[]", ["1:1 no notebook: the file: expected an object with `cells`, found a list"]),
    "null": ("null", ["1:1 no notebook: the file: expected an object with `cells`, found nothing (null)"]),
    "other JSON": ('{"a": 1}', ["1:1 this JSON file holds no notebook"]),
    "future": ('{"nbformat": 5, "cells": []}', ["1:14 nbformat: expected 1 to 4, found the number 5"]),
    "no cells": ('{"nbformat": 4}', ["1:1 cells: expected a list of cells, found nothing (null)"]),
    "several": (
        SEVERAL,
        [
            "3:12 cells[0].source: expected text, or a list of lines, found the number 3",
            "4:15 cells[1].cell_type: expected one of code, markdown, raw, found the text 'cod'",
            "5:1 cells[2]: expected a cell, found the number 5",
            "6:48 cells[3].metadata: expected an object, found a list",
        ],
    ),
    "tags": (
        '{"cells": [{"cell_type": "raw", "source": "", "metadata": {"tags": [1]}}]}',
        ["1:59 cells[0].metadata.tags: expected a list of text, found a list"],
    ),
    "half a character": (
        '{"cells": [{"cell_type": "raw", "source": "\\ud83d"}]}',
        ["1:43 half of a surrogate pair"],
    ),
    "ours": (
        '{"metadata": {"jupyter_runt": {"metadata": {"timeout": "x", "titel": ""}, "parameters": 1}}, "cells": []}',
        [
            "1:14 metadata.jupyter_runt.metadata.timeout: expected a duration",
            "1:14 unknown key 'titel' in metadata.jupyter_runt.metadata",
            "1:14 metadata.jupyter_runt.parameters: expected a mapping, found the number 1",
        ],
    ),
    "abyss": ("[" * 200_000, ["0:0 nested too deeply to be read"]),
    "digits": ('{"cells": [' + "1" * 5000 + "]}", ["0:0 a number in it has more digits than can be read"]),
    "old and broken": ('{"worksheets": 3}', ["0:0 nbformat 3 cannot be converted: TypeError"]),
}


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD.keys())
def test_bad_ipynb_is_told_with_its_place(text: str, expected: list[str]) -> None:
    found = faults(text)
    assert len(found) == len(expected), found
    assert all(fault.startswith(start) for fault, start in zip(found, expected, strict=True)), found


def test_whole_surrogate_pairs_are_characters() -> None:
    assert read(file(code(source="\U0001f600"))).cells[0].source == "😀"


def test_missing_ids_and_metadata_are_made_up_stably() -> None:
    text = json.dumps(
        {"cells": [{"cell_type": "code", "source": ["a\n", "b"]}, code(id="x"), code(id="x"), code(id="")]}
    )
    notebook = read(text)
    assert [cell.id for cell in notebook.cells] == [cell.id for cell in read(text).cells]
    assert len({cell.id for cell in notebook.cells}) == 4
    assert notebook.cells[1].id == "x"
    assert notebook.cells[0].source == "a\nb"
    nbformat.validate(ipynb_writer.structure(notebook))


def test_cells_know_the_line_where_their_source_begins() -> None:
    text = file(code(source=["a\n", "b"]), code(source=[]), code(source="x"), {"cell_type": "raw", "source": ['\\"']})
    lines = text.splitlines()
    first, second, third, fourth = (cell.line for cell in read(text).cells)
    assert lines[first - 1].strip() == '"a\\n",'
    assert '"source": []' in lines[second - 1]
    assert '"source": "x"' in lines[third - 1]
    assert lines[fourth - 1].strip() == json.dumps('\\"')


def test_nbformat_3_is_converted_and_the_same_at_every_reading() -> None:
    code_cell = {"cell_type": "code", "input": ["print(1)\n", "2"], "language": "python", "collapsed": False}
    code_cell |= {"outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["1"]}], "prompt_number": 3}
    heading = {"cell_type": "heading", "level": 2, "source": ["T"], "metadata": {}}
    sheets = [{"cells": [heading, code_cell], "metadata": {}}]
    text = json.dumps({"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": sheets}, indent=1)
    notebook = read(text)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [("markdown", "## T"), ("code", "print(1)\n2")]
    assert notebook.cells[1].outputs[0]["data"] == {"text/plain": "1"}
    assert '"print(1)' in text.splitlines()[notebook.cells[1].line - 1]
    assert read(text) == notebook
    nbformat.validate(ipynb_writer.structure(notebook))


def test_other_programs_keys_do_not_become_ours() -> None:
    metadata = {"timeout": "soon", "tags": 5, "runtime": "cloud", "titel": "x", "kernelspec": 3, "orig_nbformat": 4}
    notebook = read(file(code(timeout=5, when="x"), metadata=metadata, parameters={"a": 1}))
    assert (notebook.timeout, notebook.runtime, notebook.parameters) == (None, "", {})
    assert (notebook.cells[0].timeout, notebook.cells[0].unsupported) == (None, ())
    written = ipynb_writer.structure(notebook)
    assert metadata.items() <= written["metadata"].items()


def test_attachments_huge_numbers_and_tags_with_commas_are_read() -> None:
    markdown = {"cell_type": "markdown", "source": "", "metadata": {"tags": ["a, b", "a"], "n": 10**30}}
    notebook = read(file({**markdown, "attachments": {"i.png": {"image/png": "aGk="}}}))
    [cell] = notebook.cells
    assert cell.tags == ("a", "b")
    assert cell.metadata == {"n": 10**30}
    assert cell.attachments == {"i.png": {"image/png": "aGk="}}


def test_a_byte_order_mark_and_nan_are_accepted() -> None:
    assert read("\ufeff" + file(code())).cells[0].source == "x"
    outputs = [{"output_type": "display_data", "metadata": {}, "data": {"application/json": {"a": float("nan")}}}]
    assert "NaN" in ipynb_writer.write(read(file(code(outputs=outputs))))


def test_text_outputs_are_whole_in_memory_and_lines_in_the_file() -> None:
    outputs = [{"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}]
    notebook = read(file(code(outputs=outputs)))
    assert notebook.cells[0].outputs[0]["text"] == "a\nb"
    assert ipynb_writer.structure(notebook)["cells"][0]["outputs"] == outputs


def test_files_are_laid_out_as_jupyter_lays_them_out() -> None:
    text = file(code(id="a", source=["é\n"], metadata={"tags": ["x"]}), metadata={"title": "T"})
    assert ipynb_writer.write(read(text)) == nbformat.writes(nbformat.reads(text, as_version=4)) + "\n"
